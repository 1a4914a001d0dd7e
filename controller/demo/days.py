"""Days of the CRM story: a controller over a real repository, and a clock that moves when told.

Events are handed in as `germline events append` takes them, each at its own time. In between the
controller's passes run whenever one is due, so that nothing of what follows waits for the story.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from controller import limits
from controller.adapters.clock import VirtualClock
from controller.adapters.git_repository import GitRepository
from controller.conductor.obligation import Gap
from controller.demo.office import Line, line
from controller.demo.setting import PERSON
from controller.history.event import Event
from controller.history.intake import read_line
from controller.ports import Unavailable
from controller.shipped import example_files
from controller.stories.append import Intake
from controller.stories.mainline import Main, inspect, read_main
from controller.stories.notice import notice_main
from controller.wiring import Organism, open_organism

_HANDING_IN: Final = "person:the office"


@dataclass(frozen=True, slots=True)
class Days:
    """The office's controller, and its time."""

    organism: Organism
    clock: VirtualClock
    path: Path

    def hand_in(self, lines: Iterable[Line]) -> None:
        """Let time pass until each line's own, append it, and run one pass. Raises `Refused`."""
        for one in lines:
            self.until(one.at)
            self._append(one)
            self.run_pass()

    def now_happens(self, kind: str, subject: str, **data: str | int | bool) -> None:
        """Something that a person does at once."""
        self.hand_in([line(self.clock.now(), kind, subject, {**data})])

    def _append(self, one: Line) -> None:
        organism = self.organism
        intake = Intake(organism.log, organism.index, self.clock, _HANDING_IN)
        for _ in intake.take(1, read_line(one.json), len(one.json)):
            pass
        for _ in intake.flush():
            pass

    def run_pass(self) -> datetime | None:
        """One pass; when the next is due. Raises `Unavailable` for what it could not do."""
        result = self.organism.controller.run_pass()
        if result.troubles:
            raise Unavailable(f"a pass met trouble: {result.troubles[0]}", "see `germline gaps`")
        return result.wake_at

    def until(self, moment: datetime) -> None:
        """Let time pass, with a pass at each deadline; none at `moment` itself."""
        for _ in range(limits.DEMO_DAYS_PASSES):
            wake = self.run_pass()
            if wake is None or wake >= moment:
                self.skip(moment - self.clock.now())
                return
            self.skip(wake - self.clock.now())
        raise Unavailable(f"passes do not end before {moment}", "see `germline gaps`")

    def skip(self, span: timedelta) -> None:
        """Let time pass without a pass."""
        self.clock.sleep(max(0.0, span.total_seconds()))

    def events(self, since: int = 0) -> list[Event]:
        """What the log says after its first `since` events."""
        return list(self.organism.log.since(since))

    def gaps(self) -> tuple[Gap, ...]:
        """What is unmet now."""
        return self.organism.controller.gaps()

    def main(self) -> Main:
        """What main says now."""
        return read_main(self.organism.repository, self.organism.hands.bench.domain)

    def commit(self, path: str, before: str, after: str, title: str) -> str:
        """A person replaces a part of a file on main; the commit."""
        text = self.main().files[path].decode()
        if text.count(before) != 1:
            raise Unavailable(f"{path} is not as the story knows it", "see examples/crm")
        changed = {path: text.replace(before, after).encode()}
        return self.organism.repository.commit_main(changed, title, PERSON)

    def tamper(self, sql: str) -> int:
        """Somebody changes the tables of the live projection by hand; how many rows."""
        folder = self.organism.gitdir / "germline" / "projections"
        (tables,) = folder.glob("*/*.relational")
        with closing(sqlite3.connect(tables)) as database, database:
            return database.execute(sql).rowcount

    def notice(self) -> None:
        """What a pass begins with, alone: see that main moved, and what it newly demands."""
        notice_main(self.organism.membrane, self.main(), self._earlier)

    def _earlier(self, commit: str) -> Main | None:
        organism = self.organism
        return inspect(organism.repository, commit, organism.hands.bench.domain).value


@contextmanager
def office_days(path: Path, start: datetime) -> Iterator[Days]:
    """The CRM example in a new repository at `path`, open, on the morning of `start`."""
    clock = VirtualClock(start)
    GitRepository.create(path, example_files("crm"), "A sales office\n", PERSON, clock)
    with open_organism(path, clock) as organism:
        yield Days(organism, clock, path)
