"""A topology as a tree: what rests on what, with interfaces as a phenotype calls them. Pure."""

from __future__ import annotations

from controller.conductor.graph.branches import Branch
from controller.conductor.orchestration.resolving import Known, Unresolvable, resolve, texts
from controller.conductor.orchestration.telling import shortened, shown
from controller.domains.world import Json, JsonObject
from grammar.sg.composition import Given, Resource, Topology
from grammar.sg.value import value_text


def pictured(topology: Topology, bindings: dict[str, JsonObject]) -> Branch:
    """The topology, once for each phenotype in `bindings`; as it is written if there is none."""
    if not bindings:
        return Branch(f"topology {topology.name}", tuple(_roots(topology, None)))
    below = tuple(
        Branch(f"as {name}", tuple(_roots(topology, values))) for name, values in bindings.items()
    )
    return Branch(f"topology {topology.name}", below)


def _roots(topology: Topology, values: JsonObject | None) -> list[Branch]:
    """Resources that rest on no other; what rests on them hangs below."""
    names = {resource.name for resource in topology.has}
    resting = {one.name: _resting(one, names, values) for one in topology.has}
    return [
        _branch(topology, one, resting, values) for one in topology.has if not resting[one.name]
    ]


def _resting(resource: Resource, names: set[str], values: JsonObject | None) -> set[str]:
    return {t for one in resource.properties for t in texts(_value(one, values)) if t in names}


def _branch(
    topology: Topology,
    resource: Resource,
    resting: dict[str, set[str]],
    values: JsonObject | None,
) -> Branch:
    said = [Branch(_line(one, values)) for one in resource.properties]
    upon = [
        _branch(topology, one, resting, values)
        for one in topology.has
        if resource.name in resting[one.name]
    ]
    return Branch(shortened(f"{resource.kind} {resource.name}"), (*said, *upon))


def _line(given: Given, values: JsonObject | None) -> str:
    return shortened(f"{given.name} {shown(_value(given, values))}")


def _value(given: Given, values: JsonObject | None) -> Json:
    if values is None:
        return value_text(given.value)
    try:
        return resolve(given.value, Known(values))
    except Unresolvable:
        return value_text(given.value)
