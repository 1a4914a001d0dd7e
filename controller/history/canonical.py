"""Canonical JSON (RFC 8785), at the speed of a log.

Decides when an encoder in C gives the canonical text and when the reference implementation
has to: msgspec sorts members by code point and writes whole numbers, text, true, false and
null as RFC 8785 does, but it writes floats in another form, NaN as null, and sorts beyond the
basic plane differently. Called for every event that is recorded or verified.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
import rfc8785

from controller.domains.world import Json

_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_WHOLE_MAX: Final = 2**53 - 1
"""The largest whole number that RFC 8785 can write: beyond it a double is not exact."""
_BEYOND_THE_BASIC_PLANE = re.compile(rb"[\xf0-\xf4]").search
"""The first byte of UTF-8 text that sorts by its surrogates."""


class NotCanonical(ValueError):
    """A value that has no canonical JSON text, or none that reads back as that value."""


def is_canonical(value: Json, text: bytes) -> bool:
    """Whether the text that msgspec makes of a value, members sorted, is the canonical one.

    `text` may have more around it, of which the same is asked.
    """
    return _is_plain(value) and (text.isascii() or not _BEYOND_THE_BASIC_PLANE(text))


def canonical(value: Json) -> bytes:
    """The canonical text of a JSON value. Raises `NotCanonical`."""
    try:
        text = _ENCODE(value)
        if is_canonical(value, text):
            return text
        exact = rfc8785.dumps(value)
        if rfc8785.dumps(msgspec.json.decode(exact)) == exact:
            return exact
    except (ValueError, TypeError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise NotCanonical(str(error)) from error
    raise NotCanonical("a number does not read back as it was written")


def _is_plain(value: Json) -> bool:
    """Nothing in it but text, whole numbers that are exact, true, false and null."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -_WHOLE_MAX <= value <= _WHOLE_MAX  # type: ignore[operator]
    if kind is dict:
        return all(map(_is_plain, value.values()))  # type: ignore[union-attr]
    return kind is list and all(map(_is_plain, value))  # type: ignore[arg-type]
