"""The event log beside others: appends by size of batch, replay, tail, restart, size, memory.

`EVENTS` says how long the log is that is measured (1,000,000 for the aims; fewer end sooner).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.log_process import measured
from tests.bench.log_rivals import (
    Eventsourcing,
    PlainFile,
    Pool,
    Postgres,
    Sqlite,
    Store,
    ThisLog,
    pool,
    postgres_server,
)

EVENTS = int(os.environ.get("EVENTS", "200000"))
SMALL = 10_000
ROUNDS = 5
ROUND_SECONDS = 0.7
POOLS = {1: 8_000, 10: 40_000, 100: 100_000, 1000: 120_000}
"""Events that a round may use up, by size of batch."""
THIS, SQLITE = "this log", "SQLite FULL"
TAILED = 300
RESTARTS = 3


def figures() -> list[Figure]:
    """Appends first, then a log of `EVENTS`."""
    with tempfile.TemporaryDirectory(prefix="germline-bench-") as scratch:
        return [*_appends(Path(scratch)), *_life(Path(scratch))]


# --- appends ----------------------------------------------------------------------------


def _appends(scratch: Path) -> list[Figure]:
    found: list[Figure] = []
    with postgres_server() as address:
        first = 0
        for batch, size in POOLS.items():
            folder = scratch / f"batch-{batch}"
            folder.mkdir()
            stores: dict[str, Store] = {
                THIS: ThisLog(folder),
                SQLITE: Sqlite(folder, encoded=False),
                "SQLite FULL, given lines, no ids kept apart": Sqlite(folder, encoded=True),
                "a plain file": PlainFile(folder),
                "eventsourcing on SQLite": Eventsourcing(folder),
            }
            if address is not None:
                stores["PostgreSQL, COPY"] = Postgres(address)
            found += _rounds(stores, batch, first, size)
            first += ROUNDS * size
            for store in stores.values():
                store.close()
    return found


def _rounds(stores: Mapping[str, Store], batch: int, first: int, size: int) -> list[Figure]:
    """Everybody in turn, in each round beginning with the next one."""
    rates: dict[str, list[float]] = {name: [] for name in stores}
    backlogs = []
    for number in range(ROUNDS):
        given = pool(first + number * size, size)
        names = list(stores)
        for name in [*names[number % len(names) :], *names[: number % len(names)]]:
            rates[name].append(_rate(stores[name], given, batch))
            store = stores[name]
            if isinstance(store, ThisLog):
                backlogs.append(store.backlog())
    against = statistics.median(rates[SQLITE])
    return [
        *(
            Figure(f"append by {batch}: {name}", statistics.median(each), "1/s", against, SQLITE)
            for name, each in rates.items()
        ),
        Figure(f"append by {batch}: waits for its seal after a round", max(backlogs), "events"),
    ]


def _rate(store: Store, given: Pool, batch: int) -> float:
    """Events a second, until the pool or the round ends."""
    done, start = 0, time.perf_counter()
    end = start + ROUND_SECONDS
    while done < len(given.occurrences) and time.perf_counter() < end:
        store.append(given, done, done + batch)
        done += batch
    return done / (time.perf_counter() - start)


# --- a long log -------------------------------------------------------------------------


def _life(scratch: Path) -> list[Figure]:
    small, long, followed = scratch / "small", scratch / "long", scratch / "followed"
    measured("append", small, SMALL)
    measured("append", followed, SMALL)
    built = measured("append", long, EVENTS)
    figures = [*_reading(long), *_size(long, scratch), *_memory(long, built)]
    tail = measured("tail", followed, TAILED)
    first, *restarts = [measured("restart", long, EVENTS + at) for at in range(1 + RESTARTS)]
    of = f"with {EVENTS:,} events"
    return [
        *figures,
        Figure("tail: from append to a follower, median", tail["median"], "ms", 5.0, "the aim"),
        Figure("tail: from append to a follower, 99 %", tail["p99"], "ms", 5.0, "the aim"),
        Figure(f"open and first append, {of}", _middle(restarts, "append"), "s", 2.0, "the aim"),
        Figure(f"ledger from its snapshot, {of}", _middle(restarts, "ledger"), "s", 2.0, "the aim"),
        Figure(f"ledger folded from nothing, {of}", first["ledger"], "s"),
        _growth(small, long),
    ]


def _reading(log: Path) -> list[Figure]:
    replays = [(measured("replay", log), measured("decode", log)) for _ in range(RESTARTS)]
    bare = EVENTS / statistics.median(each["seconds"] for _, each in replays)
    assert {each["events"] for pair in replays for each in pair} == {EVENTS}
    return [
        Figure(
            "replay into a count",
            EVENTS / statistics.median(each["seconds"] for each, _ in replays),
            "1/s",
            bare,
            "msgspec decoding the same bytes",
        ),
        Figure("replay into SQLite", EVENTS / measured("sqlite", log)["seconds"], "1/s"),
        Figure("verify", EVENTS / measured("verify", log)["seconds"], "1/s"),
    ]


def _size(log: Path, scratch: Path) -> list[Figure]:
    packed = sum(each.stat().st_size for each in (log / "objects" / "pack").iterdir())
    packs = len(list((log / "objects" / "pack").glob("*.pack")))
    start = time.perf_counter()
    command = ["git", "clone", "--quiet", "--bare", "--no-local", log, scratch / "clone"]
    subprocess.run(command, check=True)
    return [
        Figure("packed size of an event", packed / EVENTS, "bytes", 80.0, "the aim"),
        Figure("packs", packs, "files"),
        Figure(f"git clone of {EVENTS:,} events", time.perf_counter() - start, "s"),
    ]


def _memory(log: Path, built: Mapping[str, float]) -> list[Figure]:
    taken = {
        "append": built["memory"],
        "replay": measured("replay", log)["memory"],
        "verify": measured("verify", log)["memory"],
    }
    return [
        Figure(f"peak memory of {what}", memory, "MB", 200.0, "the aim")
        for what, memory in taken.items()
    ]


def _growth(small: Path, long: Path) -> Figure:
    """The same appends to both logs in turn."""
    from controller.adapters.git_event_log import GitEventLog

    rates: dict[Path, list[float]] = {small: [], long: []}
    for number in range(ROUNDS):
        given = pool(2 * EVENTS + number * 50_000, 50_000)
        for path, found in rates.items():
            log = GitEventLog(path)
            log.append(given.occurrences[:1])
            start = time.perf_counter()
            for at in range(0, 50_000, 100):
                log.append(given.occurrences[at : at + 100])
            found.append(50_000 / (time.perf_counter() - start))
            log.close()
    return Figure(
        f"append by 100 to a log of {EVENTS:,}",
        statistics.median(rates[long]),
        "1/s",
        statistics.median(rates[small]),
        f"to one of {SMALL:,}",
    )


def _middle(found: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in found)
