"""Conditions as the judge reads them: thresholds by value, loops from their entity."""

from __future__ import annotations

from collections.abc import Mapping

from grammar.system import nodes


def settled(
    condition: nodes.Condition, thresholds: Mapping[str, nodes.Constant], loop: str | None = None
) -> nodes.Condition:
    """Thresholds as constants; in a loop, paths from the loop's entity."""

    def path(one: nodes.Path) -> nodes.Path:
        if loop is None or not isinstance(one.root, str) or one.root == loop:
            return one
        return nodes.Path(loop, (one.root, *one.fields))

    def value(one: nodes.Expression) -> nodes.Expression:
        named = isinstance(one, nodes.Path) and one.root == "threshold"
        return thresholds[one.fields[0]] if named else one  # type: ignore[union-attr]

    match condition:
        case nodes.Both():
            return nodes.Both(tuple(settled(p, thresholds, loop) for p in condition.parts))
        case nodes.Either():
            return nodes.Either(tuple(settled(p, thresholds, loop) for p in condition.parts))
        case nodes.Not():
            return nodes.Not(settled(condition.part, thresholds, loop))
        case nodes.Compare():
            right = value(condition.right)
            return nodes.Compare(path(condition.left), condition.operator, right)
        case nodes.Crosses():
            return nodes.Crosses(path(condition.left), value(condition.bound))
        case nodes.Is():
            of = path(condition.subject)
            return nodes.Is(
                of,
                condition.state,
                condition.through,
                condition.for_operator,
                condition.for_ms,
            )
        case nodes.Has():
            return nodes.Has(path(condition.subject), condition.attribute)
        case nodes.Exists():
            return nodes.Exists(path(condition.subject))
    return nodes.Holds(path(condition.subject))


def tests(condition: nodes.Condition) -> list[nodes.Condition]:
    if isinstance(condition, nodes.Both | nodes.Either):
        return [one for part in condition.parts for one in tests(part)]
    return tests(condition.part) if isinstance(condition, nodes.Not) else [condition]
