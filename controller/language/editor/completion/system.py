"""What may be written between the braces of a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from controller.language.editor.braces import Clause
from controller.language.editor.completion.calls import arguments
from controller.language.editor.completion.offer import Offer, Sort, keyword, keywords, loci, values
from controller.language.editor.completion.scene import Scene
from controller.language.symbols import Kind
from grammar.system.expressions import PERIODS
from grammar.system.keywords import ALLOWED, LEVELS, shown
from grammar.system.nodes import Backfill, Entity

_TESTS: Final = ("crosses", "exists", "has", "is", "AND", "OR")
_QUANTIFIERS: Final = ("every(", "no(", "some(")
_GOALS: Final = ("minimise", "maximise", "within budget(")


def system(scene: Scene, clause: Clause) -> Iterator[Offer]:
    """What may stand at a place of a system."""
    words = clause.text.replace(":", " : ").split()
    if "." in clause.typed:
        yield from _members(scene, clause)
    elif clause.called:
        yield from _passed(scene, clause)
    elif not words:
        for word in ALLOWED.get(clause.block, ()):
            yield keyword(shown(word), "system")
    elif words[0] in _CLAUSES:
        yield from _CLAUSES[words[0]](scene, words)


def _members(scene: Scene, clause: Clause) -> Iterator[Offer]:
    """After `customer.`: what the entity has, whom it belongs to, what happens to it."""
    path, _, _ = clause.typed.rpartition(".")
    index = scene.library.index
    if path == "threshold":
        yield from _dotted(path, index.named(Kind.THRESHOLD), "threshold")
        return
    if path == "intent":
        yield from _dotted(path, ["evolved"], "event")
        return
    entity = path.rpartition(".")[2]
    yield from _dotted(path, index.named(Kind.ATTRIBUTE, entity), "attribute")
    owners = (
        name
        for one in _entities(scene)
        if one.name == entity
        for line in one.belongs_to
        for name in line.names
    )
    yield from _dotted(path, owners, "entity")
    yield from _dotted(path, index.named(Kind.EVENT, entity), "event")


def _dotted(path: str, names: Iterator[str] | list[str], about: str) -> Iterator[Offer]:
    return (Offer(f"{path}.{name}", Sort.FIELD, f"{about} of {path}") for name in names)


def _entities(scene: Scene) -> Iterator[Entity]:
    members = (member for one in scene.systems for member in one.members)
    return (member for member in members if isinstance(member, Entity))


def _entity_names(scene: Scene, _words: list[str] | None = None) -> Iterator[Offer]:
    yield from values(scene.library.index.named(Kind.ENTITY), "entity")


def _passed(scene: Scene, clause: Clause) -> Iterator[Offer]:
    """In the parentheses of a call: arguments of a locus, then what can be passed."""
    inside = clause.text.rpartition("(")[2]
    if not inside.rpartition(",")[2].strip():
        given = {part.partition(":")[0].strip() for part in inside.split(",")}
        yield from arguments(scene, clause.called, given, ": ")
    yield from _entity_names(scene)


def _consequence(scene: Scene, words: list[str]) -> Iterator[Offer]:
    if words[1:] == [":"]:
        yield from loci([*scene.genes.values(), *scene.pathways.values()])
        named = scene.library.index.named(Kind.LOCUS)
        yield from values((one for one in named if not scene.called(one)), "named by a system")


def _condition(scene: Scene, words: list[str]) -> Iterator[Offer]:
    """A condition: what it is about, then how it is tested."""
    if words[-1] in ("if", "with", "when", "AND", "OR", "NOT", "crosses", "<", ">", "<=", ">="):
        yield from _subjects(scene)
        if words[-1] in ("if", "with", "AND", "OR"):
            yield keyword("NOT", "system")
    elif words[-1] == "through":
        yield from values(scene.library.index.named(Kind.PROJECTION), "projection")
    elif words[-2:-1] == ["is"]:
        yield from keywords(["through", "for", "AND", "OR"], "system")
    else:
        yield from keywords(_TESTS, "system")


def _subjects(scene: Scene) -> Iterator[Offer]:
    """What an expression can begin with."""
    yield from _entity_names(scene)
    if scene.library.index.named(Kind.THRESHOLD):
        yield from values(["threshold"], "the thresholds of systems")
    yield from values(scene.library.index.named(Kind.PROJECTION), "projection")


def _when(scene: Scene, words: list[str]) -> Iterator[Offer]:
    if len(words) > 1:
        yield keyword("for", "system")
        return
    for name in scene.library.index.named(Kind.ENTITY):
        yield Offer(name, Sort.VALUE, "entity")
        for event in scene.library.index.named(Kind.EVENT, name):
            yield Offer(f"{name}.{event}", Sort.FIELD, f"event of {name}")
    yield Offer("intent.evolved", Sort.FIELD, "event of the intent")


def _for(scene: Scene, words: list[str]) -> Iterator[Offer]:
    match words[1:]:
        case []:
            yield keyword("each", "system")
        case ["each"]:
            yield from _entity_names(scene)
        case ["each", _]:
            yield keyword("with", "system")
        case ["each", entity, "with", *_]:
            if words[-1] in ("with", "AND", "OR", "NOT"):
                names = scene.library.index.named(Kind.ATTRIBUTE, entity)
                yield from values(names, f"attribute of {entity}")
            yield from _condition(scene, words)


def _every(_scene: Scene, words: list[str]) -> Iterator[Offer]:
    if len(words) == 1:
        yield from values(PERIODS)
    elif len(words) == 2:
        yield keyword("at", "system")


def _optimise(scene: Scene, words: list[str]) -> Iterator[Offer]:
    if len(words) == 1:
        owners = [f"system {one.name}" for one in scene.systems]
        found = (
            name for owner in owners for name in scene.library.index.named(Kind.QUALITY, owner)
        )
        yield from values(sorted(set(found)), "quality")
    elif len(words) == 2:
        yield from keywords(_GOALS, "system")


def _requires(scene: Scene, words: list[str]) -> Iterator[Offer]:
    if words[-1].endswith((":", ",")):
        yield from _subjects(scene)


def _data(scene: Scene, words: list[str]) -> Iterator[Offer]:
    """What a capability accepts and produces."""
    if words[-1].endswith((":", ",")):
        yield from _entity_names(scene)
        yield from values(scene.library.index.named(Kind.PROJECTION), "projection")


def _assert(scene: Scene, words: list[str]) -> Iterator[Offer]:
    if words[1:] == [":"]:
        yield from keywords(_QUANTIFIERS, "system")
    else:
        yield from _condition(scene, words)


def _choice(*choices: str) -> Callable[[Scene, list[str]], Iterator[Offer]]:
    return lambda _scene, words: values(choices if words[1:] == [":"] else ())


_CLAUSES: Final[Mapping[str, Callable[[Scene, list[str]], Iterator[Offer]]]] = {
    **dict.fromkeys((*LEVELS, "fallback"), _consequence),
    "belongs_to": _entity_names,
    "accepts": _data,
    "produces": _data,
    "immutable": _choice("true", "false"),
    "backfill_policy": _choice(*(policy.value for policy in Backfill)),
    "when": _when,
    "every": _every,
    "for": _for,
    "if": _condition,
    "requires": _requires,
    "optimise": _optimise,
    "assert": _assert,
}
"""The keyword of a clause → what may follow it."""
