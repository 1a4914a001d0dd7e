"""The filter of system calls, asked by native code from inside: what is not listed is refused."""

from __future__ import annotations

import errno
import json
import os

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.ports import Returned

seccomp = pytest.importorskip("pyseccomp")

from tests.sandbox.reach import REACH, nothing_granted  # noqa: E402

LISTED = """
    munmap mremap brk madvise mmap mprotect read write
    futex rt_sigreturn rt_sigprocmask restart_syscall sched_yield getpid gettid
    clock_gettime clock_getres gettimeofday clock_nanosleep exit exit_group
"""
LAST_NUMBER = 480
NEVER_FILTERED = {335, 336} if os.uname().machine == "x86_64" else set()
"""uretprobe and uprobe: the kernel lets them pass and answers with SIGILL (Linux 6.11, 6.18)."""

CALLS_EVERYTHING = (
    REACH
    + """
def execute(text):
    import_errno = klass("CDLL").__init__.__globals__["get_errno"]
    libc = klass("CDLL")(None, use_errno=True)
    answers = {}
    for number, arguments in json.loads(text):
        answer = libc.syscall(number, *arguments)
        answers[repr((number, arguments))] = import_errno() if answer == -1 else 0
    return json.dumps(sorted(set(answers.items())))
"""
)


def answers(sandbox: ProcessSandbox, calls: list[tuple[int, list[int]]]) -> dict[str, int]:
    """The errno of each raw system call, 0 where it succeeded."""
    outcome = sandbox.call(CALLS_EVERYTHING, json.dumps(calls), (), nothing_granted)
    assert isinstance(outcome, Returned), outcome
    return dict(json.loads(outcome.output))


def number(name: str) -> int:
    return int(seccomp.resolve_syscall(seccomp.Arch.NATIVE, name))


def test_every_system_call_but_the_listed_ones_is_refused(sandbox: ProcessSandbox) -> None:
    listed = {number(name) for name in LISTED.split()} | NEVER_FILTERED
    others = [(n, [0, 0, 0, 0, 0, 0]) for n in range(LAST_NUMBER) if n not in listed]
    found = answers(sandbox, others)
    assert len(found) == len(others)
    assert {call: error for call, error in found.items() if error != errno.EPERM} == {}


def test_only_the_one_descriptor_can_be_read_and_written(sandbox: ProcessSandbox) -> None:
    calls = [
        (number(name), [descriptor, 0, 0])
        for name in ("read", "write")
        for descriptor in range(-1, 65)
        if descriptor != 3
    ]
    assert set(answers(sandbox, calls).values()) == {errno.EPERM}


def test_no_memory_becomes_machine_code(sandbox: ProcessSandbox) -> None:
    private_anonymous, writable, executable = 0x22, 3, 7
    calls = [
        (number("mmap"), [0, 4096, writable, private_anonymous, -1, 0]),
        (number("mmap"), [0, 4096, executable, private_anonymous, -1, 0]),
        (number("mprotect"), [0, 4096, executable]),
    ]
    assert list(answers(sandbox, calls).values()).count(errno.EPERM) == 2
