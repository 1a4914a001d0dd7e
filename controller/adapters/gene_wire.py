"""The format of what a gene's process and the controller say to each other.

Both sides use it: `gene_child` in the process of the gene, `gene_dialogue` in the controller.
A frame is a tag of one byte, a length of four bytes (big-endian) and that many bytes. What the
controller reads is hostile, so `from_json` takes only what every later reader can take too:
JSON in UTF-8 within the bounds of I-JSON (RFC 7493), of a limited depth.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any, Final

from controller.gene_limits import GENE_INTEGER_BITS, GENE_NESTING

HEADER: Final = struct.Struct("!cI")
"""Tag and length of a frame."""

READ_BYTES: Final = 65536
"""Read at once, so that a short frame is one system call."""

REQUEST: Final = b"Q"
"""To the gene: `{"source", "input", "grants": [[operation, [parameter, …]], …]}`."""
ANSWER: Final = b"A"
"""To the gene: `{"result": …}` or `{"refused": reason}`."""
CALL: Final = b"C"
"""From the gene: `{"operation", "arguments": {…}}`."""
RETURNED: Final = b"R"
"""From the gene, its last word: the output, as plain UTF-8."""
DIED: Final = b"D"
"""From the gene, its last word: `{"kind", "reason"}`."""


class Malformed(ValueError):
    """Bytes that are not what a gene's process sends when it is left alone."""


def frame(tag: bytes, payload: bytes) -> bytes:
    """One frame, ready to be written."""
    return HEADER.pack(tag, len(payload)) + payload


_encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def to_json(value: object) -> bytes:
    """A value as JSON in ASCII. Raises `TypeError` or `ValueError` for what JSON cannot hold."""
    return _encode(value).encode("ascii")


def from_json(payload: bytes) -> Any:
    """The value in a hostile payload. Raises `Malformed`, and nothing else."""
    try:
        value = json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from error
    if not _plain(value, GENE_NESTING):
        raise Malformed("JSON outside the bounds of RFC 7493")
    return value


def _plain(value: object, levels: int) -> bool:
    """Whether strings are Unicode, numbers finite and of a common width, nesting shallow."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return value.bit_length() <= GENE_INTEGER_BITS
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return levels > 0 and all(_plain(item, levels - 1) for item in value)
    return (
        isinstance(value, dict)
        and levels > 0
        and all(_plain(key, 0) and _plain(item, levels - 1) for key, item in value.items())
    )
