"""The locks on a gene's process: what the kernel takes from it before it runs.

The zygote locks itself in once (namespaces, an empty root, Landlock, no new privileges); what
is inherited need not be done again for each gene. Each forked gene then loses what the zygote
still had: capabilities, descriptors, memory and time without end, system calls.

Only the standard library: the zygote runs without site-packages. Every function raises
`OSError` when the kernel refuses.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
"""The user and group that owns nothing (Linux's overflow id)."""

# include/uapi/linux/sched.h
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

# include/uapi/linux/prctl.h
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

# include/uapi/linux/mount.h and umount(2)
_MS_RDONLY_NOSUID_NODEV_NOEXEC: Final = 1 | 2 | 4 | 8
_MS_REC_PRIVATE: Final = 0x4000 | 1 << 18
_MNT_DETACH: Final = 2

# include/uapi/linux/landlock.h; the numbers are the same on every architecture
_SYS_LANDLOCK_CREATE_RULESET: Final = 444
_SYS_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""ABI → number of file system rights; later ones add none that this knows of."""

_KILLED_FIRST: Final = 500
"""proc(5), oom_score_adj: half of all memory more than it has."""
_CAPABILITY_VERSION_3: Final = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(result: int, call: str) -> int:
    """`result` of a C function, or `OSError` if it is -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def _prctl(option: int, second: int, third: object = None) -> None:
    """prctl(2) with its unsigned long arguments; `third` may be a pointer."""
    zero = ctypes.c_ulong(0)
    pointer = zero if third is None else third
    _checked(_libc.prctl(option, ctypes.c_ulong(second), pointer, zero, zero), f"prctl {option}")


# --- once, in the zygote ----------------------------------------------------------------


def become_nobody() -> None:
    """Give up root's identity, which owns files even without any capability."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def be_killed_first() -> None:
    """Where memory runs out, let the kernel end this process and its children before others."""
    Path("/proc/self/oom_score_adj").write_text(str(_KILLED_FIRST))


def unshare(namespaces: int) -> None:
    """Leave these namespaces, CLONE_… flags, for new ones."""
    _checked(_libc.unshare(namespaces), "unshare")


def map_to_nobody(user: int, group: int) -> None:
    """In a new user namespace: be nobody, who is `user` and `group` outside."""
    _prctl(_PR_SET_DUMPABLE, 1)  # after a change of user /proc/self would belong to root
    # user_namespaces(7): setgroups is denied before an unprivileged process may map its group
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def empty_root() -> None:
    """Replace the whole file system by one empty, read-only directory."""
    _checked(_libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC_PRIVATE), None), "mount /")
    flags = ctypes.c_ulong(_MS_RDONLY_NOSUID_NODEV_NOEXEC)
    options = b"size=4k,nr_inodes=1,mode=555"
    # Any directory will do as a mount point; /proc is where the maps were just written.
    _checked(_libc.mount(b"gene", b"/proc", b"tmpfs", flags, options), "mount tmpfs")
    os.chdir("/proc")
    _checked(_libc.pivot_root(b".", b"."), "pivot_root")  # pivot_root(2), notes
    _checked(_libc.umount2(b".", _MNT_DETACH), "umount2")
    os.chdir("/")


def forbid_files() -> bool:
    """Restrict this process by Landlock to no file, TCP port, outer socket or signal.

    Returns False where the kernel has no Landlock.
    """
    forget_new_privileges()
    version = _libc.syscall(
        _SYS_LANDLOCK_CREATE_RULESET,
        ctypes.c_void_p(),
        ctypes.c_size_t(0),
        ctypes.c_uint32(_LANDLOCK_CREATE_RULESET_VERSION),
    )
    if version < 1:
        return False
    files = (1 << _LANDLOCK_FILE_RIGHTS.get(version, 16)) - 1
    tcp = 0b11 if version >= 4 else 0  # bind, connect
    scopes = 0b11 if version >= 6 else 0  # abstract unix sockets, signals
    fields = 1 if version < 4 else 2 if version < 6 else 3
    attributes = struct.pack("=3Q", files, tcp, scopes)[: 8 * fields]
    ruleset = _checked(
        _libc.syscall(
            _SYS_LANDLOCK_CREATE_RULESET,
            attributes,
            ctypes.c_size_t(len(attributes)),
            ctypes.c_uint32(0),
        ),
        "landlock_create_ruleset",
    )
    _checked(
        _libc.syscall(_SYS_LANDLOCK_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)),
        "landlock_restrict_self",
    )
    os.close(ruleset)
    return True


def forget_new_privileges() -> None:
    """No set-user-id program, no file capability raises this process or its children again."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def empty_bounding_set() -> None:
    """Drop every capability from the bounding set. Needs CAP_SETPCAP."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:  # past the last capability of this kernel
                return
            raise


def enter_pid_namespace_of(pidfd: int) -> None:
    """Let children be born in that process's PID namespace again. Needs Linux 5.8."""
    _checked(_libc.setns(pidfd, CLONE_NEWPID), "setns")


# --- for each gene ----------------------------------------------------------------------


def drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")
    _prctl(_PR_SET_DUMPABLE, 0)  # a crash is not worth a core file, nor a core handler's time


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def bound_resources(*, cpu_seconds: int, memory_bytes: int, descriptors: int) -> None:
    """Hard limits; at the CPU limit the kernel sends SIGKILL, which cannot be caught."""
    for name, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NOFILE, descriptors),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        already = resource.getrlimit(name)[1]
        hard = limit if already == resource.RLIM_INFINITY else min(limit, already)
        resource.setrlimit(name, (hard, hard))


class _FilterProgram(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_system_calls(program: bytes) -> None:
    """Load a compiled seccomp filter, 8 bytes an instruction. Needs no new privileges."""
    filter_program = _FilterProgram(len(program) // 8, program)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_program))
