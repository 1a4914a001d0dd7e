"""A month of a sales office, as the CRM story lives through it: days, gaps, and what ended them.

`five_gaps` tells its chapters with this. Whatever a chapter says it looks up in what the controller
itself says; what is not there ends the story (`Astray`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.conductor.obligation import Gap, GapKind
from controller.demo.days import Days
from controller.demo.gap_telling import account, gap_line, tree_of
from controller.demo.office import MANAGER, Line, Office
from controller.demo.telling import BAD, GOOD, Narrator
from controller.history.event import Event


class Astray(Exception):
    """Something did not come as the story has it."""


@dataclass(slots=True)
class Month:
    """The actors, the chapters told, and the kinds of gap that have appeared and ended."""

    days: Days
    narrator: Narrator
    office: Office
    start: datetime
    chapters: int = 0
    ended: dict[GapKind, int] = field(default_factory=dict)

    # --- what every chapter does ----------------------------------------------------------

    def chapter(self, title: str) -> None:
        """Begin the next one."""
        self.chapters += 1
        self.narrator.chapter(self.chapters, title)

    def date(self) -> str:
        """The day of the story, and the time."""
        now = self.days.clock.now()
        return f"Day {(now - self.start).days + 1}, {now:%a %H:%M:%S}"

    def tell(self, what: str) -> None:
        """What happens now, or is seen."""
        self.narrator.line(f"{self.date()}: {what}")

    def shown_gaps(self, kind: GapKind, consequence: str) -> list[Gap]:
        """The gaps of a kind that a chapter is about, shown: the first one, as a tree if it is of
        an event."""
        found = [
            gap
            for gap in self.days.gaps()
            if gap.kind is kind and gap.obligation.consequence == consequence
        ]
        if not found:
            raise Astray(f"there is no {kind.value} gap of {consequence}")
        lines = list(dict.fromkeys(map(gap_line, found)))
        self.tell("GAP" if len(lines) == 1 else f"{len(found)} GAPS, the first of them")
        self.narrator.line(lines[0], BAD)
        self.narrator.quote(tree_of(self.days.organism.controller.drawn(), consequence))
        return found

    def see_it_ended(self, kind: GapKind, consequence: str, since: int) -> list[Event]:
        """Look that the gaps are gone, and show what was recorded meanwhile."""
        left = [gap for gap in self.days.gaps() if gap.obligation.consequence == consequence]
        if left:
            raise Astray(f"{consequence} is missing still: {left[0].status}")
        found = self.days.events(since)
        self.tell("the gap is gone; what was recorded")
        self.narrator.quote(account(found))
        self.ended[kind] = self.ended.get(kind, 0) + 1
        return found

    def length(self) -> int:
        """Of the log, as a mark of what is recorded after it."""
        return self.days.organism.log.length()

    def no_gaps(self) -> None:
        """Look that nothing is unmet. Raises `Astray`."""
        gaps = self.days.gaps()
        if gaps:
            raise Astray(f"there is a gap: {gap_line(gaps[0])}")
        self.narrator.line("germline gaps: No gaps.", GOOD)

    def moment(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A moment of a day of the story, the first of which is 1."""
        midnight = self.start.replace(hour=0, minute=0)
        return midnight + timedelta(days=day - 1, hours=hour, minutes=minute)

    def brought(self, since: int) -> list[Event]:
        """What genes appended."""
        return [event for event in self.days.events(since) if event.actor.startswith("gene:")]

    def ordinary(self, first: int, last: int) -> list[Line]:
        """Working days on which people do what they are asked for."""
        handed = []
        for day in range(first, last + 1):
            for one in self.office.day(self.moment(day, 8)):
                self.days.hand_in([one])
                handed.append(one)
                self.people()
            self.days.until(self.moment(day, 20))
        return handed

    def people(self) -> None:
        """Reps see alerts at once, and the manager answers."""
        events = self.days.events()
        seen = {event.subject for event in events if event.type == "alert.acknowledged"}
        for event in events:
            if event.type == "alert.raised" and event.subject not in seen:
                self.days.now_happens("alert.acknowledged", event.subject)
        told, answers = "notify_account_manager", "await_manager_acknowledgment"
        count = {kind: sum(event.type == kind for event in events) for kind in (told, answers)}
        if count[told] > count[answers]:
            latest = [event for event in events if event.type == told][-1]
            self.days.now_happens(answers, latest.subject, by=MANAGER)
