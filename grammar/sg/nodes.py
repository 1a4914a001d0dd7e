"""What a `.sg` document means, as values. Two documents that mean the same compare equal.

Spans tell where a node was written; they take no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grammar.source import Span

Literal = str | int | float | bool | None | tuple["Literal", ...]
"""A constant in a document. Durations and names are strings as written."""


class Family(StrEnum):
    """A configuration gene changes the world; a diagnostic gene only looks at it."""

    CONFIGURATION = "configuration"
    DIAGNOSTIC = "diagnostic"


class Risk(StrEnum):
    """How much a wrong implementation can break (seed 003, section 9)."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Timescale(StrEnum):
    """Which part of a fitness a diagnostic feeds (seed 003, section 7)."""

    CONVERGENCE = "convergence"
    RESILIENCE = "resilience"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """`string`, `int?`, `mac_flap[]`: a base name, maybe a list, maybe absent."""

    name: str
    is_list: bool = False
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.name}{'[]' if self.is_list else ''}{'?' if self.optional else ''}"


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
class FailureMode:
    """`condition -> outcome`: a way to fail that is part of the contract."""

    condition: Sentence
    outcome: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """`{bridge_name}`: the value of one of the contract's own fields."""

    name: str
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


@dataclass(frozen=True, slots=True)
class Feed:
    """The diagnostic's health counts for this locus, on this timescale."""

    locus: str
    timescale: Timescale
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GeneContract:
    """A locus: the question that alleles answer.

    `places` tells where each keyword and the head of each section was written.
    """

    name: str
    family: Family
    risk: Risk
    does: str
    takes: tuple[Field, ...] = ()
    gives: tuple[Field, ...] = ()
    types: tuple[TypeDeclaration, ...] = ()
    before: tuple[Sentence, ...] = ()
    after: tuple[Sentence, ...] = ()
    fails_when: tuple[FailureMode, ...] = ()
    unhealthy_when: tuple[Sentence, ...] = ()
    verify: Verify | None = None
    feeds: tuple[Feed, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """`nic = [eno1, eno2]`: what a name of the topology is on this hardware."""

    name: str
    value: Literal
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expression:
    """Which alleles answer at a locus: the dominant first, then the fallback stack.

    Alleles are given by a prefix of their SHA-256, at least 12 hex digits.
    """

    locus: str
    stack: tuple[str, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    places: tuple[Span, ...] = field(default=(), compare=False, repr=False)

    def place_of(self, index: int) -> Span | None:
        """Where the allele at `index` of the stack is written."""
        return self.places[index] if index < len(self.places) else self.span


@dataclass(frozen=True, slots=True)
class Phenotype:
    """A deployment: what its hardware is called and what it expresses; `places` as in a gene."""

    name: str
    topology: str | None = None
    bindings: tuple[Binding, ...] = ()
    expresses: tuple[Expression, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One `.sg` file.

    `source` is its text, for excerpts; `comments` are its comments by line, each with the white
    space before it.
    """

    genes: tuple[GeneContract, ...] = ()
    phenotypes: tuple[Phenotype, ...] = ()
    comments: Mapping[int, str] = field(default_factory=dict, compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)
