"""A door into a named network namespace: one thread that has gone in and stays there.

`netlink` and `lab` run everything that concerns a namespace in its thread. Sockets, netlink,
`/proc/sys/net` and the namespace's own sysfs then mean that namespace and no other, nothing
is forked, and the machine's own network is never touched. Needs CAP_SYS_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import ExitStack, closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from controller import limits

if TYPE_CHECKING:
    from typing import Self

    from pyroute2 import IPRoute

NAMESPACES: Final = Path("/run/netns")

_CLONE_NEWNET: Final = 0x40000000
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_FSOPEN_CLOEXEC = _FSMOUNT_CLOEXEC = 1
_FSCONFIG_CMD_CREATE: Final = 6
_libc = ctypes.CDLL(None, use_errno=True)

Answer = TypeVar("Answer")


class WorldGone(Exception):
    """A namespace is not there (any more), or cannot be entered."""


class Inside:
    """What a task finds inside a namespace. Made by the thread that is there.

    `dumper` reads Linux's tables; `sysfs` is a directory, where the kernel gives one.
    """

    def __init__(self, sysfs: int | None) -> None:
        from controller.domains.network.dumping import Dumper  # noqa: PLC0415 - as below

        self.sysfs = sysfs
        self._live = ExitStack()
        self.dumper = self._live.enter_context(closing(Dumper()))

    @cached_property
    def ip(self) -> IPRoute:
        """What changes things, made when something is first to be changed."""
        from pyroute2 import IPRoute  # noqa: PLC0415 - slow: not for who only asks what is there

        return self._live.enter_context(closing(IPRoute()))

    def close(self) -> None:
        """Let go of everything."""
        self._live.close()
        if self.sysfs is not None:
            os.close(self.sysfs)


class Namespace:
    """A thread inside the namespace of that name. Raises `WorldGone` if it cannot go in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = NAMESPACES / name
        self._identity = self._present()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"netns-{name}")
        try:
            self._inside = self._thread.submit(_enter, self.path).result()
        except OSError as error:
            self._thread.shutdown()
            raise WorldGone(f"cannot enter namespace {name}: {error.strerror}") from error

    def run(self, task: Callable[[Inside], Answer]) -> Answer:
        """Run a task inside and return its result; its exceptions come out as they are.

        Raises `WorldGone` when the namespace was removed or the task hangs.
        """
        if self._present() != self._identity:
            raise WorldGone(f"namespace {self.name} was replaced by another one")
        future = self._thread.submit(task, self._inside)
        try:
            return future.result(limits.NAMESPACE_CALL_SECONDS)
        except (FutureTimeoutError, TimeoutError) as error:  # one and the same since Python 3.11
            raise WorldGone(f"namespace {self.name} does not answer") from error

    def look(self, task: Callable[[Inside], Answer]) -> Answer:
        """The same for a task that only reads with `dumper` and `sysfs`, in the caller's thread.

        A socket stays in the namespace that it was made in, and so does what is mounted there.
        """
        if self._present() != self._identity:
            raise WorldGone(f"namespace {self.name} was replaced by another one")
        try:
            return task(self._inside)
        except TimeoutError as error:
            raise WorldGone(f"namespace {self.name} does not answer") from error

    def close(self) -> None:
        """Leave: close what was opened inside and end the thread. Closing twice is harmless."""
        try:
            self._thread.submit(self._inside.close)
        except RuntimeError:
            return
        self._thread.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _present(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise WorldGone(f"there is no network namespace {self.name}") from error
        return found.st_dev, found.st_ino


def aside(task: Callable[[Inside], Answer]) -> Answer:
    """Run a task in a new network namespace, which nobody else sees and which ends with it.

    Raises `OSError` where this process may make none.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="netns-aside") as thread:
        return thread.submit(_aside, task).result(limits.NAMESPACE_CALL_SECONDS)


def _aside(task: Callable[[Inside], Answer]) -> Answer:
    _checked(_libc.unshare(_CLONE_NEWNET))
    with closing(Inside(None)) as inside:
        return task(inside)


def _enter(path: Path) -> Inside:
    door = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc.setns(door, _CLONE_NEWNET))
    finally:
        os.close(door)
    return Inside(_sysfs())


def _sysfs() -> int | None:
    """A directory with this namespace's sysfs, mounted nowhere (fsopen(2), Linux 5.2)."""
    try:
        context = _checked(_libc.syscall(_FSOPEN, b"sysfs", _FSOPEN_CLOEXEC))
    except OSError:
        return None
    try:
        _checked(_libc.syscall(_FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0))
        return _checked(_libc.syscall(_FSMOUNT, context, _FSMOUNT_CLOEXEC, 0))
    except OSError:
        return None
    finally:
        os.close(context)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
