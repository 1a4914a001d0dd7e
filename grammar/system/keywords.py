"""The keywords of a system, and which may stand between whose braces. Called by cut.py, read.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BLOCKS: Final = ("system", "capability", "entity", "when", "every", "for", "if", "always")
"""Keywords whose clause has braces."""
LABELS: Final = (
    "must",
    "should",
    "could",
    "within",
    "fallback",
    "requires",
    "accepts",
    "produces",
    "property",
    "has",
    "belongs_to",
    "rule",
    "immutable",
    "assert",
    "backfill_policy",
)
"""Keywords that a colon follows."""
PLAIN: Final = ("invariant", "optimise", "threshold")
"""Keywords of one line without a colon."""
KEYWORDS: Final = (*BLOCKS, *LABELS, *PLAIN)

LEVELS: Final = ("must", "should", "could")
CLAUSES: Final = ("within", "fallback", "requires")
"""What may follow an obligation."""
_FOLLOWS: Final = (*LEVELS, *CLAUSES, "if", "for")
MEMBERS: Final = (
    "invariant",
    "capability",
    "optimise",
    "entity",
    "threshold",
    "when",
    "every",
    "always",
)

ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "system": MEMBERS,
    "capability": ("accepts", "produces", "property"),
    "entity": ("belongs_to", "immutable", "has", "rule"),
    "when": (*_FOLLOWS, "backfill_policy"),
    "every": _FOLLOWS,
    "for": _FOLLOWS,
    "if": _FOLLOWS,
    "always": ("assert",),
}
"""Keyword of a block → keywords that may stand in it."""


def shown(keyword: str) -> str:
    """A keyword as it is written, with its colon if it has one."""
    return f"{keyword}:" if keyword in LABELS else keyword
