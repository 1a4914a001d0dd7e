"""Generated cases for a contract: a world drawn by chance, and an input that fits it.

`domain` offers them to whoever derives tests. What a field of `takes:` stands for is read from
the contract's own sentences ("Bridge {bridge} exists"), else from its name. Of the inputs for
which every `before:` holds, those with the most left to do under `after:` are chosen from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Final

from controller import limits, link_limits
from controller.domains.network import phrases
from controller.domains.network.operation_links import BOND_MODES
from controller.domains.network.scenario import draw
from controller.domains.network.spare import free_addresses, free_macs, free_name
from controller.domains.network.state import End, Link, World, to_json
from controller.domains.world import Json, JsonObject, Situation
from grammar.sg.nodes import Field, GeneContract, Sentence, TypeRef

_SEEDS: Final = 1 << 32
_NAMED: Final = ("bridge", "bond", "mode", "mtu", "nic", "interface", "mac", "address")
"""Kinds that a field's own name may tell, tried in this order."""
_SPECIFIC: Final = (
    *("bridge", "bond", "vlan", "mode", "vid", "mtu", "stp"),
    *("nic", "addressed", "mac", "address", "interface"),
)
"""Kinds from the most to the least specific: of several the first one is meant."""
_LIST_LENGTH_MAX: Final = 3


def situation(contract: GeneContract, rng: random.Random) -> Situation | None:
    """A case in which the gene must work; None if no drawn input satisfies `before:`."""
    world = draw(rng.randrange(_SEEDS)).world
    observed = to_json(world)
    inputs = list(islice(_inputs(contract, world, rng), limits.SITUATION_INPUTS_MAX))
    rng.shuffle(inputs)
    fit = [
        values
        for values in inputs
        if not _unmet(contract.before, values, observed) and not _fails(contract, values, observed)
    ]
    if not fit:
        return _arranged(contract, inputs[:1], observed)
    most = max(_unmet(contract.after, values, observed) for values in fit)
    chosen = next(v for v in fit if _unmet(contract.after, v, observed) == most)
    return Situation(observed, chosen)


def _arranged(
    contract: GeneContract, inputs: Sequence[JsonObject], observed: JsonObject
) -> Situation | None:
    """The drawn world changed until an input satisfies `before:`, if it can be."""
    for values in inputs:
        made: JsonObject = observed
        for sentence in contract.before:
            made = phrases.arrange(sentence.text, values, made) or made
        if not _unmet(contract.before, values, made) and not _fails(contract, values, made):
            return Situation(made, values)
    return None


def _unmet(sentences: Sequence[Sentence], values: JsonObject, observed: JsonObject) -> int:
    judged = (phrases.judge(s.text, values, observed, observed) for s in sentences)
    return sum(1 for judgement in judged if judgement is not None and not judgement.holds)


def _fails(contract: GeneContract, values: JsonObject, observed: JsonObject) -> bool:
    """True where the contract itself has the gene fail."""
    conditions = (mode.condition.text for mode in contract.fails_when)
    judged = (phrases.judge(text, values, observed, observed) for text in conditions)
    return any(judgement is not None and judgement.holds for judgement in judged)


def _inputs(contract: GeneContract, world: World, rng: random.Random) -> Iterator[JsonObject]:
    """Every input that can be made of the world's own things, no thing in two fields."""
    kinds = _kinds(contract)
    choices = [_candidates(field, kinds.get(field.name), world, rng) for field in contract.takes]
    names = [field.name for field in contract.takes]
    for values in product(*choices):
        things = [value for value in values if isinstance(value, str)]
        if len(set(things)) == len(things):
            yield dict(zip(names, values))


def _kinds(contract: GeneContract) -> dict[str, str]:
    """What each field stands for, as the sentences have it."""
    sentences = [*contract.before, *contract.after, *contract.unhealthy_when]
    sentences += [mode.condition for mode in contract.fails_when]
    told: dict[str, set[str]] = {}
    for sentence in sentences:
        for name, kind in phrases.mentions(sentence.text):
            told.setdefault(name, set()).add(kind)
    for field in contract.takes:
        if field.name not in told:
            told[field.name] = {kind for kind in _NAMED if kind in field.name}
    return {
        name: next(kind for kind in _SPECIFIC if kind in found)
        for name, found in told.items()
        if found
    }


def _candidates(field: Field, kind: str | None, world: World, rng: random.Random) -> Sequence[Json]:
    """Values for one field; none if nothing in the world is one."""
    if field.has_default and field.type.name != "string":
        return [_plain(field.default)]
    found: Sequence[Json] = []
    count = max(field.type.least, _LIST_LENGTH_MAX) if field.type.is_list else 1
    if field.type.name == "bool":
        found = [True, False] * count
    elif field.type.name == "int":
        found = _numbers(kind, count, rng)
    elif field.type.name == "float":
        found = [rng.randrange(1, 10) / 2 for _ in range(count)]
    elif field.type.name == "string":
        found = [*_things(kind, world)]
    if field.type.is_list:
        return _lists(field.type, found, rng)
    if not found and not field.required:
        return [_plain(field.default)]
    return found


def _numbers(kind: str | None, count: int, rng: random.Random) -> list[Json]:
    """Whole numbers of which a bridge can make something, where one is for it."""
    if kind == "mtu":
        return [*rng.sample((1280, 1400, 1492, link_limits.MTU_DEFAULT, 9000), min(count, 5))]
    if kind == "vid":
        return [*rng.sample(range(2, link_limits.VLAN_ID_MAX), count)]
    return [rng.randrange(1, 10) for _ in range(count)]


def _lists(kind: TypeRef, found: Sequence[Json], rng: random.Random) -> Sequence[Json]:
    """Lists of different lengths that the type allows, of the things that were found."""
    things = list(found)
    rng.shuffle(things)
    least, most = max(kind.least, 1), max(kind.least, _LIST_LENGTH_MAX)
    most = min(most, len(things), most if kind.most is None else kind.most)
    others = things[1:] if least == 1 else []
    return [*(things[:size] for size in range(least, most + 1)), *([one] for one in others)]


def _things(kind: str | None, world: World) -> list[str]:
    links = world.subject.links
    taken = {link.name for link in links}
    bridges = [link.name for link in links if link.kind == "bridge"]
    nics = [link.name for link in links if _is_own_nic(world, link)]
    found: dict[str | None, Callable[[], Iterable[str]]] = {
        "bridge": lambda: bridges,
        "bond": lambda: (
            [link.name for link in links if link.kind == "bond"] or [free_name("bond", taken)]
        ),
        "mode": lambda: BOND_MODES,
        "nic": lambda: nics,
        "addressed": lambda: [link.name for link in links if link.addresses],
        "interface": lambda: [*bridges, *nics],
        "mac": lambda: free_macs(world, 1),
        "address": lambda: free_addresses(world),
    }
    return list(found.get(kind, lambda: [free_name("thing", taken)])())


def _is_own_nic(world: World, link: Link) -> bool:
    """True for a NIC of the host itself: behind any other port of its bridges is a guest."""
    far = world.far_end(End(world.host, link.name))
    behind = None if far is None else world.node(far.node)
    return link.kind == "nic" and (behind is None or behind.role == "switch")


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, (str, int, float, bool))
    return value
