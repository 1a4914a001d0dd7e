"""The ledger: what the conductor needs to know of the past, folded from the log.

It is kept in memory, brought up to date by `apply`, and lost without harm: the log makes it
again. Nothing in it is read from the repository.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from controller.arena import trial as trials_fold
from controller.arena.trial import Trial
from controller.conductor import brake
from controller.conductor import rollout as rollouts_fold
from controller.conductor.attempts import Attempts
from controller.conductor.brake import Pause
from controller.conductor.breakers import Spending
from controller.conductor.demand import REQUESTED, Demand, read_demand
from controller.conductor.orchestration import fleet as fleets_fold
from controller.conductor.orchestration import run as runs_fold
from controller.conductor.orchestration.fleet import FleetRecord
from controller.conductor.orchestration.run import RunRecord
from controller.conductor.rollout import Place, Rollout, Rollouts, place_of
from controller.history.event import Event

ENDINGS = ("draft.refused", "draft.closed", "draft.superseded", "draft.reverted")
"""Events after which a draft's state is the event's verb."""


@dataclass(slots=True)
class DraftRecord:
    """What the log says about one draft.

    `state` is open, merged, reverted, refused, closed or superseded; `pull` and `url` are of its
    pull request, `reason` is why it was ended. One that takes a commit of main back names it in
    `reverts`, and in `against` the allele that was dominant by it.
    """

    name: str
    opened_by: str
    allele: str
    locus: str
    phenotype: str
    demand: str
    state: str = "open"
    proved_by: str | None = None
    merge: str | None = None
    merged_by: str | None = None
    merged_at: int = 0
    pull: int | None = None
    url: str = ""
    reason: str = ""
    reverts: str = ""
    against: str = ""


@dataclass(slots=True)
class DemandRecord:
    """What has happened to one demand.

    `restarted` holds the trials that were over when the world was found to have drifted:
    they no longer count for the present round. `refusal` is why it cannot be tried at all.
    """

    demand: Demand
    latest_event: str
    latest_at: int = 0
    trials: list[str] = field(default_factory=list)
    restarted: int = 0
    drifted_at: datetime | None = None
    searches: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    refusal: str | None = None
    handed_over: str | None = None
    runs: list[str] = field(default_factory=list)
    fleets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Hold:
    """A commit of main that nothing is done on, and why."""

    commit: str
    reason: str


@dataclass(slots=True)
class Ledger:
    """Demands, trials, runs, fleets and drafts as of the first `length` events.

    `vouched` is the last commit of main that somebody with the right to say so vouched for; `hold`
    is what main went on to without that. `away` says since when a canary's world is out of reach;
    those `passed_over` are canaries no more, until something is expressed there.
    """

    length: int = 0
    main: str | None = None
    main_event: str | None = None
    main_at: int = 0
    vouched: str | None = None
    hold: Hold | None = None
    demands: dict[str, DemandRecord] = field(default_factory=dict)
    standing: dict[tuple[str, str, str], str] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    drafts: dict[str, DraftRecord] = field(default_factory=dict)
    retired: list[DraftRecord] = field(default_factory=list)
    pause: Pause | None = None
    attempts: Attempts = field(default_factory=Attempts)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    fleets: dict[str, FleetRecord] = field(default_factory=dict)
    spending: Spending = field(default_factory=Spending)
    rollouts: Rollouts = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    away: dict[str, datetime] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)

    def apply(self, events: Iterable[Event]) -> None:
        """Take more events, in their order."""
        for event in events:
            self.length += 1
            self.pause = brake.step(self.pause, event)
            self.attempts.apply(event)
            self.spending.apply(event)
            trials_fold.step(self.trials, event)
            rollouts_fold.step(self.rollouts, event)
            self._note_answer(event)
            self._note_reach(event)
            self._apply(event)

    def standing_demands(self) -> tuple[DemandRecord, ...]:
        """The demands that no newer one has replaced, oldest first."""
        return tuple(self.demands[name] for name in self.standing.values())

    def trials_of(self, record: DemandRecord) -> tuple[Trial, ...]:
        """The trials for a demand since it last drifted, withdrawn ones left out."""
        return tuple(trial for trial in self.finished_or_open(record) if not trial.withdrawn)

    def finished_or_open(self, record: DemandRecord) -> tuple[Trial, ...]:
        """The same with those that were undone though nothing was wrong with them."""
        found = (self.trials[name] for name in record.trials[record.restarted :])
        return tuple(trial for trial in found if trial.end != "interrupted")

    def latest_run(self, record: DemandRecord) -> RunRecord | None:
        """The last run that was begun for a demand."""
        return self.runs[record.runs[-1]] if record.runs else None

    def latest_fleet(self, record: DemandRecord) -> FleetRecord | None:
        """The last fleet that was begun for an intent's demand."""
        return self.fleets[record.fleets[-1]] if record.fleets else None

    def rollout(self, phenotype: str, locus: str) -> Rollout | None:
        """The change of what a phenotype expresses at a locus that is on its way, or watched."""
        return self.rollouts.get(place_of(phenotype, locus))

    def places(self, rollout: Rollout) -> tuple[Place, ...]:
        """The demands of a rollout's fleet that stand still."""
        return tuple(
            Place(
                record.demand.id,
                record.demand.world,
                record.refusal,
                record.demand.world in self.passed_over,
            )
            for record in self.standing_demands()
            if record.demand.id in rollout.demands
        )

    def rejected(self, phenotype: str, locus: str) -> frozenset[str]:
        """Alleles not to be offered again: a gate refused them, a person or hosts said no."""
        ended = [*self.drafts.values(), *self.retired]
        own = [one for one in ended if (one.phenotype, one.locus) == (phenotype, locus)]
        refused = {
            draft.allele
            for draft in own
            if not draft.reverts and draft.state in ("refused", "closed", "reverted")
        }
        taken_back = {draft.against for draft in own if draft.reverts and draft.state == "merged"}
        return frozenset(refused | taken_back)

    def was_taken_back(self, phenotype: str, locus: str, allele: str) -> bool:
        """True for an allele that a draft once took back, whatever became of it since."""
        return any(
            (one.phenotype, one.locus, one.against) == (phenotype, locus, allele)
            for one in (*self.drafts.values(), *self.retired)
        )

    def reverts(self) -> tuple[DraftRecord, ...]:
        """The drafts that took something back, and are on main."""
        return tuple(one for one in self.drafts.values() if one.reverts and one.state == "merged")

    def latest_merged(self) -> tuple[DraftRecord, ...]:
        """For each locus of a phenotype the last draft that was merged, reverted or not."""
        latest: dict[tuple[str, str], DraftRecord] = {}
        for draft in self.drafts.values():
            if draft.merged_at and not draft.reverts:
                key = (draft.phenotype, draft.locus)
                if key not in latest or latest[key].merged_at < draft.merged_at:
                    latest[key] = draft
        return tuple(latest.values())

    def _apply(self, event: Event) -> None:
        kind, _, _ = event.type.partition(".")
        if event.type == REQUESTED:
            self._request(event)
        elif kind == "draft":
            self._draft(event)
        elif event.type in (runs_fold.OPENING, runs_fold.CLOSING):
            self._run(event)
        elif event.type in (fleets_fold.OPENING, fleets_fold.CLOSING):
            self._fleet(event)
        elif event.type == "main.moved":
            self._moved(str(event.data["to"]), event)
        elif event.type == "main.vouched":
            self.vouched, self.hold = str(event.data["commit"]), None
        elif event.type == "main.held":
            self.hold = Hold(str(event.data["commit"]), str(event.data["reason"]))
        self._demand(event)

    def _note_answer(self, event: Event) -> None:
        """Which allele brought a consequence about last, by the name of its locus."""
        data = event.data
        if event.type == rollouts_fold.COMPARED and data["error"] is None and "allele" in data:
            self.answered[str(data["consequence"]).replace(".", "_")] = str(data["allele"])

    def _note_reach(self, event: Event) -> None:
        """Which worlds keep others waiting that cannot be reached."""
        world = str(event.data.get("world", ""))
        if event.type == rollouts_fold.AWAY:
            self.away[world] = event.at
        elif event.type == rollouts_fold.REPLACED:
            self.passed_over.append(world)
        elif event.type == trials_fold.OPENING and self.away.pop(world, None) is not None:
            self.passed_over = [one for one in self.passed_over if one != world]

    def _moved(self, commit: str, event: Event) -> None:
        self.main, self.main_event, self.main_at = commit, event.id, self.length

    def _request(self, event: Event) -> None:
        demand = read_demand(event)
        self.demands[demand.id] = DemandRecord(demand, latest_event=event.id)
        replaced = self.standing.pop(demand.about, None)
        self.standing[demand.about] = demand.id
        if replaced is not None:
            for run in self.demands[replaced].runs:
                self._dismiss(run)
        if demand.run in self.runs:
            self.runs[demand.run].steps[demand.step] = demand.id
        if demand.fleet in self.fleets:
            self.fleets[demand.fleet].hosts[demand.host] = demand.id

    def _run(self, event: Event) -> None:
        if event.type == runs_fold.OPENING:
            for former in self.demands[str(event.data["demand"])].runs:
                self._dismiss(former)
            self.runs[event.id] = runs_fold.opened(event)
            self.demands[str(event.data["demand"])].runs.append(event.id)
            return
        run = self.runs[str(event.data["run"])]
        runs_fold.close(run, event)
        failed = run.account["failed"]
        assert isinstance(failed, dict)
        self._dismiss(run.id, failed)

    def _fleet(self, event: Event) -> None:
        if event.type == fleets_fold.OPENING:
            fleet = fleets_fold.opened(event)
            for former in self.fleets.values():
                if former.name == fleet.name:
                    former.ending = former.ending or runs_fold.Ending.SUPERSEDED
                    self._release(former, set(fleet.hosts.values()))
            self.fleets[event.id] = fleet
            self.demands[fleet.demand].fleets.append(event.id)
            return
        fleet = self.fleets[str(event.data["fleet"])]
        fleets_fold.close(fleet, event)
        if fleet.ending == runs_fold.Ending.ROLLED_BACK:
            self._release(fleet, set())

    def _release(self, fleet: FleetRecord, kept: Collection[str]) -> None:
        """The demands of a fleet's hosts stand no more, but those that are `kept`."""
        for demand in fleet.hosts.values():
            about = self.demands[demand].demand.about
            if demand not in kept and self.standing.get(about) == demand:
                del self.standing[about]

    def _dismiss(self, run: str, failed: Collection[str] = ()) -> None:
        """The tasks of a run stand no more, but those that failed: for them something is sought."""
        for place, demand in self.runs[run].steps.items():
            about = self.demands[demand].demand.about
            if place not in failed and self.standing.get(about) == demand:
                del self.standing[about]

    def _demand(self, event: Event) -> None:
        record = self.demands.get(self._demand_of(event))
        if record is None:
            return
        record.latest_event, record.latest_at = event.id, self.length
        host = record
        if record.demand.run in self.runs:
            run = self.runs[record.demand.run]
            run.latest_event, host = event.id, self.demands[run.demand]
        if host.demand.fleet in self.fleets:
            self.fleets[host.demand.fleet].latest_event = event.id
        match event.type:
            case trials_fold.OPENING:
                record.trials.append(event.id)
                record.refusal = record.handed_over = None
            case "drift.observed":
                record.restarted = len(record.trials)
                record.drifted_at = event.at
                if record.runs:
                    self.runs[record.runs[-1]].ending = runs_fold.Ending.DRIFTED
            case "demand.refused":
                record.refusal = str(event.data["reason"])
            case "search.finished":
                stack = event.data["stack"]
                assert isinstance(stack, list)
                found = event.data["found"] is not None
                record.searches.append((tuple(str(sha) for sha in stack), found))
            case "person.needed":
                record.handed_over = str(event.data["reason"])

    def _demand_of(self, event: Event) -> str:
        trial = self.trials.get(str(event.data.get("trial", "")))
        return trial.demand if trial is not None else str(event.data.get("demand", ""))

    def _draft(self, event: Event) -> None:
        name = str(event.data["draft"])
        if event.type == "draft.opened":
            self._open(name, event)
            return
        draft = self.drafts.get(name)
        if draft is None:
            return
        if event.type == "draft.proved":
            draft.proved_by = event.id
        elif event.type == "draft.published":
            draft.pull, draft.url = int(str(event.data["number"])), str(event.data["url"])
        elif event.type == "draft.merged":
            draft.state, draft.merge = "merged", str(event.data["merge"])
            draft.merged_by, draft.merged_at = event.id, self.length
            self._take_back(draft.reverts)
            self._moved(draft.merge, event)
        elif event.type == "draft.restored":
            draft.state = "merged"
        elif event.type in ENDINGS:
            draft.state = event.type.removeprefix("draft.")
            draft.reason = str(event.data.get("reason") or "")

    def _take_back(self, commit: str) -> None:
        """The draft that a merge brought is reverted."""
        for draft in self.drafts.values():
            if commit and draft.merge == commit and draft.state == "merged":
                draft.state = "reverted"

    def _open(self, name: str, event: Event) -> None:
        if name in self.drafts:
            self.retired.append(self.drafts.pop(name))
        self.drafts[name] = DraftRecord(
            name=name,
            opened_by=event.id,
            allele=str(event.data["allele"]),
            locus=str(event.data["locus"]),
            phenotype=str(event.data["phenotype"]),
            demand=str(event.data.get("demand") or ""),
            reverts=str(event.data.get("reverts") or ""),
            against=str(event.data.get("against") or ""),
        )
