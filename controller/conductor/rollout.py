"""Rollouts: how a change of what a phenotype expresses at a locus reaches worlds that are healthy.

    started ─► canary: one world, watched ─► batches, each larger ─► everywhere, watched for days
                  └──────── diagnostics fail where they were healthy before ────────┴──► failed

The ledger folds them from the log; `stories/rollout` records how they go on, `triage` and the pass
ask who has to wait. Pure: events and trials in, decisions out. Only demands that were satisfied
with the former allele are staged: what is broken anyway is healed at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from controller.arena.trial import OPENING, Trial, Trials
from controller.history.event import Event
from controller.host_limits import CANARY_CALLS

STARTED: Final = "canary.started"
PASSED: Final = "canary.passed"
CANARY_FAILED: Final = "canary.failed"
FAILED: Final = "rollout.failed"
ENDED: Final = "rollout.ended"
AWAY: Final = "canary.away"
REPLACED: Final = "canary.replaced"
COMPARED: Final = "consequence.finished"


@dataclass(slots=True)
class Rollout:
    """One change on its way. Named by the event that started it.

    `worlds` are those of the fleet in the order in which they are given the allele, `demands` what
    was satisfied there before; `preferred` is how many of the first are the canary. The canary's
    change stays open for `window_s` seconds beyond its contract's window. `sizes` are the worlds
    that may have the change unconfirmed at a time, batch by batch. `bound` is the number of worlds
    on which it may fail. One of calls (`sampling`) has no worlds, but the `fraction` of calls that
    were `compared` so far, and the reasons of those in which it did `worse`.
    """

    id: str
    phenotype: str
    locus: str
    allele: str
    former: str
    commit: str
    worlds: list[str]
    demands: list[str]
    preferred: int
    window_s: float
    sizes: list[int]
    bound: int
    at: datetime
    latest_event: str
    fraction: float = 0.0
    compared: int = 0
    worse: list[str] = field(default_factory=list)
    trials: list[str] = field(default_factory=list)
    passed: bool = False
    failed: str | None = None


Rollouts = dict[str, Rollout]
"""The latest of each locus of a phenotype, by `place_of`."""


def in_order(worlds: Collection[str], named: Collection[str]) -> tuple[list[str], int]:
    """A fleet's worlds in the order in which they are changed, and how many are the canary: those
    that are `named`, as worlds or as hosts, else the first by name."""
    preferred = [one for one in sorted(worlds) if {one, one.partition(":")[2]} & {*named}]
    others = [one for one in sorted(worlds) if one not in preferred]
    return [*preferred, *others], max(1, len(preferred))


def place_of(phenotype: str, locus: str) -> str:
    """What names a locus of a phenotype."""
    return f"{phenotype}/{locus}"


def step(rollouts: Rollouts, event: Event) -> None:
    """Take one more event into the fold; events of other kinds change nothing."""
    data = event.data
    if event.type == OPENING:
        found = rollouts.get(place_of(str(data["phenotype"]), str(data["locus"])))
        if found is not None and found.allele == data["allele"]:
            found.trials.append(event.id)
        return
    if event.type == STARTED:
        opened = _opened(event)
        rollouts[place_of(opened.phenotype, opened.locus)] = opened
        return
    if event.type == COMPARED:
        _compare(rollouts, event)
    if event.type not in (PASSED, CANARY_FAILED, FAILED, ENDED):
        return
    place = place_of(str(data["phenotype"]), str(data["locus"]))
    rollout = rollouts.get(place)
    if rollout is None or rollout.id != data["rollout"]:
        return
    rollout.latest_event = event.id
    if event.type == ENDED:
        del rollouts[place]
    elif event.type == PASSED:
        rollout.passed = True
    else:
        rollout.failed = str(data["reason"])


def _compare(rollouts: Rollouts, event: Event) -> None:
    """A call that was answered by two alleles side by side."""
    seen = event.data.get("beside")
    if not isinstance(seen, dict):
        return
    rollout = next((one for one in rollouts.values() if one.id == seen["rollout"]), None)
    if rollout is None:
        return
    rollout.compared += 1
    rollout.latest_event = event.id
    if event.data["error"] is not None and seen["error"] is None:
        rollout.worse.append(str(event.data["error"]))


def _opened(event: Event) -> Rollout:
    data = event.data
    worlds, demands, sizes = data["worlds"], data["demands"], data["sizes"]
    assert isinstance(worlds, list)
    assert isinstance(demands, list)
    assert isinstance(sizes, list)
    return Rollout(
        id=event.id,
        phenotype=str(data["phenotype"]),
        locus=str(data["locus"]),
        allele=str(data["allele"]),
        former=str(data["former"]),
        commit=str(data["commit"]),
        worlds=[str(world) for world in worlds],
        demands=[str(demand) for demand in demands],
        preferred=int(str(data["preferred"])),
        window_s=float(str(data["window_s"])),
        sizes=[int(str(size)) for size in sizes],
        bound=int(str(data["bound"])),
        fraction=float(str(data.get("fraction", 0.0))),
        at=event.at,
        latest_event=event.id,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """One demand of a fleet as a rollout sees it; `refusal` is why it cannot begin. What is `away`
    could not be reached for so long that it is no canary."""

    demand: str
    world: str
    refusal: str | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rollout is. Worlds, in its order: of each list a world is in one at most.

    `canary` goes first; where it cannot begin, or nothing is demanded any more, the next does.
    """

    canary: tuple[str, ...]
    confirmed: tuple[str, ...]
    underway: tuple[str, ...]
    waiting: tuple[str, ...]
    failures: tuple[Trial, ...]

    @property
    def sick(self) -> tuple[str, ...]:
        """The worlds where it failed."""
        return tuple(dict.fromkeys(trial.world for trial in self.failures))

    @property
    def has_passed(self) -> bool:
        """True once every world of the canary has kept the change."""
        return bool(self.canary) and set(self.canary) <= set(self.confirmed)


def progress(rollout: Rollout, trials: Trials, places: Sequence[Place]) -> Progress:
    """How far it is. `places` are the demands of the fleet that stand still."""
    own = [place for place in places if place.demand in rollout.demands]
    latest = {trial.demand: trial for trial in _counted(rollout, trials)}
    confirmed, underway, waiting = [], [], []
    for world in rollout.worlds:
        states = [_state(latest.get(one.demand)) for one in own if one.world == world]
        if "open" in states:
            underway.append(world)
        elif states and all(state == "confirmed" for state in states):
            confirmed.append(world)
        elif "none" in states:
            waiting.append(world)
    refused = {place.world for place in own if place.refusal is not None} & {*waiting}
    standing = {place.world for place in own}
    able = [world for world in rollout.worlds if world in standing - refused]
    away = {place.world for place in own if place.away}
    canary = tuple(([one for one in able if one not in away] or able)[: rollout.preferred])
    return Progress(
        canary, tuple(confirmed), tuple(underway), tuple(waiting), failures(rollout, trials)
    )


def failures(rollout: Rollout, trials: Trials) -> tuple[Trial, ...]:
    """The trials in which the change failed where the former allele had been healthy.

    One that is open still is to be rolled back first.
    """
    return tuple(
        trial
        for trial in _counted(rollout, trials)
        if trial.failed and trial.end is not None and trial.demand in rollout.demands
    )


def verdict(rollout: Rollout, seen: Progress) -> tuple[str, str] | None:
    """The event that is due, and its reason; None while it only goes on."""
    if rollout.failed is not None:
        return None
    if rollout.fraction:
        return _verdict_of_calls(rollout)
    sick = seen.sick
    if sick and not rollout.passed:
        return CANARY_FAILED, f"{_why(seen.failures[0])}, its canary"
    if len(sick) >= rollout.bound:
        return FAILED, _why(seen.failures[-1])
    if not rollout.passed and seen.has_passed:
        return PASSED, f"healthy on {', '.join(seen.canary)}"
    return None


def _verdict_of_calls(rollout: Rollout) -> tuple[str, str] | None:
    """The same for calls: one that the former allele could answer must not be lost."""
    if rollout.passed:
        return None
    if len(rollout.worse) >= rollout.bound:
        did = f"worse in {len(rollout.worse)} of {rollout.compared} calls"
        return CANARY_FAILED, f"{did} side by side: {rollout.worse[-1]}"
    if rollout.compared >= CANARY_CALLS:
        return PASSED, f"no worse in {rollout.compared} calls side by side"
    return None


def holds(rollout: Rollout, seen: Progress, asking: Collection[str]) -> Mapping[str, str]:
    """The worlds that must not begin yet, and why. `asking` are those that could begin now."""
    if rollout.failed is not None:
        return {}
    waiting = [world for world in seen.waiting if world in asking]
    if not rollout.passed:
        first = ", ".join(seen.canary) or "a canary"
        told = f"waits until {first}, the canary, has kept {rollout.allele[:12]}"
        return {world: told for world in waiting if world not in seen.canary}
    free = max(0, _batch(rollout, seen) - len(seen.underway))
    told = f"waits for the next batch; {len(seen.confirmed)} of {len(rollout.worlds)} have it"
    return dict.fromkeys(waiting[free:], told)


def watched_until(rollout: Rollout | None, trial: Trial, within_ms: int) -> datetime | None:
    """Until when a canary's change stays open; None for any other trial."""
    if rollout is None or rollout.passed or trial.finished_at is None:
        return None
    if trial.id not in rollout.trials or trial.demand not in rollout.demands:
        return None
    return trial.finished_at + timedelta(milliseconds=within_ms, seconds=rollout.window_s)


def watch_s(rollout: Rollout | None, demand: str, allele: str) -> float:
    """The seconds that a demand's change will stay open beyond its contract's window."""
    if rollout is None or rollout.passed or rollout.allele != allele:
        return 0.0
    return rollout.window_s if demand in rollout.demands else 0.0


def told(rollout: Rollout, seen: Progress) -> str:
    """A rollout in one line, for people."""
    head = f"{rollout.allele[:12]} at {rollout.locus} in {rollout.phenotype}"
    if rollout.failed is not None:
        return f"{head}: failed, {rollout.failed}"
    if rollout.fraction:
        share = f"{rollout.fraction:.0%} of calls beside {rollout.former[:12]}"
        done = f"{rollout.compared} of {CANARY_CALLS} compared"
        return f"{head}: {'answers all calls' if rollout.passed else f'{share}; {done}'}"
    have = f"{len(seen.confirmed)} of {len(rollout.worlds)} have it"
    if not rollout.passed:
        then = " then ".join(str(size) for size in rollout.sizes)
        return f"{head}: canary {', '.join(seen.canary) or 'none'}, then batches of {then}; {have}"
    if not seen.waiting and not seen.underway:
        return f"{head}: everywhere it is to be, watched; {have}"
    after = [world for world in seen.waiting if world not in seen.underway]
    following = ", ".join(after[: _batch(rollout, seen)])
    return f"{head}: {have}; now {', '.join(seen.underway) or 'none'}; next {following or 'none'}"


def _batch(rollout: Rollout, seen: Progress) -> int:
    """How many worlds may have the change unconfirmed now: the size of the batch that is on."""
    done = len([world for world in seen.confirmed if world not in seen.canary])
    reached = 0
    for size in rollout.sizes:
        reached += size
        if done < reached:
            return size
    return rollout.sizes[-1]


def _counted(rollout: Rollout, trials: Trials) -> Iterator[Trial]:
    """Its trials, those left out that nothing came of."""
    return (trials[name] for name in rollout.trials if not trials[name].withdrawn)


def _state(trial: Trial | None) -> str:
    if trial is None:
        return "none"
    if trial.end is None:
        return "open"
    return "failed" if trial.failed else "confirmed"


def _why(trial: Trial) -> str:
    sick = dict.fromkeys(report.locus for report in trial.reports if not report.healthy)
    seen = f"unhealthy according to {', '.join(sick)}" if sick else "it did not hold"
    return f"{trial.error or seen} on {trial.world}"
