"""The program of the zygote: a small interpreter that forks a locked process for each gene.

`fork_server` starts it, with one socket to the controller. It imports what genes may use, locks
itself in (`gene_box`), and then answers each message with a child in which `gene_child` runs and
waits for its one call. It never reads a byte that a gene has written.

    controller ──socket──► launcher ──fork──► zygote (PID 1, no network, no files)
        │                                       └──fork──► gene (PID 1 of its own namespace)
        └───────────────── socket of the call ──────────────┘

A killed zygote takes its PID namespace with it; the controller's end is an end of file on the
socket, upon which the zygote kills its genes and exits.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import warnings
from dataclasses import dataclass
from typing import Final, NoReturn

from controller.adapters import gene_child
from controller.adapters import gene_locks as locks
from controller.adapters.gene_box import (
    Bounds,
    Box,
    become_first_process,
    best_box,
    enter,
    fork_gene,
    lock_gene,
)
from controller.adapters.gene_filter import GENE_SOCKET
from controller.gene_limits import SANDBOX_SETTINGS_BYTES

_ADMINISTRATION: Final = ("_ctypes", "_socket", "ctypes", "resource", "select", "socket")
"""What the zygote imported for itself; a gene does not find it by name."""
_LAZILY_IMPORTED: Final = ("_strptime", "encodings.ascii", "encodings.latin_1")
"""What allowed modules import when first used, which is too late behind the locks."""


EARLY: Final = b"+"
"""Asks for a gene that will wait for its call: it has time to rehearse."""
NOW: Final = b"!"
"""Asks for a gene whose call is waiting."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The controller's first message: what genes may import, and what each may have."""

    modules: frozenset[str]
    bounds: Bounds

    def to_json(self) -> bytes:
        """As it is sent."""
        bounds = self.bounds
        return json.dumps(
            {
                "modules": sorted(self.modules),
                "program": None if bounds.program is None else bounds.program.hex(),
                "cpu_seconds": bounds.cpu_seconds,
                "memory_bytes": bounds.memory_bytes,
            }
        ).encode()

    @classmethod
    def from_json(cls, message: bytes) -> Settings:
        """As it arrives."""
        values = json.loads(message)
        program = values["program"]
        bounds = Bounds(
            program=None if program is None else bytes.fromhex(program),
            cpu_seconds=values["cpu_seconds"],
            memory_bytes=values["memory_bytes"],
        )
        return cls(frozenset(values["modules"]), bounds)


def main(descriptor: int) -> None:
    """Serve genes until the controller, at the other end of `descriptor`, hangs up."""
    control = socket.socket(fileno=descriptor)
    settings = Settings.from_json(control.recv(SANDBOX_SETTINGS_BYTES))
    _prepare_interpreter(settings.modules)
    locks.be_killed_first()
    box = best_box(settings.bounds)
    nobody = enter(box)
    if box is not Box.NONE:
        become_first_process(control)
    landlocked = locks.forbid_files()
    held = {
        "no namespaces: a gene's process shares the host's processes, network and mounts": (
            box is not Box.NONE
        ),
        "no system call filter: libseccomp is not installed": settings.bounds.program is not None,
        "no Landlock: this kernel cannot forbid files to a process": landlocked,
        "no other user: a gene's process belongs to root": nobody,
    }
    control.send(json.dumps([words for words, holds in held.items() if not holds]).encode())
    _serve(control, settings, box)


def _prepare_interpreter(modules: frozenset[str]) -> None:
    """Import what genes may use; after this, nothing can be imported any more."""
    warnings.simplefilter("ignore")
    for name in (*sorted(modules - {"gene_sdk"}), *_LAZILY_IMPORTED):
        importlib.import_module(name)
    os.environ.clear()
    sys.argv.clear()
    sys.path.clear()
    sys.meta_path.clear()
    gc.collect()
    gc.freeze()  # a collection in a gene must not touch, and so copy, the zygote's pages


def _serve(control: socket.socket, settings: Settings, box: Box) -> None:
    """For each message a gene that waits for its call; how each of them ended, when it did."""
    living: dict[int, int] = {}  # pidfd → process
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        for pidfd in ready & living.keys():
            poll.unregister(pidfd)
            _report_end(control, living.pop(pidfd), pidfd)
        if control.fileno() in ready:
            message = control.recv(1)
            if not message:
                break
            pid, pidfd = _bear(control, settings, box, early=message == EARLY)
            living[pidfd] = pid
            poll.register(pidfd, select.POLLIN)
    for pid in living.values():
        os.kill(pid, signal.SIGKILL)


def _bear(control: socket.socket, settings: Settings, box: Box, *, early: bool) -> tuple[int, int]:
    """Fork a gene and hand the controller its handle and the other end of its socket."""
    theirs, own = socket.socketpair()
    with theirs, own:
        pid = fork_gene(box)
        if pid == 0:
            _become_gene(own.fileno(), settings, box, early=early)
        pidfd = os.pidfd_open(pid)
        message = json.dumps([pid]).encode()
        with contextlib.suppress(BrokenPipeError):  # the next receive finds that out
            socket.send_fds(control, [message], [pidfd, theirs.fileno()])
    return pid, pidfd


def _become_gene(descriptor: int, settings: Settings, box: Box, *, early: bool) -> NoReturn:
    """Keep one descriptor, lock this process, run the gene, exit."""
    status = os.EX_SOFTWARE
    try:
        os.dup2(descriptor, GENE_SOCKET)
        os.closerange(0, GENE_SOCKET)
        os.closerange(GENE_SOCKET + 1, 1 << 16)
        _prepare_gene()
        lock_gene(box, settings.bounds)
        gene_child.live(GENE_SOCKET, settings.modules, rehearse=early)
        status = os.EX_OK
    finally:
        os._exit(status)


def _prepare_gene() -> None:
    """The same start for every gene: the same call has the same answer, in every process."""
    sys.stdin = sys.stdout = sys.stderr = None
    for name in _ADMINISTRATION:
        sys.modules.pop(name, None)
    random.seed(0)  # the fork itself seeded it from the kernel


def _report_end(control: socket.socket, pid: int, pidfd: int) -> None:
    """Say how a gene ended, and how much of the processor it had."""
    _, status, usage = os.wait4(pid, 0)
    os.close(pidfd)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000
    with contextlib.suppress(BrokenPipeError):
        control.send(json.dumps([pid, os.waitstatus_to_exitcode(status), cpu_ms]).encode())
