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
_BEYOND = re.compile(rb"[:\[,](?:-?\d+[.eE]|-?\d{16})|^-?\d+[.eE\d]|[\xf0-\xf4]").search
"""What may be a float, a whole number near 2^53, or text that sorts by its surrogates."""


class NotCanonical(ValueError):
    """A value that has no canonical JSON text, or none that reads back as that value."""


def canonical(value: Json) -> bytes:
    """The canonical text of a JSON value. Raises `NotCanonical`."""
    try:
        text = _ENCODE(value)
        if _BEYOND(text) is None and (b"null" not in text or not _has_float(value)):
            return text
        exact = rfc8785.dumps(value)
        if rfc8785.dumps(msgspec.json.decode(exact)) == exact:
            return exact
    except (ValueError, TypeError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise NotCanonical(str(error)) from error
    raise NotCanonical("a number does not read back as it was written")


def _has_float(value: Json) -> bool:
    """A float hides behind `null` only as NaN or infinity."""
    if isinstance(value, dict):
        return any(_has_float(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(_has_float(each) for each in value)
    return isinstance(value, float)
