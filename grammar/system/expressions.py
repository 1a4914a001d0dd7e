"""Paths, calls, constants and conditions: what lark read becomes nodes. Called by read.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from lark import Token, Tree

from grammar.limits import INTEGER_BITS, NESTING_LEVELS
from grammar.repeated import repeated
from grammar.sg.build import Place, say_argument_twice
from grammar.sg.literal import duration_ms, text_of
from grammar.sg.syntax import Branch
from grammar.system import nodes

_MONEY = re.compile(r"([$€£¥])([0-9.]+)(?:/([A-Za-z]+))?")
PERIODS = ("hour", "day", "week", "month", "year")
"""What money may be spent per, and what may happen every."""
_LARGEST = 2 ** (INTEGER_BITS - 1) - 1
_TRUTH = {"true": True, "false": False}


def tokens(branch: Branch) -> list[Token]:
    """The words of a branch."""
    return [child for child in branch.children if isinstance(child, Token)]


def constant(token: Token, place: Place) -> nodes.Constant:
    """A number, text, duration, share or amount of money."""
    if token.type == "QUANTITY":
        return nodes.Duration(duration_ms(token, place))
    if token.type == "STRING":
        return text_of(token, place)
    if token.type == "PERCENT":
        return nodes.Percent(Decimal(token[:-1]))
    return money(token, place) if token.type == "MONEY" else _number(token, place)


def money(token: Token, place: Place) -> nodes.Money:
    """`$200/month`."""
    found = _MONEY.fullmatch(token)
    assert found is not None
    currency, amount, per = found.groups()
    if per is not None and per not in PERIODS:
        hint = "money is spent per hour, day, week, month or year"
        place.remarks.say("SG-E171", f"unknown period `{per}`", place.span(token), hint)
    return nodes.Money(currency, Decimal(amount), per)


def _number(token: Token, place: Place) -> int | Decimal:
    value = Decimal(token)
    if abs(value) > _LARGEST:
        place.remarks.say("SG-E142", "the number is out of range", place.span(token), None)
        return 0
    return value if "." in token else int(value)


def path(branch: Branch, place: Place) -> nodes.Path:
    """`a.b.c` or `f(x).c`."""
    return _path(branch, place, 0)


def _path(branch: Branch, place: Place, depth: int) -> nodes.Path:
    first, *rest = branch.children
    fields = tuple(str(child) for child in rest)
    last = cast(Token, rest[-1]) if rest else None
    if isinstance(first, Token):
        return nodes.Path(str(first), fields, place.span(first, last))
    call = _call(first, place, depth)
    return nodes.Path(call, fields, call.span)


def consequence(branch: Branch, place: Place) -> nodes.Invocation:
    """`name` or `name(…)`."""
    return _call(branch, place, 0)


def _call(branch: Branch, place: Place, depth: int) -> nodes.Invocation:
    name = cast(Token, branch.children[0])
    arguments = [
        _argument(child, place, depth + 1)
        for child in branch.children[1:]
        if isinstance(child, Tree)
    ]
    for one, _ in repeated(arguments, lambda argument: argument.name):
        say_argument_twice(place.remarks, str(one.name), one.span)
    return nodes.Invocation(str(name), tuple(arguments), place.span(name))


def _argument(branch: Branch, place: Place, depth: int) -> nodes.Passed:
    name, value = cast(tuple[Token | None, Token | Branch], branch.children)
    first = next(_leaves(branch))
    given = _expression(value, place, depth)
    return nodes.Passed(None if name is None else str(name), given, place.span(first))


def _leaves(branch: Branch) -> Iterator[Token]:
    for child in branch.children:
        if isinstance(child, Token):
            yield child
        elif child is not None:
            yield from _leaves(child)


def expression(child: Token | Branch, place: Place) -> nodes.Expression:
    """A path, or a constant."""
    return _expression(child, place, 0)


def _expression(child: Token | Branch, place: Place, depth: int) -> nodes.Expression:
    if isinstance(child, Token):
        return constant(child, place)
    found = _path(child, place, depth)
    if isinstance(found.root, str) and not found.fields and found.root in _TRUTH:
        return _TRUTH[found.root]
    return found


def condition(branch: Branch, place: Place, depth: int = 0) -> nodes.Condition:
    """A condition, or the claim of an assertion, whose subject is `SUBJECT`."""
    kind = branch.data.removeprefix("claim_")
    if depth > NESTING_LEVELS:
        span = place.span(next(_leaves(branch)))
        place.remarks.say("SG-E108", "a condition nested too deep", span, "say it in parts")
        return nodes.Holds(nodes.SUBJECT)
    inner = [child for child in branch.children if isinstance(child, Tree)]
    if kind in ("both", "either"):
        made = nodes.Both if kind == "both" else nodes.Either
        return made(tuple(condition(child, place, depth + 1) for child in inner))
    if kind == "not":
        return nodes.Not(condition(inner[0], place, depth + 1))
    return _test(branch, kind, place)


def _test(branch: Branch, kind: str, place: Place) -> nodes.Condition:
    claimed = branch.data.startswith("claim_")
    children = branch.children if claimed else branch.children[1:]
    subject = nodes.SUBJECT if claimed else path(cast(Branch, branch.children[0]), place)
    if kind == "compare":
        operator, right = cast(tuple[Token, Token | Branch], children)
        return nodes.Compare(subject, str(operator), expression(right, place))
    if kind == "crosses":
        return nodes.Crosses(subject, expression(cast(Branch, children[0]), place))
    if kind == "is":
        return _is(subject, children, place)
    if kind in ("has", "has_attribute"):
        return nodes.Has(subject, str(children[0]))
    return nodes.Exists(subject) if kind == "exists" else nodes.Holds(subject)


def _is(subject: nodes.Path, children: list[Token | Branch], place: Place) -> nodes.Is:
    state, through, time = cast(tuple[Token, Branch, Branch], children)
    (by,) = through.children
    operator, quantity = cast(tuple[Token | None, Token | None], time.children)
    return nodes.Is(
        subject,
        str(state),
        None if by is None else str(by),
        "" if operator is None else str(operator),
        None if quantity is None else duration_ms(quantity, place),
    )
