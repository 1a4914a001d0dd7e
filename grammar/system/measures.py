"""Whether what a system compares can be compared: money with money, time with time.

Called by check.py. What a path measures is known from a constant that it was compared with
before, from its threshold, or because it counts; where it is not known, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from grammar.remarks import Remarks, somewhere
from grammar.system import nodes

_COUNT = "count"
"""The attribute that counts, whatever it belongs to."""
THRESHOLD = "threshold"
"""What the path of a threshold begins with."""


def check_measures(
    remarks: Remarks, system: nodes.System, thresholds: Mapping[str, nodes.Constant]
) -> None:
    """Complain about each comparison whose sides measure different things."""
    own = [one for one in system.members if isinstance(one, nodes.Threshold)]
    known = {
        f"{THRESHOLD}.{name}": measure(value)
        for name, value in (*thresholds.items(), *((one.name, one.value) for one in own))
    }
    for left, right in _comparisons(system):
        if remarks.full:
            return
        one, other = _measured(left, known), _measured(right, known)
        if one is not None and other is not None and one != other:
            hint = f"one side is {one}, the other {other}"
            message = "these two cannot be compared"
            remarks.say("SG-E254", message, somewhere(left.span), hint)
        for side in (left, right):
            if isinstance(side, nodes.Path) and isinstance(side.root, str) and side.fields:
                _learn(known, side, one or other)


def _learn(known: dict[str, str], path: nodes.Path, found: str | None) -> None:
    if found is not None:
        known.setdefault(_key(path), found)


def measure(value: nodes.Constant) -> str:
    """What a constant measures, in words."""
    match value:
        case nodes.Duration():
            return "a duration"
        case nodes.Percent():
            return "a share"
        case nodes.Money():
            per = f" each {value.per}" if value.per else ""
            return f"an amount in {value.currency}{per}"
        case bool():
            return "a truth value"
        case int() | Decimal():
            return "a number"
    return "text"


def _measured(side: nodes.Expression, known: Mapping[str, str]) -> str | None:
    if not isinstance(side, nodes.Path):
        return measure(side)
    if side.fields and side.fields[-1] == _COUNT:
        return "a number"
    return known.get(_key(side)) if isinstance(side.root, str) else None


def _key(path: nodes.Path) -> str:
    return ".".join((str(path.root), *path.fields))


def _comparisons(system: nodes.System) -> Iterator[tuple[nodes.Path, nodes.Expression]]:
    for member in system.members:
        if isinstance(member, nodes.When | nodes.Every):
            yield from _among(member.body)
        elif isinstance(member, nodes.Always):
            for assertion in member.assertions:
                for left, right in _in(assertion.claim):
                    yield (assertion.subject if left == nodes.SUBJECT else left), right


def _among(follows: Sequence[nodes.Follows]) -> Iterator[tuple[nodes.Path, nodes.Expression]]:
    for one in follows:
        if isinstance(one, nodes.If | nodes.ForEach):
            yield from _in(one.condition) if one.condition is not None else ()
            yield from _among(one.body)


def _in(condition: nodes.Condition) -> Iterator[tuple[nodes.Path, nodes.Expression]]:
    match condition:
        case nodes.Both() | nodes.Either():
            for part in condition.parts:
                yield from _in(part)
        case nodes.Not():
            yield from _in(condition.part)
        case nodes.Compare():
            yield condition.left, condition.right
        case nodes.Crosses():
            yield condition.left, condition.bound
