"""The small values that contracts of every level are made of: types, fields, references.

Two values that mean the same compare equal; spans take no part in comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Union

from grammar.source import Span

Literal = Union[str, int, float, bool, None, tuple["Literal", ...]]
"""A constant in a document. Durations and names are strings as written."""


class Risk(StrEnum):
    """How much a wrong implementation can break (seed 003, section 9)."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """`string`, `int?`, `mac_flap[]`, `string[3..]`: a name, maybe a list, maybe absent.

    A list has at least `least` items and at most `most`, if that is given.
    """

    name: str
    is_list: bool = False
    optional: bool = False
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        return f"{self.name}{self._list()}{'?' if self.optional else ''}"

    def _list(self) -> str:
        if not self.is_list:
            return ""
        if self.least == 0 and self.most is None:
            return "[]"
        if self.least == self.most:
            return f"[{self.least}]"
        return f"[{self.least or ''}..{'' if self.most is None else self.most}]"


BASE_TYPES = ("string", "int", "float", "bool")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of `takes:`, `gives:` or of a type. `default` counts only if `has_default`."""

    name: str
    type: TypeRef
    description: str = ""
    default: Literal = None
    has_default: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def required(self) -> bool:
        """True when a value must be given."""
        return not (self.has_default or self.type.optional)


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A record type local to one contract."""

    name: str
    fields: tuple[Field, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of prose that a domain's phrases may make executable. Holds `{references}`."""

    text: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """`{bridge_name}`: the value of one of the contract's own fields, or of a loop's variable.

    With `index`, `{nic.0}`: one item of a list, counted from 0. With `step`,
    `{step 2.uplink}`: what an earlier step of a pathway gave.
    """

    name: str
    index: int | None = None
    step: int | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Argument:
    """`name=value` in a call."""

    name: str
    value: Reference | Literal
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A diagnostic locus with arguments."""

    locus: str
    arguments: tuple[Argument, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Verify:
    """Diagnostics that must be healthy when `within_ms` have passed since the gene returned."""

    calls: tuple[Call, ...]
    within_ms: int
    span: Span | None = field(default=None, compare=False, repr=False)
