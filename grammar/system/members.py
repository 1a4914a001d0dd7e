"""The members of a system: from the heads of their clauses to nodes. Called by read.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from lark import Token, Tree

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.repeated import repeated
from grammar.sg.literal import duration_ms
from grammar.sg.syntax import Branch
from grammar.source import Span
from grammar.system import nodes
from grammar.system.expressions import PERIODS, condition, constant, money, path, tokens
from grammar.system.follows import follows

if TYPE_CHECKING:
    from grammar.system.read import Head, Reader

_QUANTIFIERS: Final = ("every", "no", "some")
_TIME = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")
EVOLVED: Final = nodes.Path("intent", ("evolved",))
"""The event of an intent that changed; only it has a backfill policy."""


def member(reader: Reader, head: Head) -> nodes.Member | None:
    """The node of a member, or None if its head could not be read.

    What is between its braces is read in any case, for what is wrong there.
    """
    return _MEMBERS[head.keyword](reader, head)


def _invariant(_reader: Reader, head: Head) -> nodes.Invariant | None:
    if head.branch is None:
        return None
    name, *bound = tokens(head.branch)
    if not bound:
        return nodes.Invariant(str(name), span=head.place.span(name))
    value = constant(bound[1], head.place)
    return nodes.Invariant(str(name), str(bound[0]), value, head.place.span(name))


def _threshold(_reader: Reader, head: Head) -> nodes.Threshold | None:
    if head.branch is None:
        return None
    name, value = tokens(head.branch)
    return nodes.Threshold(str(name), constant(value, head.place), head.place.span(name))


def _optimise(_reader: Reader, head: Head) -> nodes.Optimise | None:
    if head.branch is None:
        return None
    quality, *rest = head.branch.children
    span = head.place.span(cast(Token, quality))
    if isinstance(rest[0], Tree):
        budget = money(cast(Token, rest[0].children[0]), head.place)
        return nodes.Optimise(str(quality), None, "within", budget, span)
    if len(rest) == 2:
        bound = constant(cast(Token, rest[1]), head.place)
        return nodes.Optimise(str(quality), None, str(rest[0]), bound, span)
    return nodes.Optimise(str(quality), str(rest[0]), span=span)


def _named(reader: Reader, head: Head) -> dict[str, list[Head]]:
    """The clauses of a block that could be read, by keyword."""
    found: dict[str, list[Head]] = {}
    for inner in reader.heads(head.keyword, head.clause.body or []):
        if inner.branch is not None:
            found.setdefault(inner.keyword, []).append(inner)
    return found


def _names(heads: Iterable[Head]) -> tuple[nodes.Names, ...]:
    found: list[nodes.Names] = []
    for head in heads:
        assert head.branch is not None
        names = tuple(
            str(child)
            if isinstance(child, Token)
            else "".join(str(part) for part in child.children if part is not None)
            for child in head.branch.children
        )
        found.append(nodes.Names(names, _first(head.branch, head)))
    return tuple(found)


def _first(branch: Branch, head: Head) -> Span:
    child = branch.children[0]
    token = child if isinstance(child, Token) else cast(Token, child.children[0])
    return head.place.span(token)


def _capability(reader: Reader, head: Head) -> nodes.Capability | None:
    inner = _named(reader, head)
    if head.branch is None:
        return None
    name = tokens(head.branch)[0]
    properties = [_property(one) for one in inner.get("property", [])]
    return nodes.Capability(
        str(name),
        _names(inner.get("accepts", [])),
        _names(inner.get("produces", [])),
        tuple(properties),
        head.place.span(name),
        head.end,
    )


def _property(head: Head) -> nodes.Property:
    assert head.branch is not None
    name, unless = cast(tuple[Token, Token | None], head.branch.children)
    span = head.place.span(name)
    return nodes.Property(str(name), None if unless is None else str(unless), span)


def _entity(reader: Reader, head: Head) -> nodes.Entity | None:
    inner = _named(reader, head)
    immutable, place = _immutable(reader.remarks, inner.get("immutable", []))
    if head.branch is None:
        return None
    name = tokens(head.branch)[0]
    entity = nodes.Entity(
        str(name),
        _names(inner.get("belongs_to", [])),
        immutable,
        _names(inner.get("has", [])),
        _names(inner.get("rule", [])),
        head.place.span(name),
        head.end,
        place,
    )
    _say_attributes_twice(reader.remarks, entity)
    return entity


def _immutable(remarks: Remarks, heads: list[Head]) -> tuple[bool | None, Span | None]:
    for head in heads[1:]:
        hint = f"it was given in line {heads[0].span.line}"
        remarks.say("SG-E118", "`immutable:` is given twice", head.span, hint)
    for head in heads[:1]:
        assert head.branch is not None
        (token,) = tokens(head.branch)
        if token not in ("true", "false"):
            span = head.place.span(token)
            meant = did_you_mean(token, ("true", "false"), "write `immutable: true`")
            remarks.say("SG-E168", f"`{token}` is not a truth value", span, meant)
        return token == "true", head.span
    return None, None


def _say_attributes_twice(remarks: Remarks, entity: nodes.Entity) -> None:
    written = [
        (name.removesuffix("[]"), somewhere(group.span))
        for group in entity.has
        for name in group.names
    ]
    for (name, span), (_, first) in repeated(written, lambda attribute: attribute[0]):
        hint = f"it was given in line {first.line}"
        remarks.say("SG-E202", f"attribute `{name}` is given twice", span, hint)


def _when(reader: Reader, head: Head) -> nodes.When | None:
    body = follows(reader, head)
    if head.branch is None:
        return None
    event, quantity = cast(tuple[Branch, Token | None], head.branch.children)
    trigger = path(event, head.place)
    lasting = None if quantity is None else duration_ms(quantity, head.place)
    for one in body:
        if isinstance(one, nodes.BackfillPolicy) and trigger != EVOLVED:
            hint = "write it in `when intent.evolved {`"
            message = "only an evolved intent has a backfill policy"
            reader.remarks.say("SG-E163", message, somewhere(one.span), hint)
    return nodes.When(trigger, lasting, body, head.span, head.end)


def _every(reader: Reader, head: Head) -> nodes.Every | None:
    body = follows(reader, head)
    if head.branch is None:
        return None
    period, at = cast(tuple[Token, Token | Branch | None], head.branch.children)
    when: str | nodes.Duration = str(period)
    if period.type == "QUANTITY":
        when = nodes.Duration(duration_ms(period, head.place))
    elif period not in PERIODS:
        hint = did_you_mean(period, PERIODS, f"a period is {listing(PERIODS)}, or as `15m`")
        span = head.place.span(period)
        reader.remarks.say("SG-E171", f"unknown period `{period}`", span, hint)
    return nodes.Every(when, _at(head, at), body, head.span, head.end)


def _at(head: Head, at: Token | Branch | None) -> str | nodes.Path | None:
    if at is None or isinstance(at, Tree):
        return None if at is None else path(at, head.place)
    if not _TIME.fullmatch(at):
        hint = "a time of day is written `09:00`"
        span = head.place.span(at)
        head.place.remarks.say("SG-E171", f"`{at}` is not a time of day", span, hint)
    return str(at)


def _always(reader: Reader, head: Head) -> nodes.Always:
    inner = _named(reader, head).get("assert", [])
    found = tuple(_assertion(reader.remarks, one) for one in inner)
    return nodes.Always(found, head.span, head.end)


def _assertion(remarks: Remarks, head: Head) -> nodes.Assertion:
    assert head.branch is not None
    quantifier, subject, claim = cast(tuple[Token, Branch, Branch], head.branch.children)
    if quantifier not in _QUANTIFIERS:
        hint = did_you_mean(quantifier, _QUANTIFIERS, f"write {listing(_QUANTIFIERS)}")
        span = head.place.span(quantifier)
        remarks.say("SG-E174", f"unknown quantifier `{quantifier}`", span, hint)
    made = condition(claim, head.place)
    return nodes.Assertion(str(quantifier), path(subject, head.place), made, head.span)


_MEMBERS: Final[Mapping[str, Callable[[Reader, Head], nodes.Member | None]]] = {
    "invariant": _invariant,
    "capability": _capability,
    "optimise": _optimise,
    "entity": _entity,
    "threshold": _threshold,
    "when": _when,
    "every": _every,
    "always": _always,
}


def say_twice(remarks: Remarks, members: tuple[nodes.Member, ...]) -> None:
    """Complain about each entity, capability, invariant or threshold that is there already."""
    named = [
        one
        for one in members
        if not isinstance(one, nodes.When | nodes.Every | nodes.Always | nodes.Optimise)
    ]
    for one, first in repeated(named, lambda member: (type(member), member.name)):
        noun, span = type(one).__name__.lower(), somewhere(one.span)
        hint = f"it was given in line {somewhere(first.span).line}; make them one"
        remarks.say("SG-E250", f"{noun} `{one.name}` is given twice", span, hint)
