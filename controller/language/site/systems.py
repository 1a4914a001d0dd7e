"""What the page of a system shows above its text: promises, data, rules. Called by pages.py."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar, cast

from controller.language.duties import Duty, Trigger, triggers
from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import link, listed, section, table
from controller.language.site.html import Content, Html, element, joined, text
from controller.language.symbols import locus
from grammar.sg.literal import duration_text
from grammar.system import nodes
from grammar.system.render import goal_text
from grammar.system.text import (
    claim_text,
    consequence_text,
    constant_text,
    path_text,
)

Member = TypeVar("Member", bound=nodes.Member)


def system_parts(catalogue: Catalogue, entry: Entry) -> list[Content]:
    """Its members by kind; rules as a list with levels and deadlines, consequences linked."""
    system = cast(nodes.System, entry.contract)
    entities = _of(nodes.Entity, system)
    names = {one.name for one in entities}
    rules = [_rule(catalogue, one, names) for one in triggers(system.members)]
    return [
        section("Invariants", listed(map(_invariant, _of(nodes.Invariant, system)))),
        section("Capabilities", *map(_capability, _of(nodes.Capability, system))),
        section("Optimises", listed(map(_optimised, _of(nodes.Optimise, system)))),
        section("Rules", *rules),
        section("Always", listed(_assertions(system))),
        section("Thresholds", table(("Name", "Value"), _thresholds(system))),
        section("Entities", *(_entity(one, names) for one in entities)),
    ]


def _of(kind: type[Member], system: nodes.System) -> list[Member]:
    return [member for member in system.members if isinstance(member, kind)]


def _invariant(one: nodes.Invariant) -> Html:
    bound = f" {one.operator} {constant_text(one.bound)}" if one.operator else ""
    return joined(element("code", one.name), bound)


def _optimised(one: nodes.Optimise) -> Html:
    return joined(element("code", one.quality), f" {goal_text(one)}")


def _thresholds(system: nodes.System) -> list[Sequence[Content]]:
    return [
        (element("code", one.name, id=f"threshold-{one.name}"), constant_text(one.value))
        for one in _of(nodes.Threshold, system)
    ]


def _capability(one: nodes.Capability) -> Html:
    properties = [
        f"property {item.name}" + (f" unless {item.unless}" if item.unless else "")
        for item in one.properties
    ]
    lines = [
        *(f"accepts {name}" for line in one.accepts for name in line.names),
        *(f"produces {name}" for line in one.produces for name in line.names),
        *properties,
    ]
    return joined(element("h3", element("code", one.name)), listed(lines))


def _entity(one: nodes.Entity, entities: Collection[str]) -> Html:
    owners = (name for line in one.belongs_to for name in line.names)
    lines: list[Content] = [joined("belongs to ", _entity_link(o, entities)) for o in owners]
    if one.immutable is not None:
        lines.append("immutable" if one.immutable else "mutable")
    lines += [f"has {name}" for line in one.has for name in line.names]
    lines += [f"rule {name}" for line in one.rules for name in line.names]
    head = element("h3", element("code", one.name), id=f"entity-{one.name}")
    return joined(head, listed(lines))


def _entity_link(name: str, entities: Collection[str]) -> Html:
    return element("a", name, href=f"#entity-{name}") if name in entities else text(name)


def _rule(catalogue: Catalogue, trigger: Trigger, entities: Collection[str]) -> Html:
    duties = listed(_duty(catalogue, duty, entities) for duty in trigger.duties)
    return joined(element("h3", element("code", str(trigger))), duties)


def _duty(catalogue: Catalogue, duty: Duty, entities: Collection[str]) -> Html:
    each = [joined(" for each ", _entity_link(one, entities)) for one in duty.entities]
    condition = [" if ", element("code", duty.condition)] if duty.condition else []
    if isinstance(duty.due, nodes.BackfillPolicy):
        return joined(str(duty.due.policy.value), " backfill", *each, *condition)
    due = duty.due
    level = element("span", due.level.value, class_=f"badge level-{due.level.value}")
    consequence = _consequence(catalogue, due.consequence)
    return joined(level, consequence, *each, *condition, listed(_terms(catalogue, due)))


def _terms(catalogue: Catalogue, due: nodes.Obligation) -> list[Content]:
    """Deadline, fallback and what is required, as far as they are said."""
    lines: list[Content] = []
    if due.within_ms is not None:
        lines.append(f"within {duration_text(due.within_ms)}")
    if due.fallback is not None:
        lines.append(joined("falls back to ", _consequence(catalogue, due.fallback)))
    lines += [joined("requires ", element("code", path_text(path))) for path in due.requires]
    return lines


def _consequence(catalogue: Catalogue, consequence: nodes.Invocation) -> Html:
    """A consequence; its name leads to the locus that is called so, if there is one."""
    written = consequence_text(consequence)
    return link(catalogue, locus(consequence.name), label=written)


def _assertions(system: nodes.System) -> list[Html]:
    return [
        element("code", f"{one.quantifier}({path_text(one.subject)}) {claim_text(one.claim)}")
        for block in _of(nodes.Always, system)
        for one in block.assertions
    ]
