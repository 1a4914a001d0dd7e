"""Converge: one level-triggered pass. It reads everything again, decides, acts, records.

    vouch      main is what people signed for, where they must; else it is held
    notice     main moved; drafts appeared
    recover    what a killed controller left half done is undone
    forge      drafts become pull requests there, and what people did there arrives
    agents     what those that are over hand back is done, or refused
    drafts     each is taken one step further: prove, merge, rebase, refuse, or wait for a must
    claims     what always holds and does not is for agents, or for a person
    rollouts   what main newly expresses in healthy fleets: begun, judged, taken back
    demands    each is taken one step further, as triage decides
    records    the arena's verdicts on stacks become drafts
    drift      a satisfied demand whose world no longer shows it is a gap again
    endurance  diagnostics look again at what was confirmed hours and days ago
    owed       what systems demand is brought about by genes or agents, or handed to a person
    built      projections follow the log, and main's choice among their alleles

The steps repeat until none has anything to do; then the pass says when the next is due. A crash
between any two lines costs a repeated pass and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from controller import host_limits, limits
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import Gap, priority
from controller.conductor.triage import Action, Assign, Wait, triage
from controller.config import ForgeConfig, read_config
from controller.genome.composite import locus_of
from controller.history.event import rfc3339
from controller.ports import (
    Blocked,
    Clock,
    Corrupt,
    DraftRef,
    Halted,
    Repository,
    Unavailable,
)
from controller.stories.advance import advance_demand, situation_of
from controller.stories.collect import Desk, collect
from controller.stories.conflict import conflict_gaps
from controller.stories.drift import find_drift
from controller.stories.enact import Hands
from controller.stories.endure import check_endurance
from controller.stories.intend import advance_intent, is_intent
from controller.stories.keep_projection import keep_projections, projection_gaps
from controller.stories.keep_rollouts import keep_rollouts, note_away, rollout_gaps
from controller.stories.mainline import Main, inspect, read_main
from controller.stories.meeting import Met, told
from controller.stories.merge import Membrane, advance_draft, note_opened
from controller.stories.notice import note_landed, notice_main
from controller.stories.orchestrate import (
    abandon_runs,
    advance_run,
    advance_task,
    is_composed,
)
from controller.stories.precede import held_by
from controller.stories.project import Projector
from controller.stories.promote import propose_records
from controller.stories.publish import Publisher, keep_published
from controller.stories.recover import recover
from controller.stories.rollout import gathered, going, is_elsewhere, open_elsewhere, waited_for
from controller.stories.serve_systems import (
    Server,
    next_try,
    serve_gaps,
    serve_invariants,
    system_gaps,
)
from controller.stories.signing import HOLD_HINT, hold_of
from controller.stories.stage_runs import Turns, stage_runs
from controller.stories.survey import survey
from controller.stories.vouch import vouch_main

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


@dataclass(frozen=True, slots=True)
class Controller:
    """The story's actors. Built in `wiring`. `compiled` holds main as it was read last, by its
    commit, which says the same whenever it is read."""

    repository: Repository
    hands: Hands
    membrane: Membrane
    clock: Clock
    projector: Projector
    server: Server
    desk: Desk
    publisher: Publisher | None = None
    compiled: dict[str, Main] = field(default_factory=dict)

    def run_pass(self) -> PassResult:
        """One pass. Raises `Blocked` or `Corrupt` when nothing can be done at all."""
        met = Met(self.clock.now())
        try:
            self.hands.chronicle.go_on()
            self._notice(self.main(), met)
            met.note(recover(self.hands, self.repository))
            while met.actions < limits.MAX_ACTIONS_PER_PASS and self._step(met):
                met.actions += 1
        except Halted as halted:
            self.desk.staff.agents.stop(halted.reason)
            met.troubles.append(told(halted))
        return self._result(met)

    def main(self) -> Main:
        """What main says now. Raises `Blocked` where it is no genome."""
        commit = self.repository.main()
        if commit not in self.compiled:
            main = read_main(self.repository, self.hands.bench.domain)
            self.compiled.clear()
            self.compiled[main.commit] = main
            return main
        return self.compiled[commit]

    def _notice(self, main: Main, met: Met) -> bool:
        """Record what is new in git; False if main is held, and so nothing may be done on it."""
        if not vouch_main(self.membrane, main, self.main_at):
            hold = hold_of(self.membrane.chronicle.ledger, self.repository)
            met.note((Blocked(hold or "main has moved on", HOLD_HINT),))
            return False
        drafts = self.repository.drafts()
        for draft in drafts:
            if draft.base != draft.commit:
                note_opened(self.membrane, draft)
        notice_main(self.membrane, main, self.main_at)
        for draft in drafts:
            if draft.base == draft.commit:
                note_landed(self.membrane, draft, main.commit)
        return True

    def require_vouched(self) -> None:
        """Raise `Blocked` if nothing may be done on main as it is."""
        ledger = self.membrane.chronicle.ledger
        if ledger.vouched is not None:
            vouch_main(self.membrane, self.main(), self.main_at)
            hold = hold_of(ledger, self.repository)
            if hold is not None:
                raise Blocked(hold, HOLD_HINT)

    def _trusted_forge(self) -> ForgeConfig | None:
        """The forge as it was named before main was held: its token goes nowhere else."""
        since = self.membrane.chronicle.ledger.vouched
        return None if since is None else read_config(self.repository.files(since))[0].forge

    def main_at(self, commit: str) -> Main | None:
        """What an earlier commit of main said, if it is here and was a genome."""
        try:
            return inspect(self.repository, commit, self.hands.bench.domain).value
        except (Blocked, Corrupt):
            return None

    def _step(self, met: Met) -> bool:
        self.hands.chronicle.go_on()
        main = self.main()
        vouched = self._notice(main, met)
        drafts = self.repository.drafts()
        if self._publish(main, drafts, met, vouched=vouched):
            return True
        return vouched and self._act(main, drafts, met)

    def _act(self, main: Main, drafts: tuple[DraftRef, ...], met: Met) -> bool:
        if self._see_to_open(main, met):
            return True
        if met.tried("agents", lambda: collect(self.desk, main)):
            return True
        for draft in drafts:
            name = f"{draft.name} {draft.commit}"
            if met.tried(name, partial(self._advance_draft, main, draft)):
                return True
        runs = f"runs {self.hands.chronicle.ledger.length}"
        if met.tried(runs, lambda: abandon_runs(self.hands)):
            return True
        if met.tried(f"invariants {main.commit}", lambda: serve_invariants(self.server, main)):
            return True
        if self._judge_rollouts(main, met):
            return True
        if self._advance_elsewhere(main, met) or self._advance_here(main, met):
            return True
        if met.tried(
            f"records {main.commit}", lambda: propose_records(self.membrane, self.hands, main)
        ):
            return True
        if met.tried("drift", partial(self._find_drift, main)):
            return True
        if met.tried("endurance", lambda: check_endurance(self.hands, main, met.began)):
            return True
        if met.tried(f"consequences {main.commit}", lambda: serve_gaps(self.server, main)):
            return True
        return keep_projections(self.projector, main, met.tried)

    def _see_to_open(self, main: Main, met: Met) -> bool:
        """What is unconfirmed on hosts comes before anything that may take time: they wait for it
        with a timer that takes it back."""
        waiting = open_elsewhere(self.hands.chronicle.ledger)
        if not waiting:
            return False
        return self._judge_rollouts(main, met) or self._advance_elsewhere(main, met, waiting)

    def _find_drift(self, main: Main) -> bool:
        """Hosts are left alone while a change on one of them is to be verified soon."""
        now, ledger = self.clock.now(), self.hands.chronicle.ledger
        soon = now + timedelta(seconds=host_limits.HOST_LOOK_SECONDS)
        for demand in open_elsewhere(ledger):
            record = ledger.demands[demand]
            if locus_of(main.genome, record.demand.locus) is None:
                continue
            situation = situation_of(self.membrane, main, ledger, record, now)
            _, action = triage(situation, ledger, now)
            if not isinstance(action, Wait) or (action.until is not None and action.until < soon):
                return find_drift(self.hands, main, now, hosts=False)
        return find_drift(self.hands, main, now)

    def _judge_rollouts(self, main: Main, met: Met) -> bool:
        name = f"rollouts {main.commit} {self.hands.chronicle.ledger.length}"
        return met.tried(name, partial(self._keep_rollouts, main))

    def _publish(
        self, main: Main, drafts: tuple[DraftRef, ...], met: Met, *, vouched: bool
    ) -> bool:
        """Once a pass, and again when what the forge is to be told of has changed.

        Also while main is held, since what lets go of it may be at the forge.
        """
        publisher, held, forge = self.publisher, partial(self._held, main), main.config.forge
        if publisher is None or forge is None or not (vouched or forge == self._trusted_forge()):
            return False
        proved = [(d.commit, self.repository.proof(d.commit) is None) for d in drafts]
        name = f"forge {main.commit} {proved}"
        return met.tried(name, lambda: keep_published(publisher, main, held))

    def _latest(self, record: DemandRecord) -> str:
        """The last event about a demand, or about the run that it is part of."""
        ledger = self.hands.chronicle.ledger
        own = ledger.runs.get(record.demand.run) or ledger.latest_run(record)
        fleet = ledger.latest_fleet(record)
        latest = (one.latest_event for one in (own, fleet) if one is not None)
        return " ".join((record.latest_event, *latest))

    def _advance_draft(self, main: Main, draft: DraftRef) -> bool:
        held = self._held(main, draft)
        return advance_draft(self.membrane, draft, main.genome, main.policy, held)

    def _advance_demand(self, main: Main, record: DemandRecord) -> bool:
        try:
            return self._advance(main, record)
        except Unavailable as away:
            chronicle = self.hands.chronicle
            if waited_for(chronicle.ledger, record, self._staged(main, ())):
                note_away(chronicle, record, away.reason, self.clock.now())
            raise

    def _staged(self, main: Main, asking: Collection[str]) -> Turns:
        """Whose turn it is of hosts that have runs of one change."""
        ledger, now = self.hands.chronicle.ledger, self.clock.now()
        return stage_runs(ledger, main, self.main_at, asking, now)

    def _advance(self, main: Main, record: DemandRecord) -> bool:
        now = self.clock.now()
        if is_intent(record):
            return advance_intent(self.hands, main, self.main_at, record, now)
        if record.demand.run:
            acting = (self.hands, self.membrane, self.desk.staff)
            return advance_task(acting, main, self.main_at, record, now)
        if is_composed(main.genome, record.demand.locus):
            return advance_run(self.hands, main, self.main_at, record, now)
        return advance_demand(self.hands, self.membrane, self.desk.staff, main, record, now)

    def _keep_rollouts(self, main: Main) -> bool:
        return keep_rollouts(self.membrane, main, self.main_at, self.clock.now())

    def _open_to(self, main: Main, met: Met, *, elsewhere: bool) -> dict[str, DemandRecord]:
        """The demands that may be taken a step further here, or elsewhere, by a name for that."""
        ledger = self.hands.chronicle.ledger
        names = {
            f"{record.demand.id} {main.commit} {self._latest(record)}": record
            for record in ledger.standing_demands()
            if is_elsewhere(record) is elsewhere
        }
        left = [record for name, record in names.items() if name not in met.skipped]
        if not left:
            return {}
        staged = self._staged(main, {record.demand.id for record in left})
        may = {record.demand.id for record in going(main, ledger, left, staged)}
        return {name: record for name, record in names.items() if record.demand.id in may}

    def _advance_here(self, main: Main, met: Met) -> bool:
        """One step for one demand about a world that is reached from here."""
        for name, record in self._open_to(main, met, elsewhere=False).items():
            if met.tried(name, partial(self._advance_demand, main, record)):
                return True
        return False

    def _advance_elsewhere(self, main: Main, met: Met, only: Collection[str] | None = None) -> bool:
        """One step for every demand about a host that may go on, all at once; `only` these."""
        waiting = self._open_to(main, met, elsewhere=True)
        if only is not None:
            waiting = {name: one for name, one in waiting.items() if one.demand.id in only}
        tasks = [partial(self._advance_demand, main, record) for record in waiting.values()]
        outcomes = self.hands.journeys.together(tasks)
        done = [met.settled(*one) for one in zip(waiting, outcomes, strict=True)]
        return any(done)

    def gaps(self) -> tuple[Gap, ...]:
        """What is open now, as the log and main have it; acts on nothing."""
        main = self.main()
        return self._gaps(main, self._triaged(main))

    def held(self, draft: DraftRef) -> str | None:
        """What a draft has to wait for, in one line; None if nothing precedes it."""
        return self._held(self.main(), draft)

    def _held(self, main: Main, draft: DraftRef) -> str | None:
        demanded = [gap for gap, _ in self._triaged(main) if gap is not None]
        return held_by(main, draft, demanded, self.server.systems)

    def drawn(self) -> list[str]:
        """What is open of each system, as trees, line by line."""
        now = rfc3339(self.clock.now())
        return [line for one in self.server.systems.look(self.main()) for line in one.drawn(now)]

    def _gaps(self, main: Main, triaged: list[tuple[Gap | None, Action]]) -> tuple[Gap, ...]:
        """By priority, then by the time that they were due."""
        found = [
            *(gap for gap, _ in triaged if gap is not None),
            *rollout_gaps(self.membrane, main, self.main_at),
            *projection_gaps(self.projector, main, self.clock.now()),
            *system_gaps(self.server, main),
            *conflict_gaps(self.hands.chronicle, main),
        ]
        return tuple(sorted(found, key=priority))

    def _triaged(self, main: Main) -> list[tuple[Gap | None, Action]]:
        staged = self._staged(main, {*self.hands.chronicle.ledger.standing.values()})
        return survey(self.membrane, main, self.main_at, staged, self.clock.now())

    def _result(self, met: Met) -> PassResult:
        main, now = self.main(), self.clock.now()
        triaged = self._triaged(main)
        gaps = self._gaps(main, triaged)
        wakes = [
            action.until
            for _, action in triaged
            if isinstance(action, Wait | Assign) and action.until is not None
        ]
        due = self.server.systems.next_due(main)
        if due is not None:
            wakes.append(due + _JUST_AFTER)
        retry = next_try(self.server, main)
        if retry is not None:
            wakes.append(retry)
        if met.retry_after_s is not None:
            wakes.append(now + timedelta(seconds=met.retry_after_s))
        together_s = host_limits.HOST_GATHER_SECONDS
        gather_s = together_s if open_elsewhere(self.hands.chronicle.ledger) else 0.0
        return PassResult(met.actions, gaps, gathered(wakes, gather_s), tuple(met.troubles))
