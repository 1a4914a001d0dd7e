"""Watch: who sees to the deadlines of a journal of transactions, which is one process at a time.

`transaction_journal` asks whether somebody does, `overdue` becomes the one. Little is imported
here, for whoever makes a change waits for it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from controller import limits

TRANSACTIONS: Final = "transactions"
"""The journal's directory among what a clone keeps beside git."""


def taken(descriptor: int) -> bool:
    """Take the lock on an open file, without waiting; False if another process has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def watching(directory: Path) -> Iterator[bool]:
    """True while held: then no other process watches the journal there. Raises `OSError`."""
    descriptor = os.open(directory / "watch", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield taken(descriptor)
    finally:
        os.close(descriptor)


def in_background(directory: Path, watch: Callable[[], None]) -> None:
    """Return when a child watches the journal there, or another process does.

    The child keeps the lock until `watch` ends it. Raises `OSError`.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + limits.WATCHDOG_POLL_SECONDS
    while True:
        with watching(directory) as ours:
            if ours:
                if os.fork() == 0:
                    watch()
                    os._exit(1)
                return
        if time.monotonic() > deadline:
            return
        time.sleep(limits.UNDO_LOCK_POLL_SECONDS)  # whoever only looks lets go at once
