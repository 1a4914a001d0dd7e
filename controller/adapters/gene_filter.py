"""Which system calls a gene's process may make, compiled once to a seccomp program.

The controller compiles (libseccomp knows the numbers of every architecture); the zygote gets
the bytes and loads them into each gene. Whatever is not listed fails with EPERM, as an
ordinary `PermissionError`; a foreign architecture's call kills.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import Final

GENE_SOCKET: Final = 3
"""The one descriptor a gene's process has: the socket to the controller."""

_PROT_EXEC: Final = 4

# Memory; what the interpreter and the C library need between two lines of Python; clocks,
# where the vDSO does not answer them; the end.
_ANYHOW: Final = """
    munmap mremap brk madvise
    futex rt_sigreturn rt_sigprocmask restart_syscall sched_yield getpid gettid
    clock_gettime clock_getres gettimeofday clock_nanosleep
    exit exit_group
"""


@functools.cache
def compiled() -> bytes | None:
    """The seccomp program, or None where libseccomp is not installed."""
    try:
        import pyseccomp as seccomp  # noqa: PLC0415 - it loads libseccomp, or fails
    except (ImportError, RuntimeError):
        return None
    allowed = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in _ANYHOW.split():
        allowed.add_rule(seccomp.ALLOW, name)
    for name in ("read", "write"):
        allowed.add_rule(seccomp.ALLOW, name, seccomp.Arg(0, seccomp.EQ, GENE_SOCKET))
    for name in ("mmap", "mprotect"):  # data, never new machine code
        not_executable = seccomp.Arg(2, seccomp.MASKED_EQ, _PROT_EXEC, 0)
        allowed.add_rule(seccomp.ALLOW, name, not_executable)
    descriptor = os.memfd_create("gene-filter", os.MFD_CLOEXEC)
    with open(descriptor, "r+b") as program:  # noqa: PTH123 - it has no path
        allowed.export_bpf(program)
        program.seek(0)
        return program.read()
