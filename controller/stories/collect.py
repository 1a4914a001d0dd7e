"""Collect: what became of agents, and what of it is done.

Called by every pass first. What an agent hands back is hostile: events are held to what its
assignment allows and go through the broker that genes have; an allele is admitted as every other,
and becomes a draft that has its gates before it. An agent that is assigned and nowhere was cut
short by the end of a controller; its whole budget counts as spent.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.arena.selection import promoted
from controller.conductor.assignment import (
    Appended,
    Cost,
    Drafted,
    NeedsHuman,
    NewEvent,
    read_reply,
)
from controller.conductor.attempts import APPENDED, NEEDS_HUMAN, UNNEEDED, key_of
from controller.conductor.breakers import AGENT_FINISHED
from controller.conductor.graph.program import OWN
from controller.conductor.obligation import Gap
from controller.conductor.recorded import is_reserved
from controller.domains.records.reacting import REACTIONS, Reaction
from controller.domains.world import JsonObject, OperationRefused
from controller.genome.allele import Allele, Failure, Lineage
from controller.history.enrichment import is_enrichment, problems
from controller.history.event import Event, Occurrence
from controller.history.sealed import FORGOTTEN, TOMBSTONE
from controller.ports import Blocked
from controller.ports.agents import Finished
from controller.stories.broker import Broker
from controller.stories.engage import KIND, Staff, slug_of
from controller.stories.mainline import Main
from controller.stories.merge import Membrane, open_draft
from controller.stories.proposal import Reason, newborn, propose_allele
from controller.stories.react import is_named
from controller.stories.watch_systems import Systems, Watched

FAILED = "failed"
DRAFTED = "drafted"
_CUT_SHORT = "it was cut short: the controller ended"
_NEVER = (*OWN, TOMBSTONE, FORGOTTEN)
"""Types that tell of the system itself, or of forgetting: no agent testifies in its own cause."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What taking in agents' work needs."""

    staff: Staff
    systems: Systems
    membrane: Membrane


@dataclass(frozen=True, slots=True)
class _Ending:
    """What came of an agent: `error` is None where it did what it may; `draft` that it wrote."""

    outcome: str
    error: str | None = None
    draft: str | None = None


def collect(desk: Desk, main: Main) -> bool:
    """Take in one agent that is over, or note one that was cut short; False if there is none."""
    staff = desk.staff
    finished = staff.agents.collect()
    if finished is not None:
        assigned = _assigned(staff, finished.assignment)
        cost, ending = _settled(desk, main, assigned, finished)
        _finish(staff, assigned, ending, cost)
        return True
    running = staff.agents.running()
    for _, attempt in staff.chronicle.ledger.attempts.underway():
        if attempt.id not in running:
            _finish(staff, _assigned(staff, attempt.id), _Ending(FAILED, _CUT_SHORT), None)
            return True
    return False


def find_gap(watched: Watched, key: str, now: str) -> Gap | None:
    """The gap of a system that a key names, if it is open."""
    system = watched.evaluator.graph.name
    for gap in (*watched.owed(now), *watched.gaps(now)):
        if key_of(system, gap) == key:
            return gap
    return None


def _settled(
    desk: Desk, main: Main, assigned: Event, finished: Finished
) -> tuple[Cost | None, _Ending]:
    reply = finished.error or read_reply(finished.output)
    if isinstance(reply, str):
        return None, _Ending(FAILED, reply)
    match reply.resolution:
        case NeedsHuman(reason=reason):
            return reply.cost, _Ending(NEEDS_HUMAN, reason)
        case Appended(events=events):
            return reply.cost, _append(desk, main, assigned, events)
        case Drafted() as drafted:
            return reply.cost, _draft(desk, main, assigned, drafted)


def _finish(staff: Staff, assigned: Event, ending: _Ending, cost: Cost | None) -> None:
    data: JsonObject = {
        name: assigned.data[name]
        for name in ("gap", "demand", "system", "consequence", "locus")
        if name in assigned.data
    }
    used = assigned.data["budget"] if cost is None else cost.model_dump(mode="json")
    assert isinstance(used, dict)
    data |= {
        "attempt": assigned.id,
        "outcome": ending.outcome,
        "error": ending.error,
        "draft": ending.draft,
        "cost": {"money": used["money"], "tokens": used["tokens"], "told": cost is not None},
    }
    staff.chronicle.record(AGENT_FINISHED, assigned.subject, data, assigned.id)


def _assigned(staff: Staff, assignment: str) -> Event:
    number = staff.index.find(assignment)
    assert number is not None
    return next(staff.chronicle.since(number))


# --- events -----------------------------------------------------------------------------


def _append(desk: Desk, main: Main, assigned: Event, events: tuple[NewEvent, ...]) -> _Ending:
    watched = _watched(desk, main, assigned)
    key, now = str(assigned.data["gap"]), desk.systems.now()
    wrong = _wrong(assigned, events)
    if wrong is not None:
        return _Ending(FAILED, wrong)
    if watched is None or find_gap(watched, key, now) is None:
        return _Ending(UNNEEDED)
    wrong = _record(desk.staff, assigned, events)
    if wrong is not None:
        return _Ending(FAILED, wrong)
    after = _watched(desk, main, assigned)
    if after is not None and find_gap(after, key, now) is not None:
        return _Ending(FAILED, "the gap is open still, after what it appended")
    return _Ending(APPENDED)


def _watched(desk: Desk, main: Main, assigned: Event) -> Watched | None:
    name = assigned.data.get("system")
    found = (one for one in desk.systems.look(main) if one.evaluator.graph.name == name)
    return next(found, None)


def _wrong(assigned: Event, events: tuple[NewEvent, ...]) -> str | None:
    """Why the events are not what the assignment allows, in one line; None if they are."""
    allowed, must = assigned.data["may_append"], assigned.data["must_append"]
    assert isinstance(allowed, list)
    reaction = Reaction(lambda *_: None, lambda *_: [], _never)
    broker = Broker(REACTIONS, reaction, tuple(REACTIONS.catalogue.values()), None)
    for one in events:
        if not any(_matches(one.type, str(pattern)) for pattern in allowed):
            return f"it may not append {one.type}, only {', '.join(map(str, allowed)) or 'nothing'}"
        if is_enrichment(one.type) and problems(one.subject, one.data):
            return f"{one.type}: {problems(one.subject, one.data)[0]}"
        try:
            broker.serve("append", {"type": one.type, "thing": one.subject, "data": one.data})
        except OperationRefused as refused:
            return str(refused)
    if isinstance(must, str) and not any(is_named(one.type, must) for one in events):
        return f"it appended no {must}"
    return None


def _never(kind: str) -> bool:
    return is_reserved(kind) or kind in _NEVER


def _matches(kind: str, pattern: str) -> bool:
    if pattern.endswith(".*"):
        return kind.startswith(pattern[:-1])
    return is_named(kind, pattern)


def _record(staff: Staff, assigned: Event, events: tuple[NewEvent, ...]) -> str | None:
    now, actor = staff.clock.now(), f"agent:{assigned.id[:12]}"
    occurrences = [
        Occurrence(one.type, one.subject, one.data, now, assigned.id, actor) for one in events
    ]
    try:
        staff.chronicle.append(occurrences)
    except Blocked as refused:
        return refused.reason
    return None


# --- drafts -----------------------------------------------------------------------------


def _draft(desk: Desk, main: Main, assigned: Event, drafted: Drafted) -> _Ending:
    offer = assigned.data["offer"]
    if not isinstance(offer, dict):
        return _Ending(FAILED, "it may draft nothing")
    phenotype, locus = str(offer["phenotype"]), str(offer["locus"])
    lineage = Lineage(
        locus=locus,
        parents=tuple(one.sha for one in main.genome.stack(phenotype, locus)[:1]),
        engine="agent",
        edits=drafted.changes,
        failure=Failure.model_validate(assigned.data["failure"]),
    )
    allele = newborn(locus, drafted.source, lineage)
    wrong = _inadmissible(desk, main, phenotype, allele)
    if wrong is not None:
        return _Ending(FAILED, wrong)
    stack = tuple(one.sha for one in main.genome.stack(phenotype, locus))
    demand, gap = str(assigned.data.get("demand") or ""), str(assigned.data["gap"])
    told = f"{assigned.data['reason']}. An agent was assigned: {assigned.data['goal']}."
    proposal = propose_allele(
        main.genome,
        main.files,
        phenotype,
        allele,
        promoted(stack, allele.sha),
        Reason(assigned.id, demand, told, gap),
        KIND,
        slug_of(assigned.id, phenotype, locus),
    )
    draft = open_draft(desk.membrane, proposal, main.commit)
    return _Ending(DRAFTED, None, draft.name)


def _inadmissible(desk: Desk, main: Main, phenotype: str, allele: Allele) -> str | None:
    """Why an allele is no draft at all, in one line."""
    problems_found = admit(allele.source, ALLOWED_MODULES)
    if problems_found:
        return f"its allele is not admitted: {problems_found[0]}"
    if phenotype not in main.genome.phenotypes or allele.locus not in main.genome.loci:
        return f"{phenotype} expresses no {allele.locus} any more"
    if allele.sha in main.genome.alleles.get(allele.locus, {}):
        return f"{allele.short} is there already"
    if allele.sha in desk.staff.chronicle.ledger.rejected(phenotype, allele.locus):
        return f"{allele.short} was refused before"
    return None
