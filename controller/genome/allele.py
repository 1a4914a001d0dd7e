"""One implementation at a locus, named by the SHA-256 of its source, and where it came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

PREFIX_DIGITS = 12
"""Hex digits that name an allele in a phenotype: short enough to read, checked to be unique."""


class Failure(BaseModel):
    """What prompted an allele, complete enough to be replayed anywhere.

    `event` is the event that judged the failing trial, `observed` the world before it,
    `reports` the outputs of the diagnostics that were unhealthy, by locus.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: str
    world: str
    input: dict[str, JsonValue]
    observed: dict[str, JsonValue]
    error: str | None = None
    reports: dict[str, dict[str, JsonValue]] = {}


class Lineage(BaseModel):
    """Where an allele came from. `tried` counts candidates that the engine evaluated for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locus: str
    parents: tuple[str, ...] = ()
    engine: Literal["seed", "search", "agent", "person"]
    edits: tuple[str, ...] = ()
    tried: int = 0
    failure: Failure | None = None

    def to_bytes(self) -> bytes:
        """The lineage as a file: indented JSON, so that a diff can be read."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Allele:
    """A registered implementation."""

    locus: str
    sha: str
    source: str
    lineage: Lineage

    @property
    def short(self) -> str:
        """The digits by which people and phenotypes call it."""
        return self.sha[:PREFIX_DIGITS]


def name_of(source: str) -> str:
    """The SHA-256, in hex, of a source text in UTF-8."""
    return hashlib.sha256(source.encode()).hexdigest()


def source_path(locus: str, sha: str) -> str:
    """Where an allele's source is kept in a genome repository."""
    return f"alleles/{locus}/{sha}.py"


def lineage_path(locus: str, sha: str) -> str:
    """Where an allele's lineage is kept in a genome repository."""
    return f"alleles/{locus}/{sha}.json"


def read_lineage(data: bytes) -> Lineage | str:
    """The lineage in a file, or in one line why it is none."""
    try:
        return Lineage.model_validate_json(data)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        return f"{place}: {first['msg']}"
