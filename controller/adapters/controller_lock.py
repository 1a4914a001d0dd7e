"""One controller a clone: a lock that the kernel lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.ports import Blocked


class ControllerLock:
    """Held while a controller acts on this clone. Use as a context manager."""

    def __init__(self, state: Path) -> None:
        self._path = state / "controller.lock"
        self._fd: int | None = None

    def __enter__(self) -> Self:
        """Take the lock. Raises `Blocked` if another process has it."""
        if not self.take():
            raise Blocked(
                f"another controller works on this clone (process {self._holder()})",
                "stop it first, or let it do the work",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def take(self) -> bool:
        """Take the lock if it is free."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        os.truncate(fd, 0)
        os.write(fd, str(os.getpid()).encode())
        self._fd = fd
        return True

    def held(self) -> bool:
        """Whether a controller works on this clone now; asks without keeping anybody out."""
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def release(self) -> None:
        """Let it go; harmless if it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _holder(self) -> str:
        return self._path.read_text() or "unknown"
