"""A consequence graph for people and programs. Called by `germline show`.

The text has one line for each node, in the order written, so that two graphs can be compared by
`diff`; the JSON has the same nodes with their parts by name.
"""

from __future__ import annotations

from collections.abc import Iterable

from controller.conductor.graph.branches import Branch
from controller.conductor.graph.graph import Check, Each, Expect, Graph, OnClock, OnState, Step
from controller.domains.world import Json, JsonObject
from grammar.sg.literal import duration_text
from grammar.system.nodes import Entity
from grammar.system.text import condition_text, consequence_text, constant_text, path_text


def as_branch(graph: Graph) -> Branch:
    """The graph as a tree of lines."""
    return Branch(
        f'system "{graph.name}"',
        (
            *(Branch(rule.id, tuple(map(_step, rule.body))) for rule in graph.rules),
            *_group("always", (f"INVARIANT {one.id}" for one in graph.claims)),
            *_group("measured", (f"{one.level.upper()} {one.id}" for one in graph.qualities)),
            *_group("entities", map(_entity, graph.entities)),
            Branch(f"backfill {graph.backfill.value}, days in {graph.zone}"),
        ),
    )


def _group(name: str, texts: Iterable[str]) -> tuple[Branch, ...]:
    below = tuple(Branch(text) for text in texts)
    return (Branch(name, below),) if below else ()


def _entity(entity: Entity) -> str:
    owners = ", ".join(name for group in entity.belongs_to for name in group.names)
    return entity.name + (f", belongs to {owners}" if owners else "")


def _step(step: Step) -> Branch:
    if isinstance(step, Expect):
        return Branch(_expected(step))
    below = tuple(map(_step, step.body))
    if isinstance(step, Check):
        settled = condition_text(step.condition)
        written = condition_text(step.written)
        return Branch(f"IF {written}" + (f"  [{settled}]" if settled != written else ""), below)
    narrowed = "" if step.condition is None else f" WITH {condition_text(step.condition)}"
    return Branch(f"FOR EACH {step.entity}{narrowed}", below)


def _expected(step: Expect) -> str:
    parts = [f"{step.level.value.upper()} {consequence_text(step.consequence)}"]
    if step.within_ms is not None:
        parts.append(f"within: {duration_text(step.within_ms)}")
    if step.fallback is not None:
        parts.append(f"fallback: {consequence_text(step.fallback)}")
    if step.requires:
        parts.append(f"requires: {', '.join(map(path_text, step.requires))}")
    return "  ".join(parts)


def as_json(graph: Graph) -> JsonObject:
    """The graph by the names of its parts; conditions and consequences as they are written."""
    return {
        "system": graph.name,
        "zone": graph.zone,
        "backfill": graph.backfill.value,
        "entities": [one.name for one in graph.entities],
        "rules": [
            {"id": rule.id, "trigger": _trigger(rule.trigger), "body": [*map(_as_json, rule.body)]}
            for rule in graph.rules
        ],
        "claims": [
            {
                "id": one.id,
                "quantifier": one.quantifier,
                "entity": one.entity,
                "only": one.only,
                "condition": condition_text(one.condition),
            }
            for one in graph.claims
        ],
        "qualities": [
            {
                "id": one.id,
                "name": one.name,
                "level": one.level,
                "operator": one.operator,
                "bound": constant_text(one.bound),
                "budget": one.budget,
            }
            for one in graph.qualities
        ],
    }


def _trigger(trigger: object) -> JsonObject:
    if isinstance(trigger, OnState):
        entity, state, for_ms = trigger.entity, trigger.state, trigger.for_ms
        return {"kind": "state", "entity": entity, "state": state, "for_ms": for_ms}
    if isinstance(trigger, OnClock):
        period = trigger.period
        every: Json = period if isinstance(period, str) else {"ms": period.ms}
        of: Json = trigger.entity and f"{trigger.entity}.{trigger.attribute}"
        return {"kind": "clock", "period": every, "at": trigger.at, "at_of": of}
    return {"kind": "event", "type": getattr(trigger, "type", "")}


def _as_json(step: Step) -> Json:
    if isinstance(step, Expect):
        return {
            "kind": "expect",
            "id": step.id,
            "level": step.level.value,
            "consequence": consequence_text(step.consequence),
            "within_ms": step.within_ms,
            "fallback": None if step.fallback is None else consequence_text(step.fallback),
            "requires": [path_text(path) for path in step.requires],
        }
    condition = None if step.condition is None else condition_text(step.condition)
    found: JsonObject = {"condition": condition, "body": [*map(_as_json, step.body)]}
    if isinstance(step, Each):
        return {"kind": "each", "entity": step.entity, **found}
    return {"kind": "if", "written": condition_text(step.written), **found}
