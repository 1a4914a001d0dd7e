"""Gives a Python that is older than the controller's what shipped modules ask of its library.

`runtime_archive` has it called before anything else is imported on a host. They are written for
Python 3.9 in all else (`tests/hosts/test_older_python`): without slots a value is only larger, and
an enumeration of strings is nothing that its own language could not say.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, Final

SUPPLIED: Final = ("dataclasses.dataclass(slots)", "enum.StrEnum")
"""What is asked of a newer library, and is here."""

_plain: Final = dataclasses.dataclass


class _StrEnum(str, enum.Enum):
    """A member is the string that it has as its value (Python 3.11)."""

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, form: str) -> str:
        return str.__format__(self, form)


def _dataclass(
    cls: type[Any] | None = None, *, slots: bool = False, **options: bool
) -> type[Any] | Callable[[type[Any]], type[Any]]:
    """`dataclasses.dataclass` for a Python that knows no `slots` (3.10)."""
    del slots
    made: type[Any] | Callable[[type[Any]], type[Any]] = _plain(cls, **options)
    return made


def supply(version: tuple[int, ...]) -> None:
    """What an interpreter of this version lacks."""
    if version < (3, 11):
        vars(enum)["StrEnum"] = _StrEnum
    if version < (3, 10):
        vars(dataclasses)["dataclass"] = _dataclass
