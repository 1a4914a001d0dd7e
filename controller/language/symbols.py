"""What a name stands for, and a place where it is written. Called by whatever follows names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from controller.language.sources import kind_of
from grammar.sg.nodes import Contract
from grammar.source import Span

LOCI: Final = ("gene", "pathway")
"""Kinds of contract that open a locus; their names are one set of names."""


class Kind(StrEnum):
    """What a name stands for."""

    LOCUS = "locus"
    CONTRACT = "contract"
    FIELD = "field"
    TYPE = "type"
    ALLELE = "allele"
    BINDING = "binding"
    RESOURCE = "resource"
    VARIABLE = "variable"
    RESOURCE_KIND = "kind of resource"
    PROPERTY = "property"
    GROUP = "group of hosts"
    ENTITY = "entity"
    ATTRIBUTE = "attribute"
    EVENT = "event"
    THRESHOLD = "threshold"
    PROJECTION = "projection"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name with what it belongs to.

    Fields, types and alleles of a locus have its name as owner; those of a record type
    `locus.type`; those of other contracts their kind and name. A contract that is no locus has
    its kind as owner, a locus none. A property has its kind of resource as owner. Entities,
    thresholds and projections of systems are those of the whole genome and have none; attributes
    and events have their entity.
    """

    kind: Kind
    name: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a symbol is written; the span covers exactly the name."""

    symbol: Symbol
    span: Span
    defines: bool = False


def locus(name: str) -> Symbol:
    """The symbol of a gene or pathway."""
    return Symbol(Kind.LOCUS, name)


def contract_symbol(contract: Contract) -> Symbol:
    """The symbol that a contract's name defines."""
    kind = kind_of(contract)
    return locus(contract.name) if kind in LOCI else Symbol(Kind.CONTRACT, contract.name, kind)


def owner_of(contract: Contract) -> str:
    """What the names inside of a contract have as owner."""
    kind = kind_of(contract)
    return contract.name if kind in LOCI else f"{kind} {contract.name}"
