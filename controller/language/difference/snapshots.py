"""One state of a genome, as far as a difference looks at it. Called by `germline diff`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from controller.language.sources import Source, kind_of
from grammar.limits import HASH_DIGITS_LEAST
from grammar.sg.nodes import Contract

Key = tuple[str, str]
"""Kind and name of a contract."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a genome: its contracts by kind and name, whole hashes of alleles by locus."""

    contracts: Mapping[Key, Contract] = field(default_factory=dict)
    alleles: Mapping[str, Collection[str]] = field(default_factory=dict)

    def allele(self, locus: str, prefix: str) -> str:
        """The whole hash that a prefix names, or the prefix where it names no single one."""
        found = [sha for sha in self.alleles.get(locus, ()) if sha.startswith(prefix)]
        return found[0] if len(found) == 1 else prefix


def snapshot(sources: Iterable[Source], alleles: Mapping[str, Collection[str]]) -> Snapshot:
    """The state that these files and alleles are; of contracts with one name the first counts."""
    found: dict[Key, Contract] = {}
    for source in sources:
        for contract in source.document.contracts:
            if contract.name:
                found.setdefault((kind_of(contract), contract.name), contract)
    return Snapshot(found, alleles)


def short(sha: str) -> str:
    """As many digits of a hash as a phenotype must give, and a sign that there are more."""
    return sha if len(sha) <= HASH_DIGITS_LEAST else f"{sha[:HASH_DIGITS_LEAST]}…"
