"""What a run is like once it is unfolded: tasks and their outcomes, by their places.

A place is `2`, `2.1` (step 1 of the pathway that step 2 follows), `3[0]` (the first item of a
loop), `verify[1]` (the second probe). `unfolding` makes an `Unfolded`; `deciding` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from controller.domains.world import JsonObject
from grammar.sg.composition import Remedy


class Outcome(StrEnum):
    """What a task has come to."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """A task's outcome, what its gene gave, and why it failed."""

    outcome: Outcome
    output: JsonObject = field(default_factory=dict)
    reason: str = ""


Results = Mapping[str, Result]
"""What the tasks of a run have come to, by their places."""


@dataclass(frozen=True, slots=True)
class Task:
    """A gene to be expressed now. A probe is only asked `after_ms` behind all `needs`."""

    place: str
    locus: str
    values: JsonObject
    needs: tuple[str, ...] = ()
    after_ms: int = 0


@dataclass(slots=True)
class Unfolded:
    """What a run is like: places by what became of them, and what may begin now.

    `waiting` holds steps that wait for others (not unfolded yet), `failed` the reasons. Below a
    place among `given_up` nothing is begun any more, and what was done is to be undone; `""` is the
    whole run. `preserved` are the pathways inside that failed and keep what works of them.
    `decomposed` are those whose fused alleles all failed, and why: their steps are followed.
    """

    ready: list[Task] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    given_up: tuple[str, ...] = ()
    preserved: tuple[str, ...] = ()
    decomposed: dict[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """True when nothing runs and nothing can begin, but for what is given up."""
        return not self.ready and all(map(self.gives_up, self.running))

    def remedy(self, remedies: Mapping[str, Sequence[Remedy]]) -> None:
        """Decide what failures come to; `remedies` are those of every pathway, by its place."""
        failed = {
            place: said
            for place, said in remedies.items()
            if any(is_below(one, place) for one in self.failed)
        }
        self.given_up = tuple(p for p, said in failed.items() if _gives_up(p, said))
        self.preserved = tuple(p for p, said in failed.items() if p and Remedy.PRESERVE in said)
        self.waiting += [task.place for task in self.ready if self.gives_up(task.place)]
        self.ready = [task for task in self.ready if not self.gives_up(task.place)]

    def gives_up(self, place: str) -> bool:
        """True for a place of which nothing is to stay."""
        return any(is_below(place, one) for one in self.given_up)


def is_below(place: str, outer: str) -> bool:
    """True for a place inside of the pathway that follows at `outer`, which is "" for the run."""
    return not outer or place.startswith(f"{outer}.")


def _gives_up(place: str, remedies: Sequence[Remedy]) -> bool:
    """Whether what failed at a place is undone there; without a word, only the outermost is."""
    return Remedy.ROLLBACK in remedies if place else Remedy.PRESERVE not in remedies
