"""Somebody who does or undoes a transaction, and is killed at one moment of it.

`python -m tests.transactions.mortal NAMESPACE` reads a line of JSON per life and answers with
how the life ended. A life is a fork, so that Python starts once. Moments are counted before and
after every call that reaches the disk, a lock or the kernel's network: `send` is netlink's.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from controller.adapters.clock import SystemClock
from controller.adapters.journalled_worlds import JournalledWorlds
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS
from controller.domains.world import Operation
from controller.stories.undo import undo

NAME = "t1"
WITHIN_S = 3600.0
CALLS = frozenset({"fsync", "flock", "truncate", "rename", "unlink", "send", "sendto", "sendmsg"})

SEQUENCE = (
    Operation("detach_port", {"bridge": "br0", "interface": "eth0"}),
    Operation("set_mac", {"interface": "br0", "mac": "02:00:00:00:00:0b"}),
    Operation("attach_port", {"bridge": "br0", "interface": "eth1"}),
    Operation("set_link_state", {"interface": "br0", "up": False}),
    Operation("delete_bridge", {"bridge": "br0"}),
    Operation("create_bridge", {"bridge": "br2"}),
    Operation("attach_port", {"bridge": "br2", "interface": "eth0"}),
    Operation("add_address", {"interface": "br2", "address": "10.7.0.1/24"}),
)
"""Loses an address, a route, a pinned neighbour, port settings, and leaves an interface."""


@dataclass(frozen=True, slots=True)
class Life:
    """What to do for the clone in `state`, and at which moment to die: 0 for never."""

    state: str
    does: Literal["transact", "undo"]
    dies_at: int = 0


def transact(namespace: str, state: Path) -> None:
    """The whole transaction, as a controller does it: to its confirmation."""
    journal = TransactionJournal(state / TRANSACTIONS)
    kernel = JournalledWorlds(state, SystemClock()).kernel(f"netns:{namespace}")
    journal.begin(NAME, f"netns:{namespace}", NAME, WITHIN_S)
    inverses: list[Operation] = []
    for operation in SEQUENCE:
        inverse = kernel.inverse(operation)
        journal.record(NAME, operation, inverse)
        inverses[:0] = inverse
        kernel.perform(operation)
    assert journal.leave(NAME, kernel.footprint(inverses))
    assert journal.confirm(NAME)


def take_back(state: Path) -> None:
    """Undo it, as the timer does."""
    journal = TransactionJournal(state / TRANSACTIONS)
    with closing(JournalledWorlds(state, SystemClock())) as worlds:
        undo(worlds, journal, NAME, "nobody confirmed it")


class Mortality:
    """Counts moments, and kills this process at one of them."""

    def __init__(self, dies_at: int) -> None:
        self.moments = 0
        self._dies_at = dies_at

    def __call__(self, _frame: FrameType, event: str, called: Any) -> None:
        if event in ("c_call", "c_return") and called.__name__ in CALLS:
            self.moments += 1
            if self.moments == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)


def live(namespace: str, life: Life) -> int:
    """The number of moments that a life had."""
    mortality = Mortality(life.dies_at)
    threading.setprofile(mortality)
    sys.setprofile(mortality)
    if life.does == "transact":
        transact(namespace, Path(life.state))
    else:
        take_back(Path(life.state))
    return mortality.moments


def main() -> None:
    """A fork for each life that standard input asks for; answers moments, 0 for a death."""
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, str(live(sys.argv[1], Life(**json.loads(line)))).encode())
            finally:
                sys.setprofile(None)
                sys.stderr.flush()
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            told = answer.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        print(told or ("0" if killed else "it failed"), flush=True)


if __name__ == "__main__":
    main()
