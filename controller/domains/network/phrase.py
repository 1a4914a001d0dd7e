"""What a phrase is, and what it is judged by. The lists of phrases are made of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from controller.domains.network.state import Link, World
from controller.domains.world import Answer, JsonObject

Found = tuple[Optional[bool], str]
"""Whether it holds (None: nobody can tell from what is known), and what was found."""


@dataclass(frozen=True, slots=True)
class View:
    """What one reading of a phrase is judged by.

    `names` are what fills its slots, `values` all that the contract's gene took and gave,
    `before` and `now` the world, `answers` what the world told the gene in between.
    """

    names: Mapping[str, str]
    before: World
    now: World
    values: JsonObject
    answers: Sequence[Answer] = ()

    def link(self, slot: str) -> Link | None:
        """The host's interface in a slot, as it is now."""
        return self.now.subject.link(self.names[slot])


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that means something: how it may be said, when it holds, how to make it so.

    `text` is how it is told to people. `wordings` are in the form that `phrases_wording` reads.
    `arrange` gives a world like the view's `now` in which it holds, or None where it cannot.
    With `some`, a single noun that stands for a list speaks of any of them.
    """

    text: str
    wordings: tuple[str, ...]
    holds: Callable[[View], Found]
    arrange: Callable[[View], World | None] | None = None
    some: bool = False


def opposite(holds: Callable[[View], Found]) -> Callable[[View], Found]:
    """The predicate that holds when the other does not."""

    def denied(view: View) -> Found:
        found, detail = holds(view)
        return None if found is None else not found, detail

    return denied


def listed(things: Sequence[str]) -> str:
    """Things in a sentence."""
    return ", ".join(things) or "none"
