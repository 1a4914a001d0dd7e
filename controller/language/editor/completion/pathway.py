"""What may be written in the sections of a pathway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from controller.language.editor.completion.calls import (
    LOOP,
    argument_values,
    arguments,
    given_before,
    loop,
    references,
    verification,
)
from controller.language.editor.completion.gene import types
from controller.language.editor.completion.offer import (
    Offer,
    Sort,
    about_field,
    keyword,
    keywords,
    loci,
    values,
)
from controller.language.editor.completion.scene import Scene
from grammar.sg.composition import Remedy
from grammar.sg.nodes import Pathway
from grammar.sg.steps import OTHERWISE
from grammar.sg.terms import TypeRef

_NUMBER: Final = re.compile(r"[0-9]+\.[ \t]*")
_CHOICE: Final = re.compile(r"(?:[0-9]+\.[ \t]*)?when[ \t]+step[ \t]+([0-9]+)\.([A-Za-z_]\w*)")


def pathway(scene: Scene) -> Iterator[Offer]:
    """A line of a section of a pathway."""
    place = scene.place
    if place.in_braces:
        yield from references(scene)
    elif place.section == "takes":
        yield from types(scene)
    elif place.section == "steps":
        yield from _steps(scene)
    elif place.section == "requires":
        yield from _needs(scene)
    elif place.section == "verify":
        yield from verification(scene)
    elif place.section == "on failure":
        yield from remedies(scene)


def remedies(scene: Scene) -> Iterator[Offer]:
    """The lines of `on failure:` that are not there yet."""
    yield from values(one.value for one in Remedy if one.value not in scene.place.beside)


def _steps(scene: Scene) -> Iterator[Offer]:
    place = scene.place
    above = place.above[-1] if place.above else ""
    choice = _CHOICE.match(above)
    if choice:
        yield from _arm(scene, int(choice[1]), choice[2])
    elif LOOP.match(above):
        yield from _action(scene, place.words)
    elif above:
        yield from _argument(scene, _NUMBER.sub("", above).rpartition("->")[2].strip())
    elif place.words:
        yield from _action(scene, place.words[1:])
    else:
        yield keyword(f"{place.before + 1}.", "pathway")


def _action(scene: Scene, words: tuple[str, ...]) -> Iterator[Offer]:
    """After the number of a step, or in a loop."""
    match words:
        case ():
            yield from loci(scene.genes.values())
            yield from keywords(["->", "for", "when"], "pathway")
        case ("->",):
            yield from loci(_others(scene))
        case ("for", *_):
            yield from loop(scene)
        case ("when",):
            yield from keywords(["step"], "pathway")
        case ("when", "step"):
            for step, one in given_before(scene):
                yield Offer(f"{step}.{one.name}:", Sort.FIELD, about_field(one))


def _others(scene: Scene) -> list[Pathway]:
    return [one for one in scene.pathways.values() if one.name != scene.place.name]


def _arm(scene: Scene, step: int, result: str) -> Iterator[Offer]:
    words = scene.place.words
    if not words:
        kinds = [one.type for at, one in given_before(scene) if (at, one.name) == (step, result)]
        yield from values(("true", "false") if TypeRef("bool") in kinds else ())
        yield keyword(OTHERWISE, "pathway")
    elif words[-1] == "->":
        yield from loci([*scene.genes.values(), *_others(scene)])
    elif len(words) == 1:
        yield keyword("->", "pathway")


def _argument(scene: Scene, locus: str) -> Iterator[Offer]:
    """Below a step: an argument, or its value."""
    if scene.place.argument:
        yield from argument_values(scene, locus)
    elif not scene.place.words:
        yield from arguments(scene, locus, scene.place.given, " = ")


def _needs(scene: Scene) -> Iterator[Offer]:
    words = scene.place.words
    steps = scene.own.steps if isinstance(scene.own, Pathway) else ()
    match words:
        case () | ("step", _, "needs"):
            yield keyword("step", "pathway")
        case ("step",):
            yield from values(str(one.number) for one in steps[1:])
        case ("step", _):
            yield keyword("needs", "pathway")
        case ("step", late, "needs", "step"):
            earlier = (one.number for one in steps if str(one.number) != late)
            yield from values(str(n) for n in earlier if not late.isdigit() or n < int(late))
