"""Runs: what became of each pathway or topology that was asked for, folded from the log.

A run is named by the `pathway.started` event that opened it. Each of its tasks is a demand of its
own, which names the run and its place in it. The ledger keeps runs and steps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.domains.world import Json, JsonObject
from controller.history.event import Event

OPENING = "pathway.started"
CLOSING = "pathway.finished"


class Ending(StrEnum):
    """How a run ended: all done; some kept and some not; all undone; given up for a newer one."""

    DONE = "done"
    PARTIAL = "partial"
    ROLLED_BACK = "rolled_back"
    SUPERSEDED = "superseded"
    DRIFTED = "drifted"
    """Done, and undone since by somebody else."""


@dataclass(frozen=True, slots=True)
class Account:
    """`report partial`: the places that are done, that were undone, that failed and why, the
    steps that were never begun, and what failed pathways `inside` did about it, by their places.
    `decomposed` are pathways that could not be done in one piece, and why."""

    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    not_begun: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    decomposed: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        """As an event's data holds it."""
        return {
            "done": [*self.done],
            "undone": [*self.undone],
            "failed": {**self.failed},
            "not_begun": [*self.not_begun],
            "inside": {**self.inside},
            "decomposed": {**self.decomposed},
        }


@dataclass(slots=True)
class RunRecord:
    """What the log says about one run.

    `commit` is main's as it began, which it keeps to; `text` the pathway that a topology was
    decomposed into, empty for a pathway of that commit. `form` names what was asked for and
    `composition` the stacks of all loci concerned: where both are what they were, a new run would
    do the same. `settled` names the state of the world as it ended, `present` the things
    that were there as it began, `made` those that it made, as `section.name`. `steps` maps a place
    to its demand, in the order in which they were begun.
    """

    id: str
    demand: str
    name: str
    commit: str
    text: str
    form: str
    composition: str
    values: JsonObject
    steps: dict[str, str] = field(default_factory=dict)
    latest_event: str = ""
    ending: str | None = None
    settled: str = ""
    present: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    account: JsonObject = field(default_factory=dict)


def opened(event: Event) -> RunRecord:
    """The run that a `pathway.started` event opens."""
    data = event.data
    values, present = data["input"], data["present"]
    assert isinstance(values, dict)
    assert isinstance(present, list)
    return RunRecord(
        id=event.id,
        demand=str(data["demand"]),
        name=str(data["pathway"]),
        commit=str(data["commit"]),
        text=str(data["text"]),
        form=str(data["form"]),
        composition=str(data["composition"]),
        values=values,
        latest_event=event.id,
        present=[str(path) for path in present],
    )


def close(run: RunRecord, event: Event) -> None:
    """Take the `pathway.finished` event of a run."""
    told: Json = event.data["account"]
    assert isinstance(told, dict)
    run.ending, run.account = str(event.data["outcome"]), told
    run.settled = str(event.data["settled"])
    made = event.data["made"]
    assert isinstance(made, list)
    run.made = [str(path) for path in made]
