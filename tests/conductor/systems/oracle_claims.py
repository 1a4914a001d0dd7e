"""Claims, held against a world that was read again."""

from __future__ import annotations

from typing import Any

from controller.history.event import Event
from grammar.system import nodes
from grammar.system.text import claim_text, path_text
from tests.conductor.systems.oracle_world import Where, World, holds, later, plain

Row = tuple[str, str, str, str, str, str, str]
"""Kind, level, consequence, arguments, trigger, due: what a gap is compared by."""


def assertions(system: nodes.System) -> list[nodes.Assertion]:
    return [a for m in system.members if isinstance(m, nodes.Always) for a in m.assertions]


def about(one: nodes.Assertion) -> tuple[str, str | None, nodes.Condition]:
    """The entity, the word that narrows the claim, and the claim with its subject in it."""
    entity, fields = str(one.subject.root), one.subject.fields
    narrow = fields[0] if fields and fields[0] == "critical" else None
    subject = nodes.Path(entity) if narrow else one.subject

    def put(condition: Any) -> Any:
        match condition:
            case nodes.Both():
                return nodes.Both(tuple(map(put, condition.parts)))
            case nodes.Compare():
                return nodes.Compare(subject, condition.operator, condition.right)
            case nodes.Exists():
                return nodes.Exists(subject)
            case nodes.Has():
                return nodes.Has(subject, condition.attribute)
            case nodes.Is():
                one = condition
                return nodes.Is(subject, one.state, one.through, one.for_operator, one.for_ms)
        return condition

    return entity, narrow, put(one.claim)


def fails(one: nodes.Assertion, name: str, world: World, now: str) -> bool:
    entity, narrow, claim = about(one)
    found = world.things.get((entity, name))
    if found is None or not found.recorded:
        return False
    if narrow is not None and not (narrow in found.words and found.words[narrow].holds):
        return False
    where = Where(world, now, None, "", None, {entity: name})
    return holds(claim, where) == (one.quantifier == "no")


def violation(
    one: nodes.Assertion,
    name: str,
    since: tuple[str, str],
    world: World,
    taken: list[Event],
    evolved: dict[str, str],
) -> Row:
    time, event = since
    text = f"{one.quantifier}({path_text(one.subject)}) {claim_text(one.claim)}"
    kind, due, entity = "consistency", time, str(one.subject.root)
    if isinstance(one.claim, nodes.Is) and one.claim.for_ms is not None:
        word = plain(one.claim.state)[0]
        kind = "temporal"
        due = later(world.things[entity, name].words[word].time, one.claim.for_ms)
    if isinstance(one.claim, nodes.Is) and one.claim.state.startswith("reachable"):
        latest = taken[world.things[entity, name].latest - 1]
        time, event, due = latest.time, latest.id, latest.time
    if text in evolved and time <= evolved[text]:
        kind, event = "intent", ""
        due = max(due, evolved[text])
    return (kind, "invariant", text, f"{entity}={name}", event, due, "")
