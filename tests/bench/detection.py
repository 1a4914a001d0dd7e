"""How late the controller knows: another process appends a thousand events a second to the log.

From the moment that an append is acknowledged to the moment that its events are taken into the
state of main's system, and from a missed deadline to the gap. Once by a reader that does nothing
else (`Systems.look`), once by the whole service: watchdog, pass, report.

`python -m tests.bench.detection pace REPOSITORY SECONDS` is the other process: it prints, as JSON
lines, how many events were acknowledged by when.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from controller.adapters.clock import SystemClock
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_repository import GitRepository
from controller.conductor.obligation import Gap
from controller.history.event import Event, Occurrence
from controller.service import Service, Wake
from controller.shipped import shipped_files
from controller.stories.converge import PassResult
from controller.stories.mainline import Main, read_main
from controller.stories.watch_systems import Watched
from controller.wiring import Organism, open_organism
from tests.bench.figure import Figure
from tests.bench.responses import RESPONSES, SYSTEM

SECONDS: Final = 10
PER_SECOND: Final = 1000
BATCH: Final = 10
"""So many events are appended at once: half of them triggers, half responses."""
RESPONSE_BATCHES: Final = 20
"""A response comes so many batches after its trigger, 0.2 s."""
QUICK: Final = re.sub(r"within: \d+s", "within: 1s", SYSTEM)
_ORDERS: Final = SECONDS * PER_SECOND // 2
_ENDING: Final = RESPONSE_BATCHES * BATCH // 2
UNANSWERED: Final = _ENDING + len(range(0, _ORDERS - _ENDING, 100))
"""The latest orders, which get no response, and of the others one in a hundred."""
WAIT_SECONDS: Final = 0.02
"""A reader that does nothing else looks for missed deadlines this often."""
AFTERWARDS_SECONDS: Final = 2.0
AIM_MS: Final = 50.0


def pace(repository: Path, seconds: int) -> Iterator[tuple[int, float]]:
    """Append; the number of acknowledged events and the moment, after each batch."""
    log, clock = GitEventLog(repository), SystemClock()
    before: deque[list[Event]] = deque()
    kinds, acknowledged, begin = list(RESPONSES), 0, time.monotonic()
    for number in range(seconds * PER_SECOND // BATCH):
        time.sleep(max(0.0, begin + number * BATCH / PER_SECOND - time.monotonic()))
        orders = range(number * BATCH // 2, (number + 1) * BATCH // 2)
        now = clock.now()
        batch = [
            Occurrence(kinds[of % len(kinds)], f"order:o{of}", {}, now, None, "agent:shop")
            for of in orders
        ]
        if len(before) == RESPONSE_BATCHES:
            batch += [
                Occurrence(RESPONSES[one.type][0], one.subject, {}, now, one.id, "agent:shop")
                for one in before.popleft()
                if int(one.subject.partition(":o")[2]) % 100
            ]
        appended = log.append(batch)
        acknowledged += len(appended)
        before.append(list(appended[: BATCH // 2]))
        yield acknowledged, time.time()
    log.close()


@dataclass(slots=True)
class Known:
    """How much of the log was taken in by when, and how long after its deadline a gap was told."""

    watched: Watched
    taken: list[tuple[int, float]] = field(default_factory=list)
    gaps: dict[str, float] = field(default_factory=dict)

    def note(self, gaps: Iterable[Gap]) -> None:
        """What is known now."""
        now = time.time()
        self.taken.append((self.watched.follower.place.length, now))
        for gap in gaps:
            if gap.obligation.trigger not in self.gaps:
                self.gaps[gap.obligation.trigger] = now - gap.obligation.due.timestamp()

    def passed(self, result: PassResult, pass_s: float, late_s: float) -> None:
        """See `service.Watcher`."""
        self.note(result.gaps)

    def alive(self) -> None:
        """See `service.Watcher`."""

    def late(self, acknowledged: list[tuple[int, float]]) -> list[float]:
        """For each acknowledged batch, the seconds until it was taken in."""
        found, at = [], 0
        for length, moment in acknowledged:
            while self.taken[at][0] < length:
                at += 1
            found.append(max(0.0, self.taken[at][1] - moment))
        return found


def _looking(organism: Organism, main: Main, known: Known, over: threading.Event) -> None:
    """A reader that does nothing else."""
    systems = organism.controller.server.systems
    while not over.is_set():
        organism.log.wait(known.watched.follower.place.length, WAIT_SECONDS)
        systems.look(main)
        known.note(known.watched.gaps(systems.now()))


def _serving(organism: Organism, main: Main, known: Known, over: threading.Event) -> None:
    """The service."""
    clock, gitdir = SystemClock(), organism.past.gitdir
    Service(organism.controller, clock, gitdir, over, Wake()).run(known)


def _measured(
    follow: Callable[[Organism, Main, Known, threading.Event], None],
) -> tuple[list[float], list[float]]:
    """Seconds from acknowledged to taken in, and from due to told."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "shop"
        files = shipped_files() | {"systems/shop.sg": QUICK.encode()}
        GitRepository.create(path, files, "A shop", "Ana <ana@example.org>")
        with open_organism(path) as organism:
            organism.controller.run_pass()
            main = read_main(organism.repository, organism.hands.bench.domain)
            (watched,) = organism.controller.server.systems.look(main)
            known, over, begin = Known(watched), threading.Event(), organism.log.length()
            command = [sys.executable, "-m", "tests.bench.detection", "pace", str(path)]
            with subprocess.Popen([*command, str(SECONDS)], stdout=subprocess.PIPE) as process:
                ending = threading.Thread(target=_end, args=(process, over, lines := []))
                ending.start()
                follow(organism, main, known, over)
                ending.join()
    assert len(known.gaps) >= UNANSWERED, len(known.gaps)  # more where the other was held up
    acknowledged = [(begin + count, moment) for count, moment in map(json.loads, lines)]
    return known.late(acknowledged), list(known.gaps.values())


def _end(process: subprocess.Popen[bytes], over: threading.Event, lines: list[bytes]) -> None:
    """Read what the other process says until it ends, and a little longer than a deadline."""
    assert process.stdout is not None
    lines += process.stdout.readlines()
    over.wait(AFTERWARDS_SECONDS)
    over.set()


def figures() -> Iterator[Figure]:
    """Medians and 99th percentiles, in milliseconds."""
    for who, follow in (("a reader", _looking), ("the service", _serving)):
        taken, told = _measured(follow)
        for what, found in (("an event taken in", taken), ("a gap told", told)):
            ordered = sorted(1e3 * one for one in found)
            middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
            yield Figure(f"{what} by {who}, at 1,000/s", middle, "ms", AIM_MS, "the aim")
            yield Figure("... 99th percentile", last, "ms", AIM_MS, "the aim")


if __name__ == "__main__":
    if sys.argv[1:2] == ["pace"]:
        for told in pace(Path(sys.argv[2]), int(sys.argv[3])):
            print(json.dumps(told), flush=True)
    else:
        for figure in figures():
            print(figure)
