"""What is to happen to a draft's branch that is in two places: here and at the forge.

Three values decide, as in a three-way merge: where the branch is here, where it is there, and where
it was when both last agreed. Called by `stories/exchange`.
"""

from __future__ import annotations

from enum import Enum


class Step(Enum):
    """The next step for one branch."""

    KEEP = "both sides agree and know it"
    AGREE = "both sides agree: remember that"
    PUSH = "ours is newer"
    FOLLOW = "theirs is newer; what a person did there stands, also against what we did meanwhile"
    WITHDRAW = "we are done with it: delete it there once nobody reviews it"
    GONE = "somebody deleted it there"


def next_step(here: str | None, agreed: str | None, there: str | None) -> Step:
    """The step for a branch at these commits; None where it is not."""
    if here == there:
        return Step.KEEP if agreed == here else Step.AGREE
    if there == agreed:
        return Step.WITHDRAW if here is None else Step.PUSH
    return Step.GONE if there is None else Step.FOLLOW
