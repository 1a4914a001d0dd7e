"""Engage: a gap that nothing cheaper closes gets an agent, if the breakers let it have one.

Called by `serve_systems` for what systems miss and by `advance` for demands whose searches failed.
`agent.assigned` is recorded before the agent begins: whoever finds it without an end, and no such
agent running, knows that the agent was cut short.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.arena.admission import ALLOWED_MODULES
from controller.conductor.assignment import Assignment, Constraints, Context, Draft, Missing
from controller.conductor.attempts import STARTED
from controller.conductor.breakers import ASSIGNED, TRIPPED, Trip, tripped
from controller.conductor.ledger import Ledger
from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.genome.allele import Failure
from controller.membrane.draft import branch_of
from controller.ports import Clock, Index
from controller.ports.agents import Agents
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from controller.stories.react import causes

KIND = "agent"
"""The kind of draft that agents write."""


@dataclass(frozen=True, slots=True)
class Staff:
    """What engaging agents needs."""

    agents: Agents
    chronicle: Chronicle
    index: Index
    clock: Clock


@dataclass(frozen=True, slots=True)
class Offer:
    """The locus of a phenotype for which an agent may draft an allele, the `operations` that it
    may use, and the failure that the allele is to mend."""

    phenotype: str
    locus: str
    operations: tuple[str, ...]
    failure: Failure


@dataclass(frozen=True, slots=True)
class Job:
    """A gap as it is given to an agent. `about` says in events which it is; `reason` why it has
    come to that; `cause` is the event that led to the gap."""

    key: str
    subject: str
    cause: str | None
    about: JsonObject
    reason: str
    goal: str
    missing: Missing
    context: Context
    must_append: str | None = None
    may_append: tuple[str, ...] = ()
    offer: Offer | None = None


def held_back(ledger: Ledger, main: Main, now: datetime) -> Trip | None:
    """The breaker for which no agent can be engaged now, if one has tripped."""
    config = main.config
    return tripped(ledger.spending, config.limits, config.agents.budget, now)


def note_trip(staff: Staff, trip: Trip, gap: str) -> int:
    """Record once, until an agent is engaged again, that a breaker has tripped: 1 or 0 times."""
    if trip.breaker in staff.chronicle.ledger.spending.told:
        return 0
    data: JsonObject = {"breaker": trip.breaker, "reason": trip.reason, "gap_held_back": gap}
    staff.chronicle.record(TRIPPED, f"breaker:{trip.breaker}", data, None)
    return 1


def engage(staff: Staff, main: Main, job: Job) -> None:
    """Assign an agent to a gap. The breakers have been asked."""
    budget = main.config.agents.budget
    offer = job.offer
    data: JsonObject = {
        **job.about,
        "gap": job.key,
        "reason": job.reason,
        "goal": job.goal,
        "depth": 1 + depth_of(staff.chronicle, staff.index, job.cause, main),
        "budget": budget.model_dump(mode="json"),
        "must_append": job.must_append,
        "may_append": [*job.may_append],
        "offer": None if offer is None else {"phenotype": offer.phenotype, "locus": offer.locus},
        "failure": None if offer is None else offer.failure.model_dump(mode="json"),
    }
    assigned = staff.chronicle.record(ASSIGNED, job.subject, data, job.cause)
    constraints = Constraints(
        must_append=job.must_append, may_append=job.may_append, draft=_draft(assigned.id, offer)
    )
    assignment = Assignment(
        id=assigned.id,
        goal=job.goal,
        gap=job.missing,
        context=job.context,
        constraints=constraints,
        budget=budget,
    )
    staff.agents.start(assignment, main.config.agents.command)


def depth_of(chronicle: Chronicle, index: Index, event: str | None, main: Main) -> int:
    """How many resolutions led to one another up to an event; a chain without end is too deep."""
    last = None
    for last in causes(chronicle, index, event):
        depth = last.data.get("depth")
        if last.type in (STARTED, ASSIGNED) and isinstance(depth, int):
            return depth
    return 0 if last is None or last.cause is None else main.config.limits.max_agent_depth


def missing_of(gap: Gap) -> Missing:
    """A gap as an agent reads it."""
    one = gap.obligation
    return Missing(
        kind=gap.kind.value,
        level=one.level,
        consequence=one.consequence,
        arguments=one.arguments,
        trigger=one.trigger,
        due=one.due,
        status=gap.status,
    )


def slug_of(assignment: str, phenotype: str, locus: str) -> str:
    """The name of the draft that an agent may write, after its kind."""
    return f"{assignment[:12]}-{phenotype}-{locus}"


def _draft(assignment: str, offer: Offer | None) -> Draft | None:
    if offer is None:
        return None
    return Draft(
        branch=branch_of(KIND, slug_of(assignment, offer.phenotype, offer.locus)),
        locus=offer.locus,
        operations=offer.operations,
        modules=tuple(sorted(ALLOWED_MODULES)),
    )
