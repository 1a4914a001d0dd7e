"""Names in conditions become what they stand for: thresholds their constants, the subject of a
claim the thing that it is made of. Called by compile.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    return _with_paths(claim, lambda path: subject if path == nodes.SUBJECT else path)


def of_loop(condition: nodes.Condition, entity: str) -> nodes.Condition:
    """The condition of a loop, which speaks of the loop's entity: `interactions.count` is
    `customer.interactions.count`."""

    def whole(path: nodes.Path) -> nodes.Path:
        if not isinstance(path.root, str) or path.root == entity:
            return path
        return nodes.Path(entity, (path.root, *path.fields))

    return _with_paths(condition, whole)


def _with_paths(
    condition: nodes.Condition, changed: Callable[[nodes.Path], nodes.Path]
) -> nodes.Condition:
    """A condition with other paths in place of those that its tests are about."""
    match condition:
        case nodes.Both() | nodes.Either():
            parts = tuple(_with_paths(part, changed) for part in condition.parts)
            return replace(condition, parts=parts)
        case nodes.Not():
            return replace(condition, part=_with_paths(condition.part, changed))
        case nodes.Compare() | nodes.Crosses():
            return replace(condition, left=changed(condition.left))
    return replace(condition, subject=changed(condition.subject))
