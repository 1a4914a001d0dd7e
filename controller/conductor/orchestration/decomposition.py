"""A topology as a question to the decomposer's alleles, and their answer as a pathway.

The answer is hostile input: it may name what is not there, leave resources out, or reach for an
interface that the topology does not speak of. What is left after `answered` is an ordinary pathway.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from controller import run_limits
from controller.conductor.orchestration.resolving import Known, Unresolvable, resolve, texts
from controller.domains.world import Json, JsonObject
from controller.genome.composite import as_gene
from controller.genome.locus import input_problems, with_defaults
from grammar.sg.composition import Follow, Given, Need, Pathway, Step, Topology
from grammar.sg.nodes import Literal, Risk
from grammar.sg.vocabulary import PropertySpec, Vocabulary

DECOMPOSER: Final = "decompose_topology"
"""The locus whose alleles decompose topologies."""


@dataclass(frozen=True, slots=True)
class Builders:
    """Kind of resource → the pathway that builds it, and all pathways by name."""

    of_kind: Mapping[str, str]
    pathways: Mapping[str, Pathway]


class Unfit(Exception):
    """Why a topology cannot be made true here, or an answer is none."""


def question(topology: Topology, values: JsonObject, builders: Builders) -> JsonObject:
    """What a decomposer is asked; every reference is resolved. Raises `Unfit`."""
    known = Known(values)
    resources: list[Json] = []
    names = {resource.name for resource in topology.has}
    for resource in topology.has:
        try:
            given = {one.name: resolve(one.value, known) for one in resource.properties}
        except Unresolvable as wrong:
            raise Unfit(f"{resource.name}: {wrong}") from wrong
        rests_on = sorted({t for v in given.values() for t in texts(v) if t in names})
        properties: list[Json] = [{"name": n, "value": json.dumps(v)} for n, v in given.items()]
        resources.append(
            {
                "name": resource.name,
                "kind": resource.kind,
                "properties": properties,
                "rests_on": [*rests_on],
            }
        )
    pathways: list[Json] = [
        {"name": name, "builds": kind, "takes": [f.name for f in builders.pathways[name].takes]}
        for kind, name in sorted(builders.of_kind.items())
        if name in builders.pathways
    ]
    return {"topology": topology.name, "resources": resources, "pathways": pathways}


def claims(
    topology: Topology, values: JsonObject, vocabulary: Vocabulary
) -> Iterator[tuple[str, str]]:
    """(resource, interface) for every interface that a resource takes for itself."""
    return _spoken_of(topology, values, vocabulary, lambda one: one.exclusive)


def rests_on(
    topology: Topology, values: JsonObject, vocabulary: Vocabulary
) -> Iterator[tuple[str, str]]:
    """(resource, interface) for every interface that must be there before a resource is made."""
    return _spoken_of(topology, values, vocabulary, lambda one: one.exclusive or one.resource)


def _spoken_of(
    topology: Topology,
    values: JsonObject,
    vocabulary: Vocabulary,
    meant: Callable[[PropertySpec], bool],
) -> Iterator[tuple[str, str]]:
    """What such properties name that is no resource of the topology itself."""
    names = {resource.name for resource in topology.has}
    for resource in topology.has:
        kind = vocabulary.get(resource.kind, {})
        for given in resource.properties:
            if given.name in kind and meant(kind[given.name]):
                found = texts(resolve(given.value, Known(values)))
                yield from ((resource.name, text) for text in found if text not in names)


def claimed_twice(found: Sequence[tuple[str, str]]) -> str | None:
    """Which interface two resources take for themselves, in a sentence; None if there is none."""
    owners: dict[str, str] = {}
    for resource, interface in found:
        if interface in owners:
            return f"{resource} and {owners[interface]} both take {interface}"
        owners[interface] = resource
    return None


def answered(
    topology: Topology, asked: JsonObject, output: JsonObject, builders: Builders
) -> Pathway:
    """The pathway that an answer describes. Raises `Unfit` for what is none."""
    if output.get("healthy") is not True:
        raise Unfit(str(output.get("error") or "the decomposer found no way, and does not say why"))
    steps = output["steps"]
    assert isinstance(steps, list)
    _say_uncovered(topology, steps)
    spoken_of = set(texts(asked["resources"])) | _inside(asked)
    ordered = _in_order(steps)
    made = [_step(n, one, builders, spoken_of) for n, one in enumerate(ordered, 1)]
    numbers = {str(one["resource"]): n for n, one in enumerate(ordered, 1)}
    needs = [
        Need(number, numbers[need])
        for number, one in enumerate(ordered, 1)
        for need in dict.fromkeys(_strings(one["needs"]))
        if numbers[need] != number
    ]
    return Pathway(
        name=topology.name,
        risk=_riskiest(builders, ordered),
        does=topology.does,
        takes=topology.takes,
        steps=tuple(made),
        requires=tuple(needs),
        verify=topology.verify,
        on_failure=topology.on_failure,
        domain=topology.domain,
    )


_Step = dict[str, Json]


def _say_uncovered(topology: Topology, steps: list[Json]) -> None:
    if len(steps) > run_limits.RUN_TASKS:
        raise Unfit(f"the decomposer gave {len(steps)} steps")
    built = [str(one["resource"]) for one in steps if isinstance(one, dict)]
    wanted = [resource.name for resource in topology.has]
    for name in wanted:
        if built.count(name) != 1:
            raise Unfit(f"the decomposer builds {name} {built.count(name)} times")
    strange = next((name for name in built if name not in wanted), None)
    if strange is not None:
        raise Unfit(f"the decomposer builds {strange}, which {topology.name} does not have")


def _in_order(steps: list[Json]) -> list[_Step]:
    """Each step behind those that it needs; as they were given where that leaves a choice."""
    waiting = [one for one in steps if isinstance(one, dict)]
    known = {str(one["resource"]) for one in waiting}
    done: dict[str, _Step] = {}
    while waiting:
        able = [one for one in waiting if set(_strings(one["needs"])) <= done.keys()]
        if not able:
            unknown = {n for one in waiting for n in _strings(one["needs"])} - known
            if unknown:
                raise Unfit(f"the decomposer needs {min(unknown)}, which is not there")
            names = ", ".join(str(one["resource"]) for one in waiting)
            raise Unfit(f"the decomposer lets these wait for each other: {names}")
        first = able[0]
        done[str(first["resource"])] = first
        waiting.remove(first)
    return list(done.values())


def _step(number: int, one: _Step, builders: Builders, spoken_of: set[str]) -> Step:
    name = str(one["pathway"])
    if name not in builders.of_kind.values() or name not in builders.pathways:
        raise Unfit(f"the decomposer names {name}, which is no pathway that builds resources")
    values = dict(_arguments(one["arguments"]))
    for text in texts(values):
        if text not in spoken_of:
            raise Unfit(f"the decomposer speaks of {text}, which the topology does not")
    contract = as_gene(builders.pathways[name])
    problems = input_problems(contract, with_defaults(contract, values))
    if problems:
        raise Unfit(f"{one['resource']}: {name}: {'; '.join(problems)}")
    given = tuple(Given(key, _literal(value)) for key, value in values.items() if value is not None)
    return Step(number, Follow(name, given))


def _arguments(items: Json) -> Iterator[tuple[str, Json]]:
    assert isinstance(items, list)
    for item in items:
        assert isinstance(item, dict)
        try:
            yield str(item["name"]), json.loads(str(item["value"]))
        except (ValueError, RecursionError) as wrong:
            raise Unfit(f"the decomposer's {item['name']} is not JSON") from wrong


def _literal(value: Json) -> Literal:
    if isinstance(value, list):
        return tuple(_literal(item) for item in value)
    if isinstance(value, dict):
        raise Unfit("the decomposer gives a pathway an object, and pathways take none")
    return value


def _inside(asked: JsonObject) -> set[str]:
    """Every text in the values of properties, which are JSON themselves."""
    found: set[str] = set()
    for resource in asked["resources"] if isinstance(asked["resources"], list) else ():
        for one in resource["properties"] if isinstance(resource, dict) else ():  # type: ignore[union-attr]
            if isinstance(one, dict):
                found |= set(texts(json.loads(str(one["value"]))))
    return found


def _riskiest(builders: Builders, steps: Sequence[_Step]) -> Risk:
    levels = list(Risk)
    found = [builders.pathways[str(one["pathway"])].risk for one in steps]
    return max(found, key=levels.index, default=Risk.NONE)


def _strings(items: Json) -> list[str]:
    return [str(item) for item in items] if isinstance(items, list) else []
