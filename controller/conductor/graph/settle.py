"""Names in conditions become what they stand for: thresholds their constants, the subject of a
claim the thing that it is made of. Called by compile.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from grammar.system import nodes
from grammar.system.measures import THRESHOLD


def settle(
    condition: nodes.Condition, thresholds: Mapping[str, nodes.Constant]
) -> tuple[nodes.Condition, tuple[str, ...]]:
    """The condition with constants for `threshold.…`, and the names that have none."""
    missing: list[str] = []

    def value(side: nodes.Expression) -> nodes.Expression:
        if not isinstance(side, nodes.Path) or side.root != THRESHOLD or len(side.fields) != 1:
            return side
        if side.fields[0] not in thresholds:
            missing.append(side.fields[0])
            return side
        return thresholds[side.fields[0]]

    def settled(one: nodes.Condition) -> nodes.Condition:
        match one:
            case nodes.Both() | nodes.Either():
                return replace(one, parts=tuple(settled(part) for part in one.parts))
            case nodes.Not():
                return replace(one, part=settled(one.part))
            case nodes.Compare():
                return replace(one, right=value(one.right))
            case nodes.Crosses():
                return replace(one, bound=value(one.bound))
        return one

    return settled(condition), tuple(dict.fromkeys(missing))


def spoken_of(claim: nodes.Condition, subject: nodes.Path) -> nodes.Condition:
    """A claim with the thing that it is made of for `SUBJECT`."""
    match claim:
        case nodes.Both() | nodes.Either():
            return replace(claim, parts=tuple(spoken_of(part, subject) for part in claim.parts))
        case nodes.Not():
            return replace(claim, part=spoken_of(claim.part, subject))
        case nodes.Compare() | nodes.Crosses():
            return replace(claim, left=subject) if claim.left == nodes.SUBJECT else claim
    return replace(claim, subject=subject) if claim.subject == nodes.SUBJECT else claim
