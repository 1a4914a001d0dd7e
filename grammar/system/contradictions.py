"""Rules that cannot all be kept, within one system or between several.

Called by grammar.sg.check, and by the controller for what lives. It says only what is certain from
the texts alone:

    claims        `every(score) has explanation` and `no(score) has explanation`
    bounds        of one quality, or of one attribute in two claims, that leave no value
    consequences  the same one of the same event under the same conditions, due or weighed otherwise
    thresholds    one name, two values

What words mean it does not know: two consequences of which the one undoes the other go unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Final

from grammar.source import Span
from grammar.system import nodes
from grammar.system.measures import THRESHOLD, measure
from grammar.system.text import claim_text, consequence_text, constant_text, path_text

_NEGATED: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FULFILS: Final[Mapping[str, Callable[[object, object], bool]]] = {
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a system, as people wrote it."""

    system: str
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two rules that cannot both be kept, and why. `second` is the later one in the order given."""

    first: Rule
    second: Rule
    why: str


@dataclass(frozen=True, slots=True)
class _Bound:
    """On which side of a constant a value is."""

    operator: str
    constant: nodes.Constant


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule says of `about`: whether it holds, where its bound is, or how, in words. Two
    that say otherwise of one thing may contradict."""

    about: Hashable
    what: bool | _Bound | str
    rule: Rule


def contradictions(
    systems: Sequence[nodes.System], thresholds: Mapping[str, nodes.Constant]
) -> tuple[Contradiction, ...]:
    """Every pair of rules that contradict each other. `thresholds` are those outside of systems."""
    found: dict[Hashable, list[_Said]] = {}
    for system in systems:
        own = {one.name: one.value for one in system.members if isinstance(one, nodes.Threshold)}
        for said in _rules(system, {**thresholds, **own}):
            found.setdefault(said.about, []).append(said)
    return tuple(
        Contradiction(one.rule, other.rule, why)
        for group in found.values()
        for one, other in combinations(group, 2)
        if (why := _why(one, other)) is not None
    )


def _why(one: _Said, other: _Said) -> str | None:
    match one.what, other.what:
        case bool(), bool():
            return None if one.what == other.what else "whatever it is true of breaks one of them"
        case _Bound() as first, _Bound() as second:
            return "no value is within both" if _disjoint(first, second) else None
        case _:
            return None if one.what == other.what else f"{one.what} here, {other.what} there"


# --- what each rule says ------------------------------------------------------------------


def _rules(system: nodes.System, known: Mapping[str, nodes.Constant]) -> Iterator[_Said]:
    for member in system.members:
        match member:
            case nodes.Always():
                for assertion in member.assertions:
                    yield _claim(system, assertion, known)
            case nodes.Invariant(name=name, operator=str() as operator, bound=bound):
                if bound is not None:
                    text = f"invariant {name} {operator} {constant_text(bound)}"
                    yield _quality(system, name, operator, bound, text, member.span)
            case nodes.Optimise(quality=name, operator=str() as operator, bound=bound):
                if bound is not None and operator in _NEGATED:
                    text = f"optimise {name} {operator} {constant_text(bound)}"
                    yield _quality(system, name, operator, bound, text, member.span)
            case nodes.Threshold(name=name, value=value):
                rule = Rule(system.name, f"threshold {name} = {constant_text(value)}", member.span)
                yield _Said(("threshold", name), constant_text(value), rule)
            case nodes.When() | nodes.Every():
                yield from _following(system, member)


def _quality(
    system: nodes.System,
    name: str,
    operator: str,
    bound: nodes.Constant,
    text: str,
    span: Span | None,
) -> _Said:
    about = ("quality", name, measure(bound))
    return _Said(about, _Bound(operator, bound), Rule(system.name, text, span))


def _claim(
    system: nodes.System, said: nodes.Assertion, known: Mapping[str, nodes.Constant]
) -> _Said:
    words = f"{said.quantifier}({path_text(said.subject)}) {claim_text(said.claim)}"
    rule = Rule(system.name, words, said.span)
    core, holds = said.claim, said.quantifier != "no"
    while isinstance(core, nodes.Not):
        core, holds = core.part, not holds
    if isinstance(core, nodes.Compare):
        bound = _settled(core.right, known)
        if bound is not None:
            operator = core.operator if holds else _NEGATED[core.operator]
            about = ("bound", said.subject, core.left, measure(bound))
            return _Said(about, _Bound(operator, bound), rule)
    return _Said(("claim", said.subject, core), holds, rule)


def _settled(side: nodes.Expression, known: Mapping[str, nodes.Constant]) -> nodes.Constant | None:
    """A constant, or what a threshold's name stands for."""
    if not isinstance(side, nodes.Path):
        return side
    if side.root == THRESHOLD and len(side.fields) == 1:
        return known.get(side.fields[0])
    return None


def _following(system: nodes.System, member: nodes.When | nodes.Every) -> Iterator[_Said]:
    trigger: Hashable = (
        ("when", member.event, member.for_ms)
        if isinstance(member, nodes.When)
        else ("every", member.period, member.at)
    )
    for conditions, one in _obligations(member.body, ()):
        about = (trigger, conditions, one.consequence)
        within = (
            ""
            if one.within_ms is None
            else f" within {constant_text(nodes.Duration(one.within_ms))}"
        )
        what = f"{one.level.value}{within}"
        text = f"{what}: {consequence_text(one.consequence)}"
        yield _Said(about, what, Rule(system.name, text, one.span))


def _obligations(
    body: Sequence[nodes.Follows], under: tuple[Hashable, ...]
) -> Iterator[tuple[tuple[Hashable, ...], nodes.Obligation]]:
    """Every consequence with the conditions and loops that it stands in."""
    for one in body:
        if isinstance(one, nodes.Obligation):
            yield under, one
        elif isinstance(one, nodes.If):
            yield from _obligations(one.body, (*under, one.condition))
        elif isinstance(one, nodes.ForEach):
            yield from _obligations(one.body, (*under, (one.entity, one.condition)))


# --- bounds -------------------------------------------------------------------------------


def _disjoint(one: _Bound, other: _Bound) -> bool:
    """Whether no value keeps both. Both constants measure the same."""
    operator, against = one.operator, other.operator
    a, b = _magnitude(one.constant), _magnitude(other.constant)
    if operator == "==":
        return not _FULFILS[against](a, b)
    if against == "==":
        return not _FULFILS[operator](b, a)
    if operator in ("<", "<=") and against in (">", ">="):
        return not (b < a or (b == a and operator == "<=" and against == ">="))  # type: ignore[operator]
    if operator in (">", ">=") and against in ("<", "<="):
        return _disjoint(other, one)
    return False


def _magnitude(value: nodes.Constant) -> object:
    """A constant as something that others of the same measure are compared with."""
    match value:
        case nodes.Duration(ms):
            return Decimal(ms)
        case nodes.Percent(share):
            return share
        case nodes.Money(amount=amount):
            return amount
        case bool() | str():
            return value
    return Decimal(value)
