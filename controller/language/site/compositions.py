"""What the pages of pathways, topologies and intents show above their text.

Called by pages.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import link, listed, section, table
from controller.language.site.html import Content, Html, element, joined
from controller.language.site.sections import (
    badges,
    call,
    field_anchors,
    field_table,
    on_failure,
    prose,
    value_shown,
    verification,
)
from controller.language.symbols import Kind, Symbol, locus
from grammar.sg.composition import (
    Action,
    Arm,
    Follow,
    HostSet,
    Intent,
    Named,
    Pathway,
    Repeat,
    Resource,
    Run,
    Topology,
)
from grammar.sg.literal import literal_text
from grammar.sg.value import value_text


def pathway_parts(catalogue: Catalogue, entry: Entry) -> list[Content]:
    """Its steps in order, each with the locus that it expresses and the steps that it needs."""
    pathway = cast(Pathway, entry.contract)
    anchors = field_anchors(pathway.takes) | {f"step-{step.number}" for step in pathway.steps}
    return [
        badges(risk=pathway.risk),
        *prose(pathway.does),
        section("Takes", field_table(pathway.takes, (), "field")),
        section("Steps", _steps(catalogue, pathway, anchors)),
        verification(catalogue, pathway.verify, anchors),
        on_failure(pathway.on_failure),
    ]


def _steps(catalogue: Catalogue, pathway: Pathway, anchors: Collection[str]) -> Html:
    needs: dict[int, list[int]] = {}
    for need in pathway.requires:
        needs.setdefault(need.step, []).append(need.needs)
    items = [
        element(
            "li",
            _action(catalogue, step.action, anchors),
            *(
                joined(" ", element("small", "needs ", _step_link(number, anchors)))
                for number in needs.get(step.number, ())
            ),
            id=f"step-{step.number}",
        )
        for step in pathway.steps
    ]
    return element("ol", *items) if items else Html("")


def _step_link(number: int, anchors: Collection[str]) -> Html:
    anchor, words = f"step-{number}", f"step {number}"
    return element("a", words, href=f"#{anchor}") if anchor in anchors else joined(words)


def _action(catalogue: Catalogue, action: Action, anchors: Collection[str]) -> Html:
    match action:
        case Run():
            return call(catalogue, action.locus, action.arguments, anchors)
        case Follow():
            followed = call(catalogue, action.pathway, action.arguments, anchors)
            return joined("follow ", followed)
        case Repeat():
            inner = listed([_action(catalogue, one, anchors) for one in action.body])
            over = value_shown(action.over, anchors)
            return joined(f"for each {action.variable} in ", over, inner)
    arms = listed([_arm(catalogue, arm, anchors) for arm in action.arms])
    looked_at = _step_link(action.step, anchors)
    return joined("depending on ", element("code", action.result), " of ", looked_at, arms)


def _arm(catalogue: Catalogue, arm: Arm, anchors: Collection[str]) -> Html:
    case = "otherwise" if arm.otherwise else f"if {literal_text(arm.value)}"
    return joined(f"{case}: ", call(catalogue, arm.target, arm.arguments, anchors))


def topology_parts(catalogue: Catalogue, entry: Entry) -> list[Content]:
    """Its resources, each with what makes it and what it says of others."""
    topology = cast(Topology, entry.contract)
    anchors = field_anchors(topology.takes)
    names = {resource.name for resource in topology.has}
    rows: list[Sequence[Content]] = [
        (
            element("code", one.name, id=f"resource-{one.name}"),
            link(catalogue, locus(one.kind)),
            _properties(one, names, anchors),
        )
        for one in topology.has
    ]
    return [
        *prose(topology.does),
        section("Takes", field_table(topology.takes, (), "field")),
        section("Has", table(("Name", "Is", "With"), rows)),
        verification(catalogue, topology.verify, anchors),
        on_failure(topology.on_failure),
    ]


def _properties(resource: Resource, names: Collection[str], anchors: Collection[str]) -> Html:
    """Its properties; one whose value is the name of a resource leads to that."""
    lines = []
    for one in resource.properties:
        shown = value_shown(one.value, anchors)
        if value_text(one.value) in names:
            shown = element("a", shown, href=f"#resource-{value_text(one.value)}")
        lines.append(joined(f"{one.name} ", shown))
    return listed(lines)


def intent_parts(catalogue: Catalogue, entry: Entry) -> list[Content]:
    """Its fleet: how many hosts of what, from where, on which of its networks."""
    intent = cast(Intent, entry.contract)
    networks: list[Sequence[Content]] = [
        (element("code", one.name, id=f"resource-{one.name}"), _properties(one, (), ()))
        for one in intent.networks
    ]
    known = {one.name for one in intent.networks}
    fleet = [_hosts(catalogue, one, known) for one in intent.has]
    total = sum(one.count for one in intent.has)
    return [
        *prose(intent.does),
        section(
            "Fleet",
            table(("Count", "Hosts", "Topology", "Phenotypes", "From", "On"), fleet),
            element("p", f"{total} hosts in all"),
        ),
        section("Networks", table(("Name", "With"), networks)),
        on_failure(intent.on_failure),
    ]


def _hosts(catalogue: Catalogue, hosts: HostSet, networks: Collection[str]) -> Sequence[Content]:
    phenotypes = (
        link(catalogue, Symbol(Kind.CONTRACT, one.name, "phenotype")) for one in hosts.phenotypes
    )
    return (
        str(hosts.count),
        element("code", hosts.name),
        link(catalogue, Symbol(Kind.CONTRACT, hosts.topology.name, "topology")),
        listed(phenotypes),
        listed(element("code", one.name) for one in hosts.groups),
        listed(_network(one, networks) for one in hosts.networks),
    )


def _network(named: Named, networks: Collection[str]) -> Html:
    shown = element("code", named.name)
    if named.name not in networks:
        return shown
    return element("a", shown, href=f"#resource-{named.name}")
