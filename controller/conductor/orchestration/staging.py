"""Staging: which of several hosts may begin their runs now: a canary first, then batch by batch.

    waiting ─► canary: the first of the hosts ─► batches, each larger ─► everywhere
                  └──── failed ──► the others are stopped, until main says something else

The same for every change of a pathway, topology or intent that concerns several hosts. Asked by
`stories/stage_runs`. Pure: how the hosts stand, and the bounds, decide.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from controller.conductor.orchestration.fleet import Standing
from grammar.sg.terms import Risk

_SETTLED = (Standing.HELD, Standing.DONE)
_GRAVE = (Risk.HIGH, Risk.CRITICAL)


@dataclass(frozen=True, slots=True)
class Member:
    """One host of a change, by its demand; one that is not `able` is nobody's canary."""

    demand: str
    world: str
    standing: Standing
    reason: str = ""
    able: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """How a change may spread: `preferred` hosts are the canary, then so many at a time as `sizes`
    say, the last one again and again, until it has failed on `bound` hosts."""

    preferred: int
    sizes: tuple[int, ...]
    bound: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a host may begin. `reason` is why not; `stopped` if only a person, or another main,
    lets it. A `canary` may, and others wait for it."""

    reason: str = ""
    stopped: bool = False
    canary: bool = False


def sizes_for(risk: Risk, sizes: Sequence[int]) -> tuple[int, ...]:
    """The batches for what is of this risk: they do not grow where much can go wrong."""
    return tuple(sizes[:1]) if risk in _GRAVE else tuple(sizes)


def turns(members: Sequence[Member], terms: Terms, asking: Collection[str]) -> Mapping[str, Turn]:
    """The turn of every host that waits, and of the canary, by its demand.

    `members` are in the order in which they are changed; `asking` are the demands that could begin
    now.
    """
    waiting = [one for one in members if one.standing is Standing.WAITING]
    failed = [one for one in members if one.standing is Standing.FAILED]
    settled = [one for one in members if one.standing in _SETTLED]
    passed = len(settled) >= terms.preferred
    if failed and (not passed or len(failed) >= terms.bound):
        stopped = Turn(_stopped(failed[0], len(failed), canary=not passed), stopped=True)
        return {one.demand: stopped for one in waiting}
    if not passed:
        able = [one for one in members if one.able] or members
        canary = able[: terms.preferred]
        first = ", ".join(one.world for one in canary) or "a canary"
        held = Turn(f"waits until {first}, the canary, is done")
        others = {one.demand: held for one in waiting}
        return {**others, **{one.demand: Turn(canary=len(members) > 1) for one in canary}}
    running = sum(1 for one in members if one.standing is Standing.RUNNING)
    free = max(0, _batch(terms, len(settled)) - running)
    ready = [one.demand for one in waiting if one.demand in asking][:free]
    held = Turn(f"waits for the next batch; {len(settled)} of {len(members)} are done")
    return {one.demand: Turn() if one.demand in ready else held for one in waiting}


def _batch(terms: Terms, settled: int) -> int:
    """How many hosts may be under way: the size of the batch that is on."""
    reached = terms.preferred
    for size in terms.sizes:
        reached += size
        if settled < reached:
            return size
    return terms.sizes[-1]


def _stopped(first: Member, count: int, *, canary: bool) -> str:
    who = f"{first.world}, the canary," if canary else first.world
    others = f", the first of {count}" if count > 1 else ""
    return f"stopped: {who} failed{others}: {first.reason}"
