"""Serve: what a system misses is brought about by the gene whose locus has the consequence's name.

Called by the pass for the gaps of every system, the most severe first. A gene reads what is known
and asks for events; they are appended, caused by the attempt and so by the trigger, if it ends
well and the consequence is among them. Whether that closed the gap is the evaluator's to say. What
nothing closes is handed to a person; what no locus answers for stays a gap and is told.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from controller import limits
from controller.conductor.attempts import (
    FINISHED,
    STARTED,
    Later,
    Person,
    Serve,
    Step,
    key_of,
    next_step,
)
from controller.conductor.obligation import Gap, GapKind
from controller.conductor.recorded import is_reserved
from controller.domains.records.reacting import REACTIONS, Appended, Reaction
from controller.domains.world import Json, JsonObject
from controller.genome.allele import Allele
from controller.genome.locus import input_problems, read_output, with_defaults
from controller.history.event import Event, Occurrence
from controller.ports import Blocked, Clock, Died, Index, Sandbox
from controller.stories.broker import Broker, grants
from controller.stories.chronicle import Chronicle
from controller.stories.mainline import Main
from controller.stories.watch_systems import Systems, Watched
from grammar.sg.nodes import Family, GeneContract

_OF_EVENTS = (GapKind.REACTION, GapKind.TEMPORAL, GapKind.INTENT)
"""The kinds of gap that an event closes."""


@dataclass(frozen=True, slots=True)
class Server:
    """What serving needs."""

    sandbox: Sandbox
    systems: Systems
    chronicle: Chronicle
    index: Index
    clock: Clock


@dataclass(frozen=True, slots=True)
class Case:
    """A consequence that is open, the locus that answers for it, and what to do next."""

    watched: Watched
    gap: Gap
    key: str
    contract: GeneContract
    stack: tuple[str, ...]
    step: Step


def system_gaps(tools: Server, main: Main) -> tuple[Gap, ...]:
    """What is unmet of all systems, and how far its resolution is."""
    now = tools.systems.now()
    return tuple(
        _told(tools, main, watched, gap)
        for watched in tools.systems.look(main)
        for gap in watched.gaps(now)
    )


def next_try(tools: Server, main: Main) -> datetime | None:
    """When the next attempt may begin, where one must wait."""
    found = [c.step.until for c in _cases(tools, main) if isinstance(c.step, Later)]
    return min(found, default=None)


def serve_gaps(tools: Server, main: Main) -> bool:
    """Bring about what is owed, the most severe first, so much of it; False if nothing can be.

    What was served may have met others of the list, which are passed over then.
    """
    served = 0
    for case in list(_cases(tools, main)):
        if served and not case.watched.owes(case.gap.obligation):
            continue
        if isinstance(case.step, Person):
            served += _hand_over(tools, case, case.step.reason)
        elif isinstance(case.step, Serve):
            tools.chronicle.go_on()
            _serve(tools, main, case, case.step)
            served += 1
        if served == limits.SERVED_PER_STEP:
            break
    return served > 0


def _cases(tools: Server, main: Main) -> Iterator[Case]:
    """What is owed and has a locus that answers for it."""
    now = tools.systems.now()
    for watched in tools.systems.look(main):
        for gap in watched.owed(now):
            case = _case(tools, main, watched, gap)
            if case is not None:
                yield case


def _case(tools: Server, main: Main, watched: Watched, gap: Gap) -> Case | None:
    contract, phenotype = _answering(main, gap), main.config.systems.phenotype
    if contract is None or phenotype is None:
        return None
    stack = tuple(allele.sha for allele in main.genome.stack(phenotype, contract.name))
    if not stack:
        return None
    key = key_of(watched.evaluator.graph.name, gap)
    step = next_step(key, stack, tools.chronicle.ledger.attempts, tools.clock.now())
    return Case(watched, gap, key, contract, stack, step)


def _told(tools: Server, main: Main, watched: Watched, gap: Gap) -> Gap:
    """The gap, its status with what is done about it."""
    case = _case(tools, main, watched, gap)
    if case is None:
        return gap
    person = isinstance(case.step, Person)
    return replace(gap, status=f"{gap.status}; {_status(case.step)}", needs_person=person)


def _answering(main: Main, gap: Gap) -> GeneContract | None:
    """The locus of a consequence's name, if a gene of the log is to be there."""
    if gap.kind not in _OF_EVENTS or gap.needs_person:
        return None
    contract = main.genome.loci.get(gap.obligation.consequence.replace(".", "_"))
    if contract is None or contract.domain != REACTIONS.name:
        return None
    return contract if contract.family is Family.CONFIGURATION else None


def _status(step: Step) -> str:
    match step:
        case Serve(allele):
            return f"{allele[:12]} is to bring it about"
        case Later(until):
            return f"the next attempt is at {until:%H:%M:%S}"
        case Person(reason):
            return reason


def _hand_over(tools: Server, case: Case, reason: str) -> int:
    """Say once, for a stack, that a person is needed. Returns how often it was said: 0 or 1."""
    before = tools.chronicle.ledger.attempts.handed.get(case.key)
    if before is not None and before.stack == case.stack:
        return 0
    told: JsonObject = {"gap": case.key, "reason": reason, "stack": [*case.stack], **_about(case)}
    tools.chronicle.record("person.needed", _subject(case), told, _cause(tools, case))
    return 1


def _serve(tools: Server, main: Main, case: Case, step: Serve) -> None:
    cause = _cause(tools, case)
    depth = 1 + _depth(tools, cause)
    if depth > limits.MAX_AGENT_DEPTH:
        reason = f"needs a person: {depth} consequences led to one another (max_agent_depth)"
        _hand_over(tools, case, reason)
        return
    allele = main.genome.alleles[case.contract.name][step.allele]
    about: JsonObject = {"gap": case.key, "allele": allele.sha, "depth": depth, **_about(case)}
    started = tools.chronicle.record(STARTED, _subject(case), about, cause)
    appended = _brought(tools, case, allele)
    error = appended if isinstance(appended, str) else _append(tools, started, appended)
    if error is None and _is_open(tools, main, case):
        error = "the gap is open still, after what it appended"
    finished: JsonObject = {"gap": case.key, "attempt": started.id, "error": error, **_about(case)}
    tools.chronicle.record(FINISHED, _subject(case), finished, started.id)


def _brought(tools: Server, case: Case, allele: Allele) -> list[Appended] | str:
    """What the gene asks to append, or why that is nothing."""
    contract = case.contract
    values = _values(contract, case.gap)
    problems = input_problems(contract, values)
    if problems:
        return problems[0]
    known, history = _known(tools, case.watched), _history(tools)
    reaction = Reaction(known, history, _trigger(tools, case), is_reserved)
    operations = tuple(REACTIONS.catalogue.values())
    broker = Broker(REACTIONS, reaction, operations, None)
    outcome = tools.sandbox.call(
        allele.source, json.dumps(values), grants(operations), broker.serve
    )
    if isinstance(outcome, Died):
        return f"{outcome.kind}: {outcome.reason}"
    output = read_output(contract, outcome.output)
    if isinstance(output, tuple):
        return output[0]
    if output.get("success") is False:
        return str(output.get("error") or "it reports no success")
    wanted = case.gap.obligation.consequence
    if not any(one.type.replace(".", "_") == wanted.replace(".", "_") for one in reaction.appended):
        return f"it appended no {wanted}"
    return reaction.appended


def _values(contract: GeneContract, gap: Gap) -> JsonObject:
    """The consequence's arguments, in their order, as the input that the locus takes."""
    names = [field.name for field in contract.takes]
    given = dict(zip(names, gap.obligation.arguments.values(), strict=False))
    return with_defaults(contract, given)


def _append(tools: Server, started: Event, appended: list[Appended]) -> str | None:
    """Append what a gene asked for; why it was refused, if it was."""
    now, actor = tools.clock.now(), f"gene:{started.data['allele']}"[:17]
    occurrences = [
        Occurrence(one.type, one.subject, one.data, now, started.id, actor) for one in appended
    ]
    try:
        tools.chronicle.append(occurrences)
    except Blocked as refused:
        return refused.reason
    return None


def _is_open(tools: Server, main: Main, case: Case) -> bool:
    name = case.watched.evaluator.graph.name
    (watched,) = (w for w in tools.systems.look(main) if w.evaluator.graph.name == name)
    return watched.owes(case.gap.obligation)


def _known(tools: Server, watched: Watched) -> Callable[[str, str], Json]:
    """What is known of a thing: by a system's tables, else by what its latest events say."""
    tables = watched.follower.state.tables

    def value(thing: str, attribute: str) -> Json:
        entity, _, name = thing.partition(":")
        row = tables.row(entity, name)
        if row is not None and attribute in row.attributes:
            known: Json = row.attributes[attribute]
            return known
        latest = reversed(_about_thing(tools, thing, limits.REACTION_HISTORY))
        return next((one.data[attribute] for one in latest if attribute in one.data), None)

    return value


def _about_thing(tools: Server, thing: str, limit: int) -> list[Event]:
    """The latest events about a thing, in their order."""
    numbers = deque(tools.index.by_subject(thing), limit)
    return [next(tools.chronicle.since(number)) for number in numbers]


def _history(tools: Server) -> Callable[[str, int], list[Json]]:
    """The latest events about a thing, as a gene is given them."""

    def history(thing: str, limit: int) -> list[Json]:
        events = _about_thing(tools, thing, limit)
        return [{"type": one.type, "data": one.data, "time": one.time} for one in events]

    return history


def _trigger(tools: Server, case: Case) -> JsonObject | None:
    """The event that asks for a consequence; None where a moment of the clock does."""
    number = tools.index.find(case.gap.obligation.trigger)
    if number is None:
        return None
    one = next(tools.chronicle.since(number))
    about: JsonObject = {"type": one.type, "subject": one.subject, "time": one.time}
    return {"id": one.id, **about, "data": one.data}


def _about(case: Case) -> JsonObject:
    one = case.gap.obligation
    return {
        "system": case.watched.evaluator.graph.name,
        "consequence": one.consequence,
        "arguments": one.arguments,
        "trigger": one.trigger,
    }


def _subject(case: Case) -> str:
    return f"consequence:{case.key}"


def _cause(tools: Server, case: Case) -> str | None:
    """The trigger, where it is an event and not a moment of the clock."""
    trigger = case.gap.obligation.trigger
    return trigger if tools.index.known(trigger) else None


def _depth(tools: Server, event: str | None) -> int:
    """How many consequences led to one another up to an event."""
    for _ in range(limits.CAUSES_FOLLOWED):
        number = None if event is None else tools.index.find(event)
        if number is None:
            return 0
        found = next(tools.chronicle.since(number))
        depth = found.data.get("depth")
        if found.type == STARTED and isinstance(depth, int):
            return depth
        event = found.cause
    return limits.MAX_AGENT_DEPTH
