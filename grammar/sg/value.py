"""Values that may hold references: what lark read becomes a `Value`, and a `Value` its text.

Called by steps.py, probes.py and resources.py when reading, by render_levels.py when writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from lark import Token, Tree

from grammar.limits import NESTING_LEVELS
from grammar.remarks import Remarks
from grammar.repeated import repeated
from grammar.sg.build import Place, say_argument_twice
from grammar.sg.composition import Given, Listed, Template, Value
from grammar.sg.literal import atom_value, literal_text, text_of, whole
from grammar.sg.syntax import Branch
from grammar.sg.terms import Literal, Reference
from grammar.source import Span

_PART = re.compile(r"\{([^{}]*)\}|[^{}]+")
_REFERENCE = re.compile(r"(?:step[ \t]+([0-9]+)\.)?([A-Za-z_][A-Za-z0-9_]*)(?:\.([0-9]+))?")
_FORM = "braces hold a name, an item as `{nic.0}`, or what a step gave as `{step 1.name}`"


def read_value(branch: Branch, place: Place, depth: int = 0) -> Value:
    """The value of a `word`, `string`, `wide_list` or `reference_word` branch."""
    if branch.data == "wide_list":
        return _list(branch, place, depth)
    token = cast(Token, branch.children[0])
    return text_of(token, place) if branch.data == "string" else _word(token, place)


def _list(branch: Branch, place: Place, depth: int) -> Value:
    if depth >= NESTING_LEVELS:
        span = place.span(*cast(tuple[Token, Token], (branch.children[0], branch.children[-1])))
        place.remarks.say("SG-E108", "a list nested too deep", span, "flatten the list")
        return ()
    inner = [child for child in branch.children if isinstance(child, Tree)]
    return listed(tuple(read_value(child, place, depth + 1) for child in inner))


def listed(items: tuple[Value, ...]) -> Value:
    """The items as a constant if all of them are, otherwise as a `Listed`."""
    if any(isinstance(item, Reference | Template | Listed) for item in items):
        return Listed(items)
    return cast(tuple[Literal, ...], items)


def _word(token: Token, place: Place) -> Value:
    if "{" not in token:
        return atom_value(token, place)
    parts: list[str | Reference] = []
    for found in _PART.finditer(token):
        parts.append(found[0] if found[1] is None else _reference(found, token, place))
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _reference(found: re.Match[str], token: Token, place: Place) -> Reference:
    column = (token.column or 1) + found.start()
    line = (token.line or 1) + place.first - 1
    span = Span(place.remarks.file, line, column, line, column + len(found[0]))
    matched = _REFERENCE.fullmatch(found[1])
    if matched is None:
        place.remarks.say("SG-E211", f"`{found[0]}` is not a reference", span, _FORM)
        return Reference("", span=span)
    step, name, index = matched.groups()
    return Reference(name, whole(index) if index else None, whole(step) if step else None, span)


def read_given(branch: Branch, place: Place) -> Given:
    """`name = value` or `name value`."""
    name, value = cast(tuple[Token, Branch], branch.children)
    first, last = cast(tuple[Token, Token], (value.children[0], value.children[-1]))
    return Given(str(name), read_value(value, place), place.span(name), place.span(first, last))


def say_twice(remarks: Remarks, given: Sequence[Given]) -> None:
    """Complain about each argument that was given before."""
    for one, _ in repeated(given, lambda argument: argument.name):
        say_argument_twice(remarks, one.name, one.span)


def read_loop(branch: Branch, place: Place) -> tuple[str, Value, Span, Span]:
    """Variable and list of a `for` line, and where each is written."""
    _, name, over = cast(tuple[Token | None, Token, Branch], branch.children)
    first, last = cast(tuple[Token, Token], (over.children[0], over.children[-1]))
    return str(name), _over(over, place), place.span(name), place.span(first, last)


def _over(branch: Branch, place: Place) -> Value:
    if branch.data == "reference_word":
        return _word(cast(Token, branch.children[0]), place)
    return _list(branch, place, 0)


def references(value: Value) -> Iterator[Reference]:
    """Every reference in a value, in order."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, Reference))
    elif isinstance(value, Listed):
        for item in value.items:
            yield from references(item)


def leaves(value: Value) -> Iterator[Value]:
    """What a list holds, in order, lists within it included; any other value alone."""
    if isinstance(value, Listed):
        for item in value.items:
            yield from leaves(item)
    elif isinstance(value, tuple):
        for constant in value:
            yield from leaves(constant)
    else:
        yield value


def words(value: Value) -> Iterator[str]:
    """The plain words of a value."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, str))


def value_text(value: Value) -> str:
    """How a value is written; reading it gives the same value."""
    if isinstance(value, Reference):
        step = f"step {value.step}." if value.step is not None else ""
        index = f".{value.index}" if value.index is not None else ""
        return f"{{{step}{value.name}{index}}}"
    if isinstance(value, Template):
        return "".join(part if isinstance(part, str) else value_text(part) for part in value.parts)
    if isinstance(value, Listed):
        return f"[{', '.join(value_text(item) for item in value.items)}]"
    return literal_text(value)
