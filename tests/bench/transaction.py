"""What a transaction costs on a real host, beside the same netlink calls bare, and its undoing."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from controller.adapters.transaction_journal import TransactionJournal
from controller.domains.network.lab import materialise
from controller.domains.network.namespace import Inside, Namespace
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.world import Operation
from tests.bench.figure import Figure
from tests.network.worlds import small_world

OPERATIONS = tuple(
    Operation("add_address", {"interface": "eth1", "address": f"10.9.{n}.1/24"}) for n in range(10)
)
TIMES = 15


def figures() -> list[Figure]:
    """Ten operations in a namespace; nothing without root."""
    if os.geteuid() != 0:
        return []
    with ExitStack() as live:
        lab = live.enter_context(materialise(small_world(), f"glbench{os.getpid()}"))
        space = lab.namespaces["host"]
        kernel = live.enter_context(NetlinkKernel(space, {}, {}))
        bare = live.enter_context(Namespace(space))
        journal = TransactionJournal(
            Path(live.enter_context(tempfile.TemporaryDirectory())) / "transactions"
        )
        undoings: list[float] = []
        ours = _median_ms(
            lambda: _transaction(kernel, journal), lambda: undoings.append(_undo(kernel, journal))
        )
        theirs = _median_ms(lambda: bare.run(_bare), lambda: bare.run(_bare_back))
    return [
        Figure("transaction of ten operations", ours, "ms", theirs, "the same calls of pyroute2"),
        Figure("its rollback, read back", statistics.median(undoings), "ms"),
    ]


def _median_ms(act: Callable[[], None], back: Callable[[], None]) -> float:
    durations = []
    for _ in range(TIMES):
        start = time.perf_counter()
        act()
        durations.append((time.perf_counter() - start) * 1e3)
        back()
    return statistics.median(durations)


def _transaction(kernel: NetlinkKernel, journal: TransactionJournal) -> None:
    """What the controller does around a gene's operations, all but the gene."""
    journal.begin("t", "netns:bench", "t", 60.0)
    inverses: list[Operation] = []
    for operation in OPERATIONS:
        inverse = kernel.inverse(operation)
        journal.record("t", operation, inverse)
        inverses[:0] = inverse
        kernel.perform(operation)
    journal.leave("t", kernel.footprint(inverses))


def _undo(kernel: NetlinkKernel, journal: TransactionJournal) -> float:
    start = time.perf_counter()
    (opened,) = journal.open()
    assert opened.left is not None
    assert kernel.undo(opened.inverses, kernel.disturbed(opened.inverses, opened.left)) == ()
    took = (time.perf_counter() - start) * 1e3
    journal.forget("t")
    return took


def _bare(inside: Inside) -> None:
    index = inside.ip.link_lookup(ifname="eth1")[0]
    for n in range(len(OPERATIONS)):
        inside.ip.addr("add", index=index, address=f"10.9.{n}.1", prefixlen=24)


def _bare_back(inside: Inside) -> None:
    index = inside.ip.link_lookup(ifname="eth1")[0]
    for n in range(len(OPERATIONS)):
        inside.ip.addr("del", index=index, address=f"10.9.{n}.1", prefixlen=24)
