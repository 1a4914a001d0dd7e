"""What changed between two systems of one name: what they demand more, less or otherwise.

Called by genomes.py. Members are known by their names, not by their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from controller.language.difference.bounds import Implication, bound_implies
from controller.language.difference.duty_changes import trigger_changes
from controller.language.difference.matching import matched, only
from controller.language.difference.reliance import Change
from grammar.system import nodes
from grammar.system.nodes import Capability, Entity, Invariant, Optimise, System, Threshold
from grammar.system.render import goal_text
from grammar.system.text import claim_text, constant_text, path_text

Member = TypeVar("Member", bound=nodes.Member)
NamedMember = TypeVar("NamedMember", Invariant, Capability, Entity, Threshold)


def system_changes(old: System, new: System) -> Iterator[Change]:
    """Every change, by kind of member as the paper has them."""
    subject = f"system {new.name}"
    yield from _named(subject, Invariant, old, new)
    yield from _named(subject, Capability, old, new)
    yield from _optimised(subject, old, new)
    yield from _named(subject, Threshold, old, new)
    yield from _named(subject, Entity, old, new)
    yield from trigger_changes(subject, old.members, new.members)
    yield from _assertions(subject, old, new)


def _of(kind: type[Member], system: System) -> list[Member]:
    return [member for member in system.members if isinstance(member, kind)]


def _named(subject: str, kind: type[NamedMember], old: System, new: System) -> Iterator[Change]:
    """Members of one kind that are gone, new or say something else."""
    found = matched(_of(kind, old), _of(kind, new), [lambda one: one.name])
    noun = kind.__name__.lower()
    for was, now in found.both:
        yield from _member(subject, f"{noun} `{now.name}`", was, now)
    for i in found.gone:
        yield Change(subject, f"{noun} removed", f"{noun} `{found.old[i].name}` is gone")
    for j in found.come:
        shown = _shown(found.new[j])
        yield Change(subject, f"{noun} added", f"{noun} `{found.new[j].name}` is new{shown}")


def _shown(member: nodes.Member) -> str:
    match member:
        case Invariant() if member.operator:
            return f": {_bound(member)}"
        case Threshold():
            return f": {constant_text(member.value)}"
    return ""


def _member(subject: str, what: str, old: nodes.Member, new: nodes.Member) -> Iterator[Change]:
    match old, new:
        case Invariant(), Invariant() if old != new:
            text = f"{what} is {_bound(new)}; was {_bound(old)}"
            yield Change(subject, f"invariant {_stricter(old, new)}", text)
        case Threshold(), Threshold() if constant_text(old.value) != constant_text(new.value):
            text = f"{what} is {constant_text(new.value)}; was {constant_text(old.value)}"
            yield Change(subject, "threshold changed", text)
        case Capability(), Capability():
            yield from _capability(subject, what, old, new)
        case Entity(), Entity():
            yield from _entity(subject, what, old, new)


def _bound(invariant: Invariant) -> str:
    if invariant.operator is None:
        return "a promise by its name"
    return f"{invariant.operator} {constant_text(invariant.bound)}"


def _stricter(old: Invariant | Optimise, new: Invariant | Optimise) -> str:
    """`tighter`, `looser` or `changed`."""
    if new.operator is None or new.bound is None:
        return "looser" if old.operator and isinstance(new, Invariant) else "changed"
    if old.operator is None or old.bound is None:
        return "tighter" if isinstance(old, Invariant) else "changed"
    if bound_implies(new.operator, new.bound, old.operator, old.bound):
        return "tighter"
    looser = bound_implies(old.operator, old.bound, new.operator, new.bound)
    return "looser" if looser else "changed"


def _optimised(subject: str, old: System, new: System) -> Iterator[Change]:
    """Qualities; one may have several goals."""
    keys = [lambda one: (one.quality, goal_text(one)), lambda one: one.quality]
    found = matched(_of(Optimise, old), _of(Optimise, new), keys)
    for was, now in found.both:
        if goal_text(was) != goal_text(now):
            text = f"optimise `{now.quality}`: {goal_text(now)}; was {goal_text(was)}"
            yield Change(subject, f"goal {_stricter(was, now)}", text)
    for i in found.gone:
        text = f"`{found.old[i].quality}` is not optimised any more"
        yield Change(subject, "goal removed", f"{text}; was {goal_text(found.old[i])}")
    for j in found.come:
        text = f"`{found.new[j].quality}` is optimised: {goal_text(found.new[j])}"
        yield Change(subject, "goal added", text)


def _capability(subject: str, what: str, old: Capability, new: Capability) -> Iterator[Change]:
    yield from _lists(subject, what, "accepts", old.accepts, new.accepts)
    yield from _lists(subject, what, "produces", old.produces, new.produces)
    found = matched(old.properties, new.properties, [lambda one: one, lambda one: one.name])
    for was, now in found.both:
        if was.unless != now.unless:
            text = f"{what}: property `{now.name}` {_unless(now)}; was {_unless(was)}"
            yield Change(subject, _property_kind(was, now), text)
    for i in found.gone:
        text = f"{what}: property `{old.properties[i].name}` is gone"
        yield Change(subject, "property removed", text)
    for j in found.come:
        one = new.properties[j]
        unless = f", {_unless(one)}" if one.unless else ""
        yield Change(subject, "property added", f"{what}: property `{one.name}` is new{unless}")


def _unless(one: nodes.Property) -> str:
    return f"unless `{one.unless}`" if one.unless else "always"


def _property_kind(old: nodes.Property, new: nodes.Property) -> str:
    if new.unless is None:
        return "exception removed"
    return "exception added" if old.unless is None else "exception changed"


def _entity(subject: str, what: str, old: Entity, new: Entity) -> Iterator[Change]:
    yield from _lists(subject, what, "belongs to", old.belongs_to, new.belongs_to)
    if old.immutable != new.immutable:
        kinds = {True: "immutable added", False: "mutable said", None: "mutable said"}
        kind = "immutable removed" if old.immutable else kinds[new.immutable]
        words = {True: "immutable", False: "mutable", None: "not said to be immutable or not"}
        text = f"{what} is {words[new.immutable]}; was {words[old.immutable]}"
        yield Change(subject, kind, text)
    yield from _lists(subject, what, "has", old.has, new.has)
    yield from _lists(subject, what, "rule", old.rules, new.rules)


def _lists(
    subject: str, what: str, word: str, old: Sequence[nodes.Names], new: Sequence[nodes.Names]
) -> Iterator[Change]:
    """Names of a line that are gone or new; how they are spread over lines does not count."""
    gone, come = only(_names(old), _names(new))
    for name in gone:
        yield Change(subject, f"{word} removed", f"{what}: {word} `{name}` no longer")
    for name in come:
        yield Change(subject, f"{word} added", f"{what}: {word} `{name}`")


def _names(lines: Sequence[nodes.Names]) -> list[str]:
    return [name for line in lines for name in line.names]


def _assertions(subject: str, old: System, new: System) -> Iterator[Change]:
    keys = [lambda one: one, lambda one: (one.quantifier, path_text(one.subject))]
    found = matched(_asserted(old), _asserted(new), keys)
    for was, now in found.both:
        if was != now:
            text = f"always: {_claim(now)}; was {_claim(was)}"
            yield Change(subject, _assertion_kind(was, now), text)
    for i in found.gone:
        yield Change(subject, "assertion removed", f"always: no longer {_claim(found.old[i])}")
    for j in found.come:
        yield Change(subject, "assertion added", f"always: {_claim(found.new[j])}")


def _asserted(system: System) -> list[nodes.Assertion]:
    blocks = [member for member in system.members if isinstance(member, nodes.Always)]
    return [assertion for block in blocks for assertion in block.assertions]


def _claim(one: nodes.Assertion) -> str:
    return f"`{one.quantifier}({path_text(one.subject)}) {claim_text(one.claim)}`"


def _assertion_kind(old: nodes.Assertion, new: nodes.Assertion) -> str:
    """What nothing may be is demanded more where more is ruled out."""
    implies = Implication()
    narrow, wide = (old.claim, new.claim) if new.quantifier == "no" else (new.claim, old.claim)
    if implies(narrow, wide):
        return "assertion tighter"
    return "assertion looser" if implies(wide, narrow) else "assertion changed"
