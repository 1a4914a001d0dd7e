"""Where genes are kept: which namespaces this machine grants, and how a process gets into them.

The zygote asks once, by trying in processes that it throws away, and then enters the best box
that works. A trial goes the whole way to a locked gene, because kernels refuse late: some grant
the user namespace and then no mount in it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from controller.adapters import gene_locks as locks
from controller.adapters.gene_filter import GENE_SOCKET

_WITHOUT_USER: Final = (
    locks.CLONE_NEWNS
    | locks.CLONE_NEWPID
    | locks.CLONE_NEWNET
    | locks.CLONE_NEWIPC
    | locks.CLONE_NEWUTS
)


class Box(Enum):
    """How far this machine lets a process leave it, best first."""

    USER = "namespaces of an unprivileged user"
    ROOT = "namespaces made by root"
    NONE = "no namespaces"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one gene's process may have. `program` is the compiled filter, or None."""

    program: bytes | None
    cpu_seconds: int
    memory_bytes: int


def best_box(bounds: Bounds) -> Box:
    """The best box in which a gene can be locked. This process stays where it is."""
    for box in (Box.USER, Box.ROOT):
        if _succeeds(lambda box=box: _rehearse(box, bounds)):  # type: ignore[misc]
            return box
    return Box.NONE


def enter(box: Box) -> bool:
    """Leave the host. The next child will be the first process of a new PID namespace.

    Returns False where root could not stop being root: a process that is root of nothing but
    its own namespace. Raises `OSError` when the kernel refuses the box.
    """
    nobody = box is Box.ROOT or _stops_being_root()
    if box is Box.USER:
        user, group = os.geteuid(), os.getegid()
        locks.unshare(_WITHOUT_USER | locks.CLONE_NEWUSER)
        locks.map_to_nobody(user, group)
    if box is Box.ROOT:
        locks.unshare(_WITHOUT_USER)
    if box is not Box.NONE:
        locks.empty_root()
        locks.empty_bounding_set()
    return nobody


def _stops_being_root() -> bool:
    if os.geteuid() == 0:
        try:
            locks.become_nobody()
        except OSError:
            return False
    return True


def become_first_process(control: socket.socket) -> None:
    """Go on in a child that is PID 1; this process only waits for it, and ends as it ends."""
    pid = os.fork()
    if pid:
        control.close()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    locks.die_with_parent()


def fork_gene(box: Box) -> int:
    """`os.fork`, but the child is alone in a PID namespace of its own where there are any."""
    if box is Box.NONE:
        return os.fork()
    own = os.pidfd_open(os.getpid())
    # IPC too, since its objects outlive their maker; mounts and the network are empty anyway.
    locks.unshare(locks.CLONE_NEWPID | locks.CLONE_NEWIPC)
    pid = os.fork()
    if pid:
        locks.enter_pid_namespace_of(own)
    os.close(own)
    return pid


def lock_gene(box: Box, bounds: Bounds) -> None:
    """Take from this process everything but the one socket. There is no way back."""
    if box is Box.ROOT:
        locks.become_nobody()
    locks.drop_capabilities()
    locks.die_with_parent()
    locks.bound_resources(
        cpu_seconds=bounds.cpu_seconds,
        memory_bytes=bounds.memory_bytes,
        descriptors=GENE_SOCKET + 1,
    )
    if bounds.program is not None:
        locks.filter_system_calls(bounds.program)


def _rehearse(box: Box, bounds: Bounds) -> None:
    """Everything that happens up to a locked gene, in three generations."""

    def zygote() -> None:
        locks.forbid_files()
        _require(_ended_well(fork_gene(box), lambda: lock_gene(box, bounds)))

    enter(box)
    _require(_succeeds(zygote))


def _require(succeeded: bool) -> None:
    if not succeeded:
        raise PermissionError("the kernel does not let a gene be locked in")


def _succeeds(step: Callable[[], None]) -> bool:
    """Whether a step ends without `OSError`, found out in a process of its own."""
    return _ended_well(os.fork(), step)


def _ended_well(pid: int, step: Callable[[], None]) -> bool:
    """In the child of a fork: do the step and exit. In its parent: whether that went well."""
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    status = 1
    try:
        step()
        status = 0
    except OSError:
        pass
    finally:
        os._exit(status)
