"""Constants: text to value, value to text, and which type a value fits.

Called by build.py when reading, by check.py for arguments and by render.py when writing.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from lark import Token, Tree

from grammar.limits import INTEGER_BITS, NESTING_LEVELS
from grammar.sg.syntax import Branch
from grammar.sg.terms import Literal, TypeRef
from grammar.source import Span

if TYPE_CHECKING:
    from grammar.sg.build import Place

_ATOM = re.compile(r"[A-Za-z0-9_.:/@%+-]+")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?")
_UNSEEN = re.compile(r"[\x7f-\x9f]")
_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WORDS: dict[str, Literal] = {"true": True, "false": False, "null": None}
_LARGEST = 2 ** (INTEGER_BITS - 1) - 1
_DIGITS = len(str(_LARGEST))


def literal(branch: Branch, place: Place, depth: int = 0) -> Literal:
    """The value of an `atom`, `string` or `list` branch."""
    if branch.data == "list":
        return _list(branch, place, depth)
    token = branch.children[0]
    assert isinstance(token, Token)
    return text_of(token, place) if branch.data == "string" else atom_value(token, place)


def _list(branch: Branch, place: Place, depth: int) -> Literal:
    inner = [child for child in branch.children if isinstance(child, Tree)]
    if depth >= NESTING_LEVELS:
        place.remarks.say(
            "SG-E108", "a list nested too deep", value_span(branch, place), "flatten the list"
        )
        return ()
    return tuple(literal(child, place, depth + 1) for child in inner)


def value_span(branch: Branch, place: Place) -> Span:
    """Where a value is written, braces and brackets included."""
    first, last = branch.children[0], branch.children[-1]
    assert isinstance(first, Token)
    assert isinstance(last, Token)
    return place.span(first, last)


def atom_value(token: Token, place: Place) -> Literal:
    """The value of an unquoted word; 0 after a complaint about a number out of range."""
    value = value_of(token)
    if isinstance(value, int | float) and not _in_range(value):
        place.remarks.say(
            "SG-E142", "the number is out of range", place.span(token), 'write text as `"…"`'
        )
        return 0
    return value


def value_of(atom: str) -> Literal:
    """What an unquoted word stands for: a truth value, `null`, a number, or itself."""
    if atom in _WORDS:
        return _WORDS[atom]
    if _INTEGER.fullmatch(atom):
        size = whole(atom.lstrip("+-"))
        return -size if atom.startswith("-") else size
    return float(atom) if _NUMBER.fullmatch(atom) else str(atom)


def _in_range(value: int | float) -> bool:
    return abs(value) <= _LARGEST if isinstance(value, int) else math.isfinite(value)


def whole(digits: str) -> int:
    """The number that digits stand for, or one beyond the largest if they are too many."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS else _LARGEST + 1


def text_of(token: Token, place: Place) -> str:
    """The text that a token in double quotes stands for; escapes as in JSON (RFC 8259)."""
    if "\\" not in token:
        return str(token[1:-1])
    try:
        value = json.loads(token, strict=False)
        value.encode("utf-8")
    except (json.JSONDecodeError, UnicodeEncodeError):
        place.remarks.say(
            "SG-E141",
            "an escape that means nothing",
            place.span(token),
            'write \\" for a quote and \\\\ for a backslash',
        )
        return str(token[1:-1])
    assert isinstance(value, str)
    return value


def duration_ms(token: Token, place: Place) -> int:
    """Milliseconds of `500ms`, `30s`, `5m`, `2h` or `7d`; 0 after a complaint."""
    matched = _DURATION.fullmatch(token)
    if matched is None:
        place.remarks.say(
            "SG-E135",
            f"`{token[:40]}` is not a duration",
            place.span(token),
            "a duration is a number and ms, s, m, h or d: `30s`",
        )
        return 0
    value = whole(matched[1]) * _UNIT_MS[matched[2]]
    if value > _LARGEST:
        place.remarks.say("SG-E142", "the duration is out of range", place.span(token), None)
        return 0
    return value


def duration_text(value_ms: int) -> str:
    """The shortest way to write a duration: the largest unit that divides it."""
    for unit, size_ms in reversed(_UNIT_MS.items()):
        if value_ms and value_ms % size_ms == 0:
            return f"{value_ms // size_ms}{unit}"
    return "0s"


def fits(value: Literal, type_ref: TypeRef) -> bool:
    """True when a constant is a value of the type. No constant is a record."""
    if value is None:
        return type_ref.optional
    if type_ref.is_list:
        element = TypeRef(type_ref.name)
        if not isinstance(value, tuple) or not holds(type_ref, len(value)):
            return False
        return all(fits(item, element) for item in value)
    if isinstance(value, tuple):
        return False
    return type_ref.name in types_of(value)


def holds(type_ref: TypeRef, count: int) -> bool:
    """True when a list of the type may have this many items."""
    return type_ref.least <= count and (type_ref.most is None or count <= type_ref.most)


def types_of(value: str | int | float | bool) -> tuple[str, ...]:
    """The basic types that a constant is a value of, the closest first."""
    if isinstance(value, bool):
        return ("bool",)
    if isinstance(value, int):
        return ("int", "float")
    return ("float",) if isinstance(value, float) else ("string",)


def literal_text(value: Literal) -> str:
    """How a constant is written; reading it gives the same constant."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(literal_text(item) for item in value)}]"
    if isinstance(value, str):
        return value if _is_bare(value) else quoted(value)
    return repr(value)


def quoted(text: str) -> str:
    """Text in double quotes, with control characters escaped."""
    escaped = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def _is_bare(text: str) -> bool:
    return bool(_ATOM.fullmatch(text)) and not (
        text in _WORDS or _INTEGER.fullmatch(text) or _NUMBER.fullmatch(text)
    )
