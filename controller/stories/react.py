"""React: a gene is called to bring about a consequence, or to show that it would.

Called by `serve_systems` for what systems miss, and by `prove` for a draft's new alleles. The gene
reads what is known and asks for events, which are held back until it has ended well.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from controller import limits
from controller.conductor.recorded import is_reserved
from controller.domains.records.reacting import REACTIONS, Reaction
from controller.domains.world import Json, JsonObject
from controller.genome.genome import Genome
from controller.genome.locus import input_problems, read_output, with_defaults
from controller.history.event import Event
from controller.ports import Died, Index, Sandbox
from controller.stories.broker import Broker, grants
from controller.stories.chronicle import Chronicle
from controller.stories.watch_systems import Watched
from grammar.sg.nodes import Family, GeneContract

Value = Callable[[str, str], Json]
"""What is known of a thing under a name."""
History = Callable[[str, int], list[Json]]
"""The latest events about a thing, oldest first."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """Why a gene brought nothing about; `fine` if it said so itself."""

    reason: str
    fine: bool = False


def reacts(contract: GeneContract) -> bool:
    """Whether a locus brings about consequences."""
    return contract.domain == REACTIONS.name and contract.family is Family.CONFIGURATION


def answering(genome: Genome, consequence: str) -> GeneContract | None:
    """The locus of a consequence's name, if it is one that brings about consequences."""
    contract = genome.loci.get(consequence.replace(".", "_"))
    return contract if contract is not None and reacts(contract) else None


def arguments_as_input(contract: GeneContract, arguments: JsonObject) -> JsonObject:
    """A consequence's arguments, in their order, as the input that the locus takes."""
    names = [field.name for field in contract.takes]
    return with_defaults(contract, dict(zip(names, arguments.values(), strict=False)))


def react(
    sandbox: Sandbox,
    contract: GeneContract,
    source: str,
    values: JsonObject,
    reaction: Reaction,
) -> Unserved | None:
    """Call a gene; why it brought nothing about, or None: `reaction.appended` is what it asks for.

    The locus has the consequence's name, which has to be among the types.
    """
    problems = input_problems(contract, values)
    if problems:
        return Unserved(problems[0])
    operations = tuple(REACTIONS.catalogue.values())
    broker = Broker(REACTIONS, reaction, operations, None)
    outcome = sandbox.call(source, json.dumps(values), grants(operations), broker.serve)
    if isinstance(outcome, Died):
        return Unserved(f"{outcome.kind}: {outcome.reason}")
    output = read_output(contract, outcome.output)
    if isinstance(output, tuple):
        return Unserved(output[0])
    if output.get("success") is False:
        return Unserved(str(output.get("error") or "it reports no success"), fine=True)
    if not any(is_named(one.type, contract.name) for one in reaction.appended):
        return Unserved(f"it appended no {contract.name}")
    return None


def is_named(event_type: str, consequence: str) -> bool:
    """Whether an event of this type is of a consequence's name: `.` is as good as `_`."""
    return event_type.replace(".", "_") == consequence.replace(".", "_")


def reaction(watched: Watched, chronicle: Chronicle, index: Index, trigger: str) -> Reaction:
    """The kernel of one gene's call, which reads what is known now; `trigger` names what asks."""
    value, history = known(watched, chronicle, index), history_of(chronicle, index)
    return Reaction(value, history, is_reserved, _told(chronicle, index, trigger))


def _told(chronicle: Chronicle, index: Index, trigger: str) -> JsonObject | None:
    """The event that asks for a consequence; None where a moment of the clock does."""
    number = index.find(trigger)
    if number is None:
        return None
    one = next(chronicle.since(number))
    about: JsonObject = {"type": one.type, "subject": one.subject, "time": one.time}
    return {"id": one.id, **about, "data": one.data}


def known(watched: Watched, chronicle: Chronicle, index: Index) -> Value:
    """What is known of a thing: by a system's tables, else by what its latest events say."""
    tables = watched.follower.state.tables

    def value(thing: str, attribute: str) -> Json:
        entity, _, name = thing.partition(":")
        row = tables.row(entity, name)
        if row is not None and attribute in row.attributes:
            found: Json = row.attributes[attribute]
            return found
        events = reversed(latest(chronicle, index, thing, limits.REACTION_HISTORY))
        return next((one.data[attribute] for one in events if attribute in one.data), None)

    return value


def history_of(chronicle: Chronicle, index: Index) -> History:
    """The latest events about a thing, as a gene is given them."""

    def history(thing: str, limit: int) -> list[Json]:
        events = latest(chronicle, index, thing, limit)
        return [{"type": one.type, "data": one.data, "time": one.time} for one in events]

    return history


def latest(chronicle: Chronicle, index: Index, thing: str, limit: int) -> list[Event]:
    """The latest events about a thing, oldest first."""
    numbers = deque(index.by_subject(thing), limit)
    return [next(chronicle.since(number)) for number in numbers]


def causes(chronicle: Chronicle, index: Index, event: str | None) -> Iterator[Event]:
    """An event and what led to it, the latest first, as far as is looked."""
    for _ in range(limits.CAUSES_FOLLOWED):
        number = None if event is None else index.find(event)
        if number is None:
            return
        found = next(chronicle.since(number))
        yield found
        event = found.cause
