"""Whether one bound or condition is stricter than another. Called to judge changes of systems.

Sound, not complete: `True` is always right, `False` may also mean that it cannot be told.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from typing import Final

from grammar.system import nodes
from grammar.system.nodes import Both, Compare, Condition, Constant, Either, Is, Not

_MIRRORED: Final = {">": "<", ">=": "<="}
_TESTS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
    "==": operator.eq,
}
_AT_MOST: Final = ("<=", "within")


def bound_implies(operator_: str, bound: Constant, wide: str, wider: Constant) -> bool:
    """True if whatever is `operator_ bound` is `wide wider` too, as `< 3s` is `<= 5s`."""
    (unit, value), (other_unit, limit) = _measure(bound), _measure(wider)
    strict, loose = (("<=" if op in _AT_MOST else op) for op in (operator_, wide))
    if (unit, value, strict) == (other_unit, limit, loose):
        return True
    if unit != other_unit or value is None or limit is None:
        return False
    if strict == "==":
        return _TESTS[loose](value, limit)
    if strict in _MIRRORED:
        strict, value, limit = _MIRRORED[strict], -value, -limit
        loose = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(loose, loose)
    closed = strict == "<="
    match strict, loose:
        case (("<" | "<="), "<"):
            return value < limit if closed else value <= limit
        case (("<" | "<="), "<="):
            return value <= limit
        case (("<" | "<="), "!="):
            return value < limit if closed else value <= limit
    return False


def _measure(constant: Constant) -> tuple[Hashable, Decimal | None]:
    """Unit and amount; of what has no amount, the value itself as its unit."""
    match constant:
        case nodes.Duration():
            return "ms", Decimal(constant.ms)
        case nodes.Percent():
            return "%", constant.value
        case nodes.Money():
            return (constant.currency, constant.per), constant.amount
        case bool() | str():
            return (type(constant), constant), None
    return "", Decimal(constant)


class Implication:
    """Whether one condition holds whenever another does. Remembers what it was asked."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, narrow: Condition, wide: Condition) -> bool:
        """True if `wide` holds whenever `narrow` does."""
        key = (id(narrow), id(wide))
        if key not in self._known:
            self._known[key] = self._implies(narrow, wide)
        return self._known[key]

    def _implies(self, narrow: Condition, wide: Condition) -> bool:
        if narrow == wide:
            return True
        match narrow, wide:
            case _, Both():
                return all(self(narrow, part) for part in wide.parts)
            case Either(), _:
                return all(self(part, wide) for part in narrow.parts)
            case Not(), Not():
                return self(wide.part, narrow.part)
            case Compare(), Compare():
                return _comparison_implies(narrow, wide)
            case Is(), Is():
                return _state_implies(narrow, wide)
        return (isinstance(wide, Either) and any(self(narrow, one) for one in wide.parts)) or (
            isinstance(narrow, Both) and any(self(part, wide) for part in narrow.parts)
        )


def _comparison_implies(narrow: Compare, wide: Compare) -> bool:
    if narrow.left != wide.left:
        return False
    if isinstance(narrow.right, nodes.Path) or isinstance(wide.right, nodes.Path):
        return False
    return bound_implies(narrow.operator, narrow.right, wide.operator, wide.right)


def _state_implies(narrow: Is, wide: Is) -> bool:
    if (narrow.subject, narrow.state, narrow.through) != (wide.subject, wide.state, wide.through):
        return False
    if wide.for_ms is None:
        return True
    if narrow.for_ms is None:
        return False
    lasting, longer = nodes.Duration(narrow.for_ms), nodes.Duration(wide.for_ms)
    return bound_implies(narrow.for_operator or ">=", lasting, wide.for_operator or ">=", longer)
