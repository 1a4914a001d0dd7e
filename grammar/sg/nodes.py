"""What a `.sg` document means, as values. Two documents that mean the same compare equal.

Spans tell where a node was written; they take no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Union

from grammar.sg.composition import Intent, Pathway, Topology
from grammar.sg.terms import (
    BASE_TYPES,
    Argument,
    Call,
    Field,
    Literal,
    Reference,
    Risk,
    Sentence,
    TypeDeclaration,
    TypeRef,
    Verify,
)
from grammar.source import Span
from grammar.system.nodes import System

__all__ = [
    "BASE_TYPES",
    "Argument",
    "Binding",
    "Call",
    "Contract",
    "Document",
    "Expression",
    "FailureMode",
    "Family",
    "Feed",
    "Field",
    "GeneContract",
    "Intent",
    "Literal",
    "Pathway",
    "Phenotype",
    "Reference",
    "Risk",
    "Sentence",
    "System",
    "Timescale",
    "Topology",
    "TypeDeclaration",
    "TypeRef",
    "Verify",
]


class Family(StrEnum):
    """A configuration gene changes the world; a diagnostic gene only looks at it.

    A projection gene builds what can be asked from events, and answers (seed 000).
    """

    CONFIGURATION = "configuration"
    DIAGNOSTIC = "diagnostic"
    PROJECTION = "projection"


class Timescale(StrEnum):
    """Which part of a fitness a diagnostic feeds (seed 003, section 7)."""

    CONVERGENCE = "convergence"
    RESILIENCE = "resilience"


@dataclass(frozen=True, slots=True)
class FailureMode:
    """`condition -> outcome`: a way to fail that is part of the contract."""

    condition: Sentence
    outcome: str
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
    domain: str | None = None
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


Contract = Union[GeneContract, Pathway, Topology, Phenotype, Intent, System]
"""What a file may define."""


@dataclass(frozen=True, slots=True)
class Document:
    """One `.sg` file.

    `language` is the version of the language that the file declares, if it declares one;
    `source` is its text, for excerpts; `comments` are its comments by line, each with the white
    space before it.
    """

    genes: tuple[GeneContract, ...] = ()
    phenotypes: tuple[Phenotype, ...] = ()
    pathways: tuple[Pathway, ...] = ()
    topologies: tuple[Topology, ...] = ()
    intents: tuple[Intent, ...] = ()
    systems: tuple[System, ...] = ()
    language: int | None = None
    comments: Mapping[int, str] = field(default_factory=dict, compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """All that the file defines, in the order written; what was never written comes first."""
        found: tuple[Contract, ...] = (
            *self.genes,
            *self.pathways,
            *self.topologies,
            *self.phenotypes,
            *self.intents,
            *self.systems,
        )
        return tuple(sorted(found, key=lambda one: one.span.line if one.span else 0))
