"""Trials: what became of each expression, folded from the log.

A trial is named by the id of the `expression.started` event that opened it. Its three outcomes
are the seed's timescales: immediate (did the gene do what it says), convergence (do independent
diagnostics agree within the contract's window), resilience (do they still, much later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from controller.domains.world import JsonObject
from controller.history.event import Event

OPENING = "expression.started"
UNCONFIRMED_OUTCOME = "unconfirmed"
"""The outcome of a trial that was undone because the controller was late, and nothing else."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one diagnostic said about a trial. `facets` are the parts of the world it read."""

    locus: str
    healthy: bool
    output: JsonObject
    facets: frozenset[str]
    event: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One expression of one allele for one demand.

    `end` is None while the transaction is open, then `confirmed`, `rolled_back` or, when the
    controller died in the middle, `interrupted`; an interrupted trial counts for nothing.
    `foreseen` is what a twin of its world says of its resilience, which is no evidence of it there.
    `judged_at` is when its diagnostics were last asked before its end, `unconfirmed_at` when it was
    undone because the controller was late.
    """

    id: str
    demand: str
    locus: str
    allele: str
    world: str
    phenotype: str
    values: JsonObject
    stack: tuple[str, ...]
    last_event: str
    immediate: bool | None = None
    finished_at: datetime | None = None
    output: JsonObject = field(default_factory=dict)
    error: str | None = None
    reports: tuple[Report, ...] = ()
    convergence: bool | None = None
    resilience: bool | None = None
    foreseen: bool | None = None
    endured_at: datetime | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None
    end: str | None = None
    unconfirmed_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """True when the outcome is evidence about the allele."""
        return self.immediate is not None and not self.withdrawn

    @property
    def withdrawn(self) -> bool:
        """True when it was undone though nothing was wrong with it that anybody had found.

        The controller died or was late, main came to express something else, or the demand was
        replaced.
        """
        return self.end == "interrupted" or (self.end == "rolled_back" and not self.failed)

    @property
    def failed(self) -> bool:
        """True when any timescale went wrong."""
        return self.immediate is False or self.convergence is False or self.resilience is False


Trials = Mapping[str, Trial]
"""Trials by id, in the order they were started."""


def step(trials: dict[str, Trial], event: Event) -> None:
    """Take one more event into a fold of trials; events of other kinds change nothing."""
    if event.type == OPENING:
        trials[event.id] = _opened(event)
        return
    trial = trials.get(str(event.data.get("trial", "")))
    if trial is not None:
        trials[trial.id] = replace(_advanced(trial, event), last_event=event.id)


def _opened(event: Event) -> Trial:
    data = event.data
    values, stack = data["input"], data["stack"]
    assert isinstance(values, dict)
    assert isinstance(stack, list)
    return Trial(
        id=event.id,
        demand=str(data["demand"]),
        locus=str(data["locus"]),
        allele=str(data["allele"]),
        world=str(data["world"]),
        phenotype=str(data["phenotype"]),
        values=values,
        stack=tuple(str(sha) for sha in stack),
        last_event=event.id,
    )


def _advanced(trial: Trial, event: Event) -> Trial:
    data = event.data
    match event.type:
        case "expression.finished":
            output, error = data.get("output"), data.get("error")
            return replace(
                trial,
                immediate=bool(data["immediate"]),
                finished_at=event.at,
                output=output if isinstance(output, dict) else {},
                error=str(error) if error is not None else None,
            )
        case "diagnostic.reported":
            return replace(trial, reports=(*trial.reports, _report(event)))
        case "trial.judged":
            return _judged(trial, event)
        case "transaction.confirmed":
            return replace(trial, end="confirmed")
        case "transaction.rolled_back":
            late = event.at if data.get("outcome") == UNCONFIRMED_OUTCOME else None
            end = "interrupted" if data.get("interrupted") else "rolled_back"
            return replace(trial, end=end, unconfirmed_at=late)
    return trial


def _judged(trial: Trial, event: Event) -> Trial:
    healthy = bool(event.data["healthy"])
    if event.data.get("world", trial.world) != trial.world:
        return replace(trial, foreseen=healthy)
    if event.data["timescale"] == "resilience":
        held = healthy and trial.resilience is not False
        return replace(trial, judged_by=event.id, resilience=held, endured_at=event.at)
    return replace(trial, judged_by=event.id, judged_at=event.at, convergence=healthy)


def _report(event: Event) -> Report:
    output, facets = event.data["output"], event.data["facets"]
    assert isinstance(output, dict)
    assert isinstance(facets, list)
    return Report(
        locus=str(event.data["locus"]),
        healthy=bool(event.data["healthy"]),
        output=output,
        facets=frozenset(str(facet) for facet in facets),
        event=event.id,
    )
