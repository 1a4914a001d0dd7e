"""The words of a call: arguments, their values, and what may be referred to in a contract."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from controller.language.editor.completion.offer import (
    Offer,
    Sort,
    about_field,
    field,
    keyword,
    keywords,
    loci,
)
from controller.language.editor.completion.scene import Scene
from grammar.sg.composition import Run, Step
from grammar.sg.nodes import Family, Field, Pathway
from grammar.sg.terms import TypeRef

LOOP: Final = re.compile(r"(?:[0-9]+\.[ \t]*)?for[ \t]+([A-Za-z_]\w*)[ \t]+in\b")
_NUMBER: Final = re.compile(r"([0-9]+)\.")


def arguments(
    scene: Scene, locus: str, given: Collection[str], ending: str = "="
) -> Iterator[Offer]:
    """The names of what a locus takes that are not given yet."""
    called = scene.called(locus)
    for one in called.takes if called else ():
        if one.name not in given:
            yield Offer(f"{one.name}{ending}", Sort.FIELD, about_field(one))


def argument_values(scene: Scene, locus: str) -> Iterator[Offer]:
    """What can be given as the argument that is being typed, that of its type first."""
    called = scene.called(locus)
    fields = called.takes if called else ()
    wanted = next((one.type for one in fields if one.name == scene.place.argument), None)
    yield from braced(referable(scene), wanted)
    if wanted == TypeRef("bool"):
        yield from (Offer(word, Sort.VALUE) for word in ("true", "false"))


def braced(fields: Iterator[Field], wanted: TypeRef | None) -> Iterator[Offer]:
    """References with their braces, those of a wanted type first."""
    for one in sorted(fields, key=lambda field: field.type != wanted):
        yield Offer(f"{{{one.name}}}", Sort.FIELD, about_field(one))


def references(scene: Scene) -> Iterator[Offer]:
    """What may stand between the braces that are open."""
    return map(field, referable(scene))


def referable(scene: Scene) -> Iterator[Field]:
    """What can be referred to: variables of loops, fields, and what earlier steps gave."""
    for row in scene.place.above[::-1]:
        loop = LOOP.match(row)
        if loop:
            yield Field(loop[1], TypeRef("item"), "of the loop")
    yield from scene.takes
    if scene.place.section == "steps":
        for step, one in given_before(scene):
            yield Field(f"step {step}.{one.name}", one.type, one.description)


def given_before(scene: Scene) -> Iterator[tuple[int, Field]]:
    """What the steps before the place give, with their numbers."""
    for step in steps_before(scene):
        gene = scene.genes.get(step.action.locus) if isinstance(step.action, Run) else None
        yield from ((step.number, one) for one in (gene.gives if gene else ()))


def steps_before(scene: Scene) -> Iterator[Step]:
    """The steps of the own pathway before the place, the latest first."""
    place = scene.place
    row = place.above[0] if place.above else (place.words or (place.typed,))[0]
    number = _NUMBER.match(row)
    here = int(number[1]) if number else place.before + 1
    steps = scene.own.steps if isinstance(scene.own, Pathway) else ()
    return (step for step in reversed(steps) if step.number < here)


def verification(scene: Scene) -> Iterator[Offer]:
    """A line of `verify:` in a gene, pathway or topology."""
    place = scene.place
    if not place.words:
        yield from loci(g for g in scene.genes.values() if g.family is Family.DIAGNOSTIC)
        if place.kind != "gene":
            yield keyword("for", "pathway")
        if not place.above and not {"within", "all"} & place.given:
            window = "all within" if place.kind == "topology" else "within"
            yield keyword(window, place.kind)
    elif place.words[0] == "for":
        yield from loop(scene)
    elif place.words == ("all",):
        yield keyword("within")
    elif place.argument:
        yield from argument_values(scene, place.words[0])
    else:
        given = {word.partition("=")[0] for word in place.words[1:]}
        yield from arguments(scene, place.words[0], given)


def loop(scene: Scene) -> Iterator[Offer]:
    """After `for`: `in`, then the lists that there are."""
    words = scene.place.words[scene.place.words.index("for") :]
    if len(words) == 2:
        yield from keywords(["in"], "pathway")
    elif len(words) == 3:
        lists = (one for one in referable(scene) if one.type.is_list)
        yield from (
            Offer(f"{offer.text}:", offer.sort, offer.about) for offer in braced(lists, None)
        )
