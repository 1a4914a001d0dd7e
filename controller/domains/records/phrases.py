"""The records domain's one phrase: which events a projection follows and keeps within reach.

    - Every interaction.logged event is reachable
    - Every deal.* event is reachable

The sentences under a projection's `after:` name the events that its alleles are handed; before
one of them goes live, every data point of those events must be found in what it built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

REACHABLE: Final = "Every {type} event is reachable"
"""As it is told to people. `type` is `noun.verb`, or `noun.*` for all about a noun."""

_REACHABLE = re.compile(
    r"every\s+(?P<type>[a-z][a-z0-9_]*\.(?:[a-z][a-z0-9_]*|\*))\s+event\s+is\s+reachable\.?",
    re.IGNORECASE,
)


def event_type(sentence: str) -> str | None:
    """The type of event that a sentence speaks of; None if it is no such sentence."""
    found = _REACHABLE.fullmatch(sentence.strip())
    return found["type"].lower() if found else None


def event_types(sentences: Iterable[str]) -> tuple[str, ...]:
    """The types of events that sentences speak of, each once."""
    found = (event_type(sentence) for sentence in sentences)
    return tuple(dict.fromkeys(kind for kind in found if kind is not None))
