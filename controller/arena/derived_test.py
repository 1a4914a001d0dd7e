"""The verdict of one derived test, and how it is worded. Made by `derive`, shown by `trials`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from controller.domains.world import Json, JsonObject

MAX_EVIDENCE = 3
"""Lines of evidence of one test: the first ones tell the story."""

Outcome = Literal["passed", "failed", "untested"]


@dataclass(frozen=True, slots=True)
class DerivedTest:
    """One test's verdict. `name` is a sentence, `section` the part of the contract it is from.

    `untested` means that nothing executable could be made of the contract's sentence.
    """

    name: str
    section: str
    outcome: Outcome
    evidence: tuple[str, ...]


def tested(name: str, section: str, wrong: Sequence[str], fine: Sequence[str]) -> DerivedTest:
    """Failed if anything is wrong; the evidence is that, or what was found to be fine."""
    evidence = tuple(dict.fromkeys(wrong or fine))[:MAX_EVIDENCE]
    return DerivedTest(name, section, "failed" if wrong else "passed", evidence)


def untested(name: str, section: str, why: str) -> DerivedTest:
    """Nothing could be tried, for a reason that a person can change."""
    return DerivedTest(name, section, "untested", (why,))


def lowered(sentence: str) -> str:
    """A sentence in the middle of another one: its first word small, unless it is a name."""
    text = sentence.strip().rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def given(values: JsonObject) -> str:
    """An input in a sentence."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def told(value: Json) -> str:
    """A value as it is said."""
    return json.dumps(value)
