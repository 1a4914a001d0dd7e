"""Whether the arguments of an operation can be right, before any store is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from controller import limits
from controller.domains.records.operation import CATALOGUE
from controller.domains.world import Json, Operation

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check(operation: Operation) -> str | None:
    """Why an operation's arguments cannot be right, in one line; None if they may be."""
    spec = CATALOGUE.get(operation.name)
    if spec is None:
        return "there is no such operation"
    for parameter in spec.parameters:
        value = operation.arguments.get(parameter.name)
        if value is None:
            if parameter.optional:
                continue
            return f"{parameter.name} is missing"
        problem = _CHECKS[parameter.kind](value)
        if problem is not None:
            return f"{parameter.name} {problem}"
    return None


def _name(value: Json) -> str | None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        return "is not a name: small letters, digits and underscores, a letter first"
    return _too_long(value, limits.PROJECTION_NAME_CHARACTERS)


def _key(value: Json) -> str | None:
    if not isinstance(value, str):
        return "is not text"
    if "\x00" in value or (not value.isascii() and _lone(value)):
        return "contains a character that no store keeps"
    if not value:
        return "is empty"
    return _too_long(value, limits.PROJECTION_KEY_CHARACTERS)


def _prefix(value: Json) -> str | None:
    return None if value == "" else _key(value)


def _lone(text: str) -> bool:
    """True if half of a surrogate pair stands alone, which is no character (RFC 8259, 8.2)."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _node(value: Json) -> str | None:
    if not isinstance(value, str) or _name(value.partition("/")[0]) or "/" not in value:
        return "is not a node: it is written label/key"
    return _key(value)


def _row(value: Json) -> str | None:
    if not isinstance(value, dict):
        return "is not an object"
    text = json.dumps(value)
    return _too_long(text, limits.PROJECTION_ROW_CHARACTERS)


def _keys(value: Json) -> str | None:
    return _each(value, lambda one: _key(one) and "has a key that is none")


def _rows(value: Json) -> str | None:
    return _each(value, lambda one: _entry(one, {"key": _key, "row": _row, "events": _events}))


def _edges(value: Json) -> str | None:
    return _each(
        value, lambda one: _entry(one, {"source": _node, "target": _node, "events": _events})
    )


def _events(value: Json) -> str | None:
    return _each(value, _key) if value else "names no event"


def _each(value: Json, check_one: Callable[[Json], str | None]) -> str | None:
    if not isinstance(value, list):
        return "is not a list"
    return next((problem for one in value if (problem := check_one(one))), None)


def _entry(value: Json, parts: Mapping[str, Callable[[Json], str | None]]) -> str | None:
    if not isinstance(value, dict) or value.keys() != parts.keys():
        return f"has an entry that is not {{{', '.join(parts)}}}"
    for name, check_part in parts.items():
        problem = check_part(value[name])
        if problem is not None:
            return f"has an entry whose {name} {problem}"
    return None


def _number(value: Json) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return None if good else "is not a number from 1"


def _flag(value: Json) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _too_long(text: str, most: int) -> str | None:
    return None if len(text) <= most else f"has {len(text)} characters, more than {most}"


_CHECKS: Final[Mapping[str, Callable[[Json], str | None]]] = {
    "name": _name,
    "key": _key,
    "prefix": _prefix,
    "node": _node,
    "event": _key,
    "record": _row,
    "keys": _keys,
    "rows": _rows,
    "edges": _edges,
    "int": _number,
    "bool": _flag,
}
