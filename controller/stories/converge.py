"""Converge: one level-triggered pass. It reads everything again, decides, acts, records.

    notice     main moved; drafts appeared
    recover    what a killed controller left half done is undone
    forge      drafts become pull requests there, and what people did there arrives
    drafts     each is taken one step further: prove, merge, rebase, refuse
    demands    each is taken one step further, as triage decides
    records    the arena's verdicts on stacks become drafts
    drift      a satisfied demand whose world no longer shows it is a gap again
    owed       what systems demand is brought about by genes, or handed to a person
    built      projections follow the log, and main's choice among their alleles

The steps repeat until none has anything to do; then the pass says when the next is due. A crash
between any two lines costs a repeated pass and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from controller import limits
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import PRIORITY, Gap
from controller.conductor.triage import Action, Wait, triage
from controller.history.event import rfc3339
from controller.ports import (
    Blocked,
    Clock,
    ControllerError,
    Corrupt,
    DraftRef,
    Halted,
    Repository,
    Unavailable,
)
from controller.stories.advance import advance_demand, situation_of
from controller.stories.drift import find_drift
from controller.stories.enact import Hands
from controller.stories.keep_projection import keep_projections, projection_gaps
from controller.stories.mainline import Main, inspect, read_main
from controller.stories.merge import Membrane, advance_draft, note_opened
from controller.stories.notice import note_landed, notice_main
from controller.stories.project import Projector
from controller.stories.promote import propose_records
from controller.stories.publish import Publisher, keep_published
from controller.stories.recover import recover
from controller.stories.serve_systems import Server, next_try, serve_gaps, system_gaps

_JUST_AFTER: Final = timedelta(microseconds=1)
"""A deadline is missed when it is over, not when it comes."""


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass did and found. `wake_at`: when the next obligation is due, if one is known.

    `troubles` are worlds or drafts that could not be reached, in words.
    """

    actions: int
    gaps: tuple[Gap, ...]
    wake_at: datetime | None
    troubles: tuple[str, ...]


def told(trouble: ControllerError) -> str:
    """A trouble in one line."""
    return f"{trouble.reason} ({trouble.hint})" if trouble.hint else trouble.reason


@dataclass(slots=True)
class _Pass:
    """What one pass has met so far: what it must not try again before the next."""

    actions: int = 0
    skipped: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    retry_after_s: float | None = None

    def tried(self, name: str, act: Callable[[], bool]) -> bool:
        """Do one thing at most; what is out of reach or in the way is left for a later pass."""
        if name in self.skipped:
            return False
        try:
            done = act()
        except Unavailable as gone:
            self._tell(gone)
            shortest = min(self.retry_after_s or gone.retry_after_s, gone.retry_after_s)
            self.retry_after_s = shortest
            done = False
        except Blocked as blocked:
            self._tell(blocked)
            done = False
        if not done:
            self.skipped.add(name)
        return done

    def _tell(self, trouble: ControllerError) -> None:
        """Once, however often it was met."""
        if told(trouble) not in self.troubles:
            self.troubles.append(told(trouble))


@dataclass(frozen=True, slots=True)
class Controller:
    """The story's actors. Built in `wiring`."""

    repository: Repository
    hands: Hands
    membrane: Membrane
    clock: Clock
    projector: Projector
    server: Server
    publisher: Publisher

    def run_pass(self) -> PassResult:
        """One pass. Raises `Blocked` or `Corrupt` when nothing can be done at all."""
        met = _Pass()
        try:
            self.hands.chronicle.go_on()
            self._notice(self.main())
            recover(self.hands, self.repository)
            while met.actions < limits.MAX_ACTIONS_PER_PASS and self._step(met):
                met.actions += 1
        except Halted as halted:
            met.troubles.append(told(halted))
        return self._result(met)

    def main(self) -> Main:
        """What main says now. Raises `Blocked` where it is no genome."""
        return read_main(self.repository, self.hands.bench.domain)

    def _notice(self, main: Main) -> None:
        drafts = self.repository.drafts()
        for draft in drafts:
            if draft.base != draft.commit:
                note_opened(self.membrane, draft)
        notice_main(self.membrane, main, self._main_at)
        for draft in drafts:
            if draft.base == draft.commit:
                note_landed(self.membrane, draft, main.commit)

    def _main_at(self, commit: str) -> Main | None:
        """What an earlier commit of main said, if it is here and was a genome."""
        try:
            return inspect(self.repository, commit, self.hands.bench.domain).value
        except (Blocked, Corrupt):
            return None

    def _step(self, met: _Pass) -> bool:
        self.hands.chronicle.go_on()
        main = self.main()
        self._notice(main)
        drafts = self.repository.drafts()
        proved = [(d.commit, self.repository.proof(d.commit) is None) for d in drafts]
        if met.tried(f"forge {main.commit} {proved}", lambda: keep_published(self.publisher, main)):
            return True
        for draft in drafts:
            name = f"{draft.name} {draft.commit}"
            if met.tried(name, partial(self._advance_draft, main, draft)):
                return True
        for record in self.hands.chronicle.ledger.standing_demands():
            name = f"{record.demand.id} {main.commit} {record.latest_event}"
            if met.tried(name, partial(self._advance_demand, main, record)):
                return True
        if met.tried(
            f"records {main.commit}", lambda: propose_records(self.membrane, self.hands, main)
        ):
            return True
        if met.tried("drift", lambda: find_drift(self.hands, main, self.clock.now())):
            return True
        if met.tried(f"consequences {main.commit}", lambda: serve_gaps(self.server, main)):
            return True
        return keep_projections(self.projector, main, met.tried)

    def _advance_draft(self, main: Main, draft: DraftRef) -> bool:
        return advance_draft(self.membrane, draft, main.genome, main.policy)

    def _advance_demand(self, main: Main, record: DemandRecord) -> bool:
        return advance_demand(self.hands, self.membrane, main, record, self.clock.now())

    def gaps(self) -> tuple[Gap, ...]:
        """What is open now, as the log and main have it; acts on nothing."""
        main = self.main()
        return self._gaps(main, self._triaged(main))

    def drawn(self) -> list[str]:
        """What is open of each system, as trees, line by line."""
        now = rfc3339(self.clock.now())
        return [line for one in self.server.systems.look(self.main()) for line in one.drawn(now)]

    def _gaps(self, main: Main, triaged: list[tuple[Gap | None, Action]]) -> tuple[Gap, ...]:
        """By priority, then by the time that they were due."""
        found = [
            *(gap for gap, _ in triaged if gap is not None),
            *projection_gaps(self.projector, main, self.clock.now()),
            *system_gaps(self.server, main),
        ]
        levels = list(PRIORITY)
        return tuple(
            sorted(found, key=lambda gap: (levels.index(gap.obligation.level), gap.obligation.due))
        )

    def _triaged(self, main: Main) -> list[tuple[Gap | None, Action]]:
        now = self.clock.now()
        ledger = self.hands.chronicle.ledger
        return [
            triage(situation_of(self.membrane, main, ledger, record), ledger, now)
            for record in ledger.standing_demands()
            if record.demand.locus in main.genome.loci
        ]

    def _result(self, met: _Pass) -> PassResult:
        main, now = self.main(), self.clock.now()
        triaged = self._triaged(main)
        gaps = self._gaps(main, triaged)
        wakes = [
            action.until
            for _, action in triaged
            if isinstance(action, Wait) and action.until is not None
        ]
        due = self.server.systems.next_due(main)
        if due is not None:
            wakes.append(due + _JUST_AFTER)
        retry = next_try(self.server, main)
        if retry is not None:
            wakes.append(retry)
        if met.retry_after_s is not None:
            wakes.append(now + timedelta(seconds=met.retry_after_s))
        return PassResult(met.actions, gaps, min(wakes) if wakes else None, tuple(met.troubles))
