"""What a process that works with a log takes: its seconds and its peak memory, in a fresh one.

`python -m tests.bench.log_process WHAT REPOSITORY ARGUMENT` prints JSON.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pygit2

from controller.adapters.clock import SystemClock
from controller.adapters.file_snapshots import FileSnapshots
from controller.adapters.git_event_log import GitEventLog
from controller.history.event import Event
from controller.stories.chronicle import Chronicle
from tests.bench.figure import peak_mb
from tests.bench.log_rivals import happened

Measured = dict[str, float]
BATCH = 1000
TAIL_PACE_SECONDS = 0.01


def measured(what: str, repository: Path, argument: int = 0) -> Measured:
    """Run one of `MEASUREMENTS` in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.log_process", what, str(repository)]
    done = subprocess.run([*command, str(argument)], check=True, capture_output=True, text=True)
    found: Measured = json.loads(done.stdout)
    return found


def append(repository: Path, count: int) -> Measured:
    """So many events from number 0 on, a thousand at a time, sealed to the end."""
    pygit2.init_repository(str(repository), bare=True)
    log = GitEventLog(repository)
    start = time.perf_counter()
    for first in range(0, count, BATCH):
        log.append([happened(number) for number in range(first, min(count, first + BATCH))])
    log.close()
    return {"seconds": time.perf_counter() - start}


def replay(repository: Path, _: int) -> Measured:
    """Every event into a count by subject."""
    log = GitEventLog(repository)
    start = time.perf_counter()
    counts = Counter(event.subject for event in log.since())
    return {"seconds": time.perf_counter() - start, "events": counts.total()}


def decode(repository: Path, _: int) -> Measured:
    """The same bytes, decoded by msgspec a segment at a time, into the same count."""
    content = list(_segments(repository))
    decoder = msgspec.json.Decoder(Event)
    start = time.perf_counter()
    counts = Counter(event.subject for each in content for event in decoder.decode_lines(each))
    return {"seconds": time.perf_counter() - start, "events": counts.total()}


def sqlite(repository: Path, _: int) -> Measured:
    """Every event into a table, in one transaction."""
    target = repository.with_name("replayed.db")
    target.unlink(missing_ok=True)
    with sqlite3.connect(target) as database:
        database.execute("CREATE TABLE events (n INTEGER PRIMARY KEY, subject, type, time)")
        start = time.perf_counter()
        rows = enumerate(GitEventLog(repository).since())
        database.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            ((n, event.subject, event.type, event.time) for n, event in rows),
        )
    return {"seconds": time.perf_counter() - start}


def verify(repository: Path, _: int) -> Measured:
    """Every event and every commit."""
    start = time.perf_counter()
    GitEventLog(repository).verify()
    return {"seconds": time.perf_counter() - start}


def restart(repository: Path, number: int) -> Measured:
    """Open the log and append the event of a number; then the ledger, from a snapshot if any."""
    start = time.perf_counter()
    log = GitEventLog(repository)
    log.append([happened(number)])
    appended = time.perf_counter()
    chronicle = Chronicle(log, SystemClock(), FileSnapshots(repository))
    chronicle.refresh()
    return {
        "append": appended - start,
        "ledger": time.perf_counter() - appended,
        "seconds": time.perf_counter() - start,
    }


def tail(repository: Path, count: int) -> Measured:
    """Follow the log while another process appends: from its call of append to the event here."""
    log = GitEventLog(repository)
    cursor = log.length()
    command = [sys.executable, "-m", "tests.bench.log_process", "pace", str(repository), str(count)]
    late = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as appender:
        while len(late) < count:
            assert log.wait(cursor, 30.0)
            for event in log.since(cursor):
                now = time.monotonic_ns()
                sent = event.data["sent"]
                assert isinstance(sent, int)
                late.append((now - sent) / 1e6)
                cursor += 1
        appender.wait()
    ordered = sorted(late)
    return {"median": statistics.median(ordered), "p99": ordered[int(len(ordered) * 0.99)]}


def pace(repository: Path, count: int) -> Measured:
    """Append so many events, one in `TAIL_PACE_SECONDS`, each with the moment of its append."""
    log = GitEventLog(repository)
    clock = SystemClock()
    for _ in range(count):
        time.sleep(TAIL_PACE_SECONDS)
        each = happened(0)
        sent = {"sent": time.monotonic_ns()}
        log.append([type(each)(each.type, each.subject, sent, clock.now(), None, each.actor)])
    log.close()
    return {}


def _segments(repository: Path) -> Iterator[bytes]:
    """Every segment's content, as git has it."""
    opened = pygit2.Repository(str(repository))
    waiting = [opened.revparse_single("genome/events^{tree}")]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pygit2.Blob):
            yield found.data
        elif isinstance(found, pygit2.Tree):
            waiting += reversed(list(found))


MEASUREMENTS: dict[str, Callable[[Path, int], Measured]] = {
    each.__name__: each for each in (append, replay, decode, sqlite, verify, restart, tail, pace)
}


def main() -> None:
    """Measure one of them."""
    found = MEASUREMENTS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({**found, "memory": peak_mb()}))


if __name__ == "__main__":
    main()
