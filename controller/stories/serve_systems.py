"""Serve: what a system misses is brought about, cheapest first, or handed to a person.

    express   the gene whose locus has the consequence's name, as soon as it is owed
    agent     once a gap is one and no gene closes it, if one is configured
    person    said once: for a gap that was tried, or for all that nothing serves

Called by the pass for the gaps of every system, the most severe first. What is brought about is
recorded as caused by the attempt and so by the trigger; whether that closed the gap is the
evaluator's to say. To adapt or to search is for worlds that can be rehearsed: a log is not one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from controller import limits
from controller.conductor.attempts import (
    AGENT,
    FINISHED,
    STARTED,
    Engage,
    Later,
    Person,
    Serve,
    Step,
    Underway,
    duty_of,
    key_of,
    next_step,
)
from controller.conductor.breakers import NEEDS_PERSON, Trip
from controller.conductor.graph.graph import INVARIANT
from controller.conductor.obligation import Gap, GapKind, priority
from controller.conductor.sampling import beside, serving
from controller.domains.records.reacting import Appended
from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence
from controller.membrane.draft import trailer
from controller.ports import Blocked, Repository, Sandbox
from controller.stories.brief import about_gap, brief_gap
from controller.stories.engage import Staff, depth_of, engage, held_back, note_trip
from controller.stories.mainline import Main
from controller.stories.react import answering, arguments_as_input, react, reaction
from controller.stories.watch_systems import Systems, Watched
from grammar.sg.nodes import GeneContract

_OF_EVENTS = (GapKind.REACTION, GapKind.TEMPORAL, GapKind.INTENT)
"""The kinds of gap that an event closes."""


@dataclass(frozen=True, slots=True)
class Server:
    """What serving needs."""

    sandbox: Sandbox
    systems: Systems
    staff: Staff
    repository: Repository


@dataclass(frozen=True, slots=True)
class Case:
    """Something unmet, the locus that answers for it if one does, and what to do next.

    `draft` is an open one that would change what the locus expresses.
    """

    watched: Watched
    gap: Gap
    key: str
    contract: GeneContract | None
    tiers: tuple[str, ...]
    step: Step
    draft: str | None = None

    @property
    def system(self) -> str:
        """The system that demands it."""
        return self.watched.evaluator.graph.name


@dataclass(slots=True)
class _Listing:
    """What holds agents back while one listing is served."""

    trip: Trip | None
    loci: set[str] = field(default_factory=set)


def system_gaps(tools: Server, main: Main) -> tuple[Gap, ...]:
    """What is unmet of all systems, and how far its resolution is."""
    now, drafts = tools.systems.now(), _drafts(tools)
    held = _held(tools, main) if main.config.agents.command else None
    return tuple(
        _told(_case(tools, main, watched, gap, drafts), gap, held)
        for watched in tools.systems.look(main)
        for gap in watched.gaps(now)
    )


def _held(tools: Server, main: Main) -> Trip | None:
    return held_back(tools.staff.chronicle.ledger, main, tools.staff.clock.now())


def next_try(tools: Server, main: Main) -> datetime | None:
    """When the next attempt may begin, where one must wait."""
    cases = _cases(tools, main)
    found = [case.step.until for case in cases if isinstance(case.step, Later)]
    if any(isinstance(case.step, Engage) for case in cases):
        trip = _held(tools, main)
        if trip is not None and trip.until is not None:
            found.append(trip.until)
    return min(found, default=None)


def serve_gaps(tools: Server, main: Main) -> bool:
    """Serve what is unmet, the most severe first, so much of it; False if nothing can be done.

    What was served may have met others of the list, which are passed over then.
    """
    return _serve_cases(tools, main, _cases(tools, main))


def serve_invariants(tools: Server, main: Main) -> bool:
    """The same for what always holds: it comes before whatever must follow, demands included."""
    systems = tools.systems.look(main)
    if not any(one.evaluator.graph.claims or one.evaluator.graph.qualities for one in systems):
        return False
    cases = (case for case in _cases(tools, main) if case.gap.obligation.level == INVARIANT)
    return _serve_cases(tools, main, [*cases])


def _serve_cases(tools: Server, main: Main, cases: list[Case]) -> bool:
    served = 0
    agents_at = {case.contract.name for case in cases if _is_underway(case) and case.contract}
    listing = _Listing(None, agents_at)
    for case in cases:
        if served and _is_met(case):
            continue
        served += _take_up(tools, main, case, listing)
        if served >= limits.SERVED_PER_STEP:
            break
    return served > 0


def _take_up(tools: Server, main: Main, case: Case, listing: _Listing) -> int:
    """Do the next thing for a case: how many things were done."""
    match case.step:
        case Person(reason, breaker):
            return _hand_over(tools, case, reason, breaker)
        case Serve(allele):
            tools.staff.chronicle.go_on()
            return _serve(tools, main, case, allele)
        case Engage(reason):
            tools.staff.chronicle.go_on()
            return _engage(tools, main, case, reason, listing)
        case Underway() | Later():
            return 0


def _cases(tools: Server, main: Main) -> list[Case]:
    """What may be served now, by priority: what is owed where a locus answers, else gaps."""
    now, drafts = tools.systems.now(), _drafts(tools)
    found = []
    for watched in tools.systems.look(main):
        owed = [gap for gap in watched.owed(now) if _stack(tools, main, gap)]
        gaps = [gap for gap in watched.gaps(now) if not _stack(tools, main, gap)]
        cases = (_case(tools, main, watched, gap, drafts) for gap in (*owed, *gaps))
        found += [case for case in cases if case is not None]
    return sorted(found, key=lambda case: priority(case.gap))


def _case(
    tools: Server, main: Main, watched: Watched, gap: Gap, drafts: dict[tuple[str, str], str]
) -> Case | None:
    """A gap that may be served; None for one that is a person's already, or about a bad event."""
    is_claim = gap.obligation.level == INVARIANT
    if gap.needs_person or (gap.kind is GapKind.CONSISTENCY and not is_claim):
        return None
    stack = _stack(tools, main, gap)
    contract = answering(main.genome, gap.obligation.consequence) if stack else None
    tiers = (*stack, AGENT) if main.config.agents.command else stack
    system = watched.evaluator.graph.name
    key = key_of(system, gap) if tiers else duty_of(system, gap)
    ledger, now = tools.staff.chronicle.ledger, tools.staff.clock.now()
    step = next_step(key, tiers, ledger.attempts, now, main.config.limits)
    phenotype = main.config.systems.phenotype or ""
    draft = None if contract is None else drafts.get((phenotype, contract.name))
    return Case(watched, gap, key, contract, tiers, step, draft)


def _stack(tools: Server, main: Main, gap: Gap) -> tuple[str, ...]:
    """What may answer for a gap, in its order; empty if no locus does."""
    phenotype = main.config.systems.phenotype
    if phenotype is None or gap.kind not in _OF_EVENTS or gap.needs_person:
        return ()
    contract = answering(main.genome, gap.obligation.consequence)
    if contract is None:
        return ()
    stack = tuple(allele.sha for allele in main.genome.stack(phenotype, contract.name))
    rollout = tools.staff.chronicle.ledger.rollout(phenotype, contract.name)
    registered = main.genome.alleles.get(contract.name, {})
    return serving(rollout, stack, registered, gap.obligation.trigger)


def _drafts(tools: Server) -> dict[tuple[str, str], str]:
    """Open drafts by phenotype and locus."""
    return {
        (trailer(one.trailers, "Phenotype") or "", trailer(one.trailers, "Locus") or ""): one.name
        for one in tools.repository.drafts()
    }


def _is_underway(case: Case) -> bool:
    return isinstance(case.step, Underway)


def _is_met(case: Case) -> bool:
    """Whether what was served before has met this as well."""
    return case.gap.kind in _OF_EVENTS and case.contract is not None and not _is_open(case)


def _told(case: Case | None, gap: Gap, held: Trip | None) -> Gap:
    """The gap, its status with what is done about it."""
    if case is None:
        return gap
    status, person = _status(case, held)
    return replace(gap, status=f"{gap.status}; {status}", needs_person=person)


def _status(case: Case, held: Trip | None) -> tuple[str, bool]:
    """What is done about a case, and whether nothing will be without a person."""
    match case.step:
        case Serve(allele):
            return f"{allele[:12]} is to bring it about", False
        case Underway(attempt):
            return f"agent {attempt[:12]} is at it", False
        case Later(until):
            return f"the next attempt is at {until:%H:%M:%S} (cooldown_per_gap)", False
        case Person(reason):
            return reason, True
        case Engage() if case.draft is not None:
            return f"draft {case.draft} may close it", False
        case Engage() if held is not None:
            return held.reason, held.reason.startswith(NEEDS_PERSON)
        case Engage(reason):
            return f"an agent is to close it: {reason}", False


def _hand_over(tools: Server, case: Case, reason: str, breaker: str | None) -> int:
    """Say once, for its tiers, that a person is needed. Returns how often it was said: 0 or 1."""
    chronicle = tools.staff.chronicle
    before = chronicle.ledger.attempts.handed.get(case.key)
    if before is not None and before.tiers == case.tiers:
        return 0
    told: JsonObject = {
        "gap": case.key,
        "reason": reason,
        "breaker": breaker,
        "tiers": [*case.tiers],
        **about_gap(case.system, case.gap),
    }
    chronicle.record("person.needed", _subject(case), told, _cause(tools, case))
    return 1


def _too_deep(tools: Server, main: Main, case: Case) -> int:
    """The depth that one more attempt would have, if that is too deep; 0 if it is not."""
    staff = tools.staff
    depth = 1 + depth_of(staff.chronicle, staff.index, _cause(tools, case), main)
    return depth if depth > main.config.limits.max_agent_depth else 0


def _hand_over_depth(tools: Server, case: Case, depth: int) -> int:
    reason = f"needs a person: {depth} consequences led to one another (max_agent_depth)"
    return _hand_over(tools, case, reason, "max_agent_depth")


def _engage(tools: Server, main: Main, case: Case, reason: str, listing: _Listing) -> int:
    """Give the case to an agent, unless a breaker or somebody's work at its locus is before it."""
    locus = None if case.contract is None else case.contract.name
    if listing.trip is not None or case.draft is not None or locus in listing.loci:
        return 0
    depth = _too_deep(tools, main, case)
    if depth:
        return _hand_over_depth(tools, case, depth)
    listing.trip = _held(tools, main)
    if listing.trip is not None:
        return note_trip(tools.staff, listing.trip, case.key)
    job = brief_gap(tools.staff, main, case.system, case.gap, case.key, case.contract, reason)
    engage(tools.staff, main, job)
    if locus is not None:
        listing.loci.add(locus)
    return 1


def _serve(tools: Server, main: Main, case: Case, sha: str) -> int:
    """Have a gene bring it about."""
    depth = _too_deep(tools, main, case)
    if depth:
        return _hand_over_depth(tools, case, depth)
    assert case.contract is not None
    chronicle, cause = tools.staff.chronicle, _cause(tools, case)
    allele = main.genome.alleles[case.contract.name][sha]
    depth = 1 + depth_of(chronicle, tools.staff.index, cause, main)
    about = about_gap(case.system, case.gap)
    data: JsonObject = {"gap": case.key, "allele": sha, "depth": depth, **about}
    started = chronicle.record(STARTED, _subject(case), data, cause)
    trigger = case.gap.obligation.trigger
    kernel = reaction(case.watched, chronicle, tools.staff.index, trigger)
    values = arguments_as_input(case.contract, case.gap.obligation.arguments)
    compared = _beside(tools, main, case, sha, values)
    unserved = react(tools.sandbox, case.contract, allele.source, values, kernel)
    error = _append(tools, started, kernel.appended) if unserved is None else unserved.reason
    if error is None:
        tools.systems.look(main)
        if _is_open(case):
            error = "the gap is open still, after what it appended"
    data = {"gap": case.key, "attempt": started.id, "error": error, "allele": sha, **about}
    data |= compared
    chronicle.record(FINISHED, _subject(case), data, started.id)
    return 1


def _beside(tools: Server, main: Main, case: Case, sha: str, values: JsonObject) -> JsonObject:
    """What the former allele comes to in the same call, of which nothing is recorded."""
    assert case.contract is not None
    chronicle = tools.staff.chronicle
    rollout = chronicle.ledger.rollout(main.config.systems.phenotype or "", case.contract.name)
    former = beside(rollout, sha)
    known = main.genome.alleles[case.contract.name].get(former or "")
    if rollout is None or known is None:
        return {}
    kernel = reaction(case.watched, chronicle, tools.staff.index, case.gap.obligation.trigger)
    unserved = react(tools.sandbox, case.contract, known.source, values, kernel)
    error = None if unserved is None else unserved.reason
    return {"beside": {"rollout": rollout.id, "allele": known.sha, "error": error}}


def _append(tools: Server, started: Event, appended: list[Appended]) -> str | None:
    """Append what a gene asked for; why it was refused, if it was."""
    now, actor = tools.staff.clock.now(), f"gene:{started.data['allele']}"[:17]
    occurrences = [
        Occurrence(one.type, one.subject, one.data, now, started.id, actor) for one in appended
    ]
    try:
        tools.staff.chronicle.append(occurrences)
    except Blocked as refused:
        return refused.reason
    return None


def _is_open(case: Case) -> bool:
    """Whether a consequence is owed still, as its system was last brought up to date."""
    return case.watched.owes(case.gap.obligation)


def _subject(case: Case) -> str:
    return f"consequence:{case.key}"


def _cause(tools: Server, case: Case) -> str | None:
    """The trigger, where it is an event and not a moment of the clock."""
    trigger = case.gap.obligation.trigger
    return trigger if tools.staff.index.known(trigger) else None
