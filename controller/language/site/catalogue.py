"""All contracts of a site: where each has its page, what it names, who names it.

Made once for a site; every page asks it for links.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from controller.language.duties import triggers
from controller.language.occurrences import occurrences_in
from controller.language.sources import Source, kind_of
from controller.language.symbols import Kind, Occurrence, Symbol, contract_symbol, locus
from grammar.sg.nodes import Contract, GeneContract, System, Topology

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_CONTRACTS: Final = (Kind.LOCUS, Kind.CONTRACT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One contract with its file and the names in it."""

    contract: Contract
    source: Source
    names: tuple[Occurrence, ...]

    @property
    def kind(self) -> str:
        """Its keyword."""
        return kind_of(self.contract)

    @property
    def name(self) -> str:
        """Its name."""
        return self.contract.name

    @property
    def symbol(self) -> Symbol:
        """What others name it by."""
        return contract_symbol(self.contract)

    @property
    def path(self) -> str:
        """Its page, from the root of the site."""
        return f"{self.kind}/{file_name(self.name)}.html"

    @property
    def uses(self) -> list[Symbol]:
        """The contracts that it is made of, in the order in which it names them.

        A diagnostic judges what it feeds; it is not made of it.
        """
        contract = self.contract
        fed = {f.span for f in contract.feeds} if isinstance(contract, GeneContract) else set()
        named = (
            one.symbol
            for one in self.names
            if one.symbol.kind in _CONTRACTS and not one.defines and one.span not in fed
        )
        return list(dict.fromkeys([*named, *self.made_by]))

    @property
    def made_by(self) -> list[Symbol]:
        """The loci that make what it says without naming them, if there are any of that name.

        A resource is made by the locus that is called like its kind, a consequence of a system
        by the one that is called like it.
        """
        match self.contract:
            case Topology() as topology:
                return [locus(resource.kind) for resource in topology.has]
            case System() as system:
                duties = [duty for one in triggers(system.members) for duty in one.duties]
                return [locus(name) for duty in duties for name in duty.called]
        return []


def file_name(name: str) -> str:
    """A file's name for a contract's: itself, or a hash where it could not be one."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    return f"x-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


class Catalogue:
    """Every contract of the genome, by symbol; of two with one name the first."""

    def __init__(self, sources: Iterable[Source], alleles: Mapping[str, Iterable[str]]) -> None:
        self.alleles = {locus: tuple(sorted(found)) for locus, found in alleles.items()}
        self.entries: dict[Symbol, Entry] = {}
        for source in sources:
            for contract in source.document.contracts:
                entry = Entry(contract, source, occurrences_in(contract, source))
                if contract.name:
                    self.entries.setdefault(entry.symbol, entry)
        self._parts = {
            entry.symbol: [
                self.entries[symbol]
                for symbol in entry.uses
                if symbol in self.entries and symbol != entry.symbol
            ]
            for entry in self.entries.values()
        }
        self._users: dict[Symbol, dict[Symbol, None]] = {}
        for entry in self.entries.values():
            named = [one.symbol for one in entry.names if one.symbol.kind in _CONTRACTS]
            for symbol in [*named, *entry.made_by]:
                if symbol != entry.symbol:
                    self._users.setdefault(symbol, {})[entry.symbol] = None

    def of_kind(self, kind: str) -> list[Entry]:
        """The contracts of one kind, by name."""
        found = (entry for entry in self.entries.values() if entry.kind == kind)
        return sorted(found, key=lambda entry: entry.name)

    def parts(self, entry: Entry) -> Sequence[Entry]:
        """The contracts of this genome that one is made of, in the order in which it names them."""
        return self._parts[entry.symbol]

    def users(self, symbol: Symbol) -> list[Entry]:
        """The contracts that name this one, by kind and name."""
        found = (self.entries[user] for user in self._users.get(symbol, ()))
        return sorted(found, key=lambda entry: (entry.kind, entry.name))

    def roots(self) -> list[Entry]:
        """The contracts that are part of no other."""
        used = {part.symbol for parts in self._parts.values() for part in parts}
        found = (entry for entry in self.entries.values() if entry.symbol not in used)
        return sorted(found, key=lambda entry: (entry.kind, entry.name))
