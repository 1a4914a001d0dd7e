"""What may be written in the sections of a topology and of an intent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from controller.language.editor.completion.calls import braced, references, verification
from controller.language.editor.completion.gene import types
from controller.language.editor.completion.offer import Offer, Sort, keyword, values
from controller.language.editor.completion.pathway import remedies
from controller.language.editor.completion.scene import Scene
from controller.language.symbols import Kind
from grammar.sg.nodes import Intent, Topology
from grammar.sg.vocabulary import NETWORK, PropertySpec

_HOSTS = ("is", "as", "from", "on")
"""What may be said of a set of hosts."""


def topology(scene: Scene) -> Iterator[Offer]:
    """A line of a section of a topology."""
    place = scene.place
    if place.in_braces:
        yield from references(scene)
    elif place.section == "has" and place.above:
        yield from _property(scene)
    elif place.section == "takes":
        yield from types(scene)
    elif place.section == "verify":
        yield from verification(scene)
    elif place.section == "on failure":
        yield from remedies(scene)


def _property(scene: Scene) -> Iterator[Offer]:
    place = scene.place
    words = (row.split() for row in place.beside)
    kind = next((found[1] for found in words if len(found) > 1 and found[0] == "is"), "")
    if not place.words:
        if "is" not in place.given:
            yield keyword("is", "topology")
        yield from _properties(scene, kind)
    elif place.words == ("is",):
        yield from values(sorted(scene.vocabulary), "kind of resource")
    elif place.words[0] != "is":
        yield from _value(scene, scene.vocabulary.get(kind, {}).get(place.words[0]))


def _properties(scene: Scene, kind: str) -> Iterator[Offer]:
    """The properties of a kind that are not given yet, those that are needed first."""
    known: Mapping[str, PropertySpec] = scene.vocabulary.get(kind, {})
    for name, spec in sorted(known.items(), key=lambda item: not item[1].required):
        if name not in scene.place.given:
            about = f"{spec.type}, needed" if spec.required else str(spec.type)
            yield Offer(name, Sort.FIELD, about)


def _value(scene: Scene, spec: PropertySpec | None) -> Iterator[Offer]:
    """What a property can be; `spec` is None if no domain tells of it."""
    if spec is not None:
        yield from values(spec.choices)
    if spec is None or spec.resource:
        has = scene.own.has if isinstance(scene.own, Topology) else ()
        this = scene.place.above[0].removesuffix(":").strip()
        for one in has:
            if one.name != this:
                yield Offer(one.name, Sort.VALUE, one.kind)
    yield from braced(iter(scene.takes), spec.type if spec else None)


def intent(scene: Scene) -> Iterator[Offer]:
    """A line of a section of an intent."""
    place = scene.place
    if place.section == "networks" and place.above and not place.words:
        yield from _properties(scene, NETWORK)
    elif place.section == "has" and place.above:
        yield from _hosts(scene)
    elif place.section == "on failure":
        yield from remedies(scene)


def _hosts(scene: Scene) -> Iterator[Offer]:
    place, index = scene.place, scene.library.index
    match place.words[:1]:
        case ():
            for word in _HOSTS:
                if word not in place.given:
                    yield keyword(word, "intent")
        case ("is",):
            yield from values(sorted(scene.topologies), "topology")
        case ("as",):
            yield from _phenotypes(scene)
        case ("from",):
            yield from values(index.named(Kind.GROUP), "group of hosts")
        case ("on",):
            networks = scene.own.networks if isinstance(scene.own, Intent) else ()
            yield from values((one.name for one in networks), "network")


def _phenotypes(scene: Scene) -> Iterator[Offer]:
    """Deployments of the topology that the hosts are; all of them if none is named."""
    words = (row.split() for row in scene.place.beside)
    wanted = next((found[1] for found in words if len(found) > 1 and found[0] == "is"), None)
    for name, one in sorted(scene.phenotypes.items()):
        if wanted is None or one.topology == wanted:
            yield Offer(name, Sort.VALUE, f"phenotype for {one.topology or 'no topology'}")
