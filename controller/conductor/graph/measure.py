"""Values that can be compared: durations in milliseconds, shares as fractions, money as amounts.

What an event carries is JSON, so `"400ms"`, `"20%"` and `"$5"` are read as a system writes them.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from controller import limits
from controller.domains.world import Json
from grammar.system.nodes import Constant, Duration, Money, Percent

_UNIT_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_QUANTITY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d|%)")
_MONEY = re.compile(r"[$€£¥](-?[0-9]+(?:\.[0-9]+)?)")

Measured = bool | int | float | str
"""A value as it is compared."""


def of_constant(value: Constant) -> Measured:
    """A constant of a system, as it is compared."""
    match value:
        case Duration():
            return value.ms
        case Percent():
            return _plain(value.value / 100)
        case Money():
            return _plain(value.amount)
        case Decimal():
            return _plain(value)
    return value


def of_json(value: Json) -> Measured | None:
    """What an event carries, as it is compared; None for nothing, lists and objects."""
    if isinstance(value, str):
        return _of_text(value)
    return value if isinstance(value, bool | int | float) else None


def holds(left: Measured, operator: str, right: Measured) -> bool | None:
    """Whether a comparison holds; None where the two are of different kinds."""
    if isinstance(left, str) != isinstance(right, str):
        return None
    if isinstance(left, bool) != isinstance(right, bool):
        return None
    if operator in ("==", "!="):
        return (left == right) == (operator == "==")
    if isinstance(left, str) or isinstance(right, str):
        return _ordered(str(left), operator, str(right))
    return _ordered(left, operator, right)


def _ordered(left: float | str, operator: str, right: float | str) -> bool:
    below, above = left < right, left > right  # type: ignore[operator]
    return {"<": below, "<=": not above, ">": above, ">=": not below}[operator]


@lru_cache(maxsize=limits.MOMENTS_CACHED)
def _of_text(text: str) -> Measured:
    quantity, money = _QUANTITY.fullmatch(text), _MONEY.fullmatch(text)
    try:
        if quantity is not None:
            number, unit = Decimal(quantity[1]), quantity[2]
            return _plain(number / 100 if unit == "%" else number * _UNIT_MS[unit])
        return text if money is None else _plain(Decimal(money[1]))
    except InvalidOperation:
        return text


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
