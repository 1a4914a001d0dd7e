"""What changed between two states of a genome, as values: contracts, phenotypes, alleles.

Pure. Called by `germline diff`; telling.py puts it into words, reliance.py judges it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from controller.language.gene_difference import gene_changes
from controller.language.reliance import Change
from controller.language.sources import Source, in_reading_order, kind_of
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Contract, GeneContract, Phenotype

SHOWN_DIGITS: Final = 12
"""Digits of a hash that a sentence shows: as many as a phenotype must give."""

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


def difference(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Every change from one state to another, by kind and name of what it is about."""
    return (*_contract_changes(before, after), *_allele_changes(before, after))


def _contract_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    keys = before.contracts.keys() | after.contracts.keys()
    for kind in reversed(in_reading_order({kind for kind, _ in keys})):
        for key in sorted(key for key in keys if key[0] == kind):
            yield from _one_contract(key, before, after)


def _one_contract(key: Key, before: Snapshot, after: Snapshot) -> Iterator[Change]:
    kind, name = key
    subject = f"{kind} {name}"
    old, new = before.contracts.get(key), after.contracts.get(key)
    noun = {"gene": "locus", "phenotype": "phenotype"}.get(kind, "contract")
    if old is None:
        yield Change(subject, f"{noun} added", f"{kind} `{name}` is new")
    elif new is None:
        yield Change(subject, f"{noun} removed", f"{kind} `{name}` is gone")
    elif old != new:
        compare = _COMPARE.get(kind)
        if compare is None:
            yield Change(subject, "contract changed", f"{kind} `{name}` says something else")
        else:
            yield from compare(old, new, before, after)


def _genes(old: Contract, new: Contract, _before: Snapshot, _after: Snapshot) -> Iterator[Change]:
    return gene_changes(cast(GeneContract, old), cast(GeneContract, new))


def _phenotypes(
    old_contract: Contract, new_contract: Contract, before: Snapshot, after: Snapshot
) -> Iterator[Change]:
    old, new = cast(Phenotype, old_contract), cast(Phenotype, new_contract)
    subject = f"phenotype {new.name}"
    if old.topology != new.topology:
        text = f"is for {_named(new.topology)}; was for {_named(old.topology)}"
        yield Change(subject, "topology changed", text)
    olds, news = _bindings(old), _bindings(new)
    for name in [*olds, *(name for name in news if name not in olds)]:
        if olds.get(name) != news.get(name):
            yield Change(subject, "binding changed", _rebound(name, olds, news))
    yield from _expressions(old, new, before, after)


def _named(topology: str | None) -> str:
    return f"`{topology}`" if topology else "no topology"


def _bindings(phenotype: Phenotype) -> dict[str, str]:
    return {binding.name: literal_text(binding.value) for binding in phenotype.bindings}


def _rebound(name: str, olds: Mapping[str, str], news: Mapping[str, str]) -> str:
    if name not in news:
        return f"binding `{name}` is gone; was {olds[name]}"
    was = f"; was {olds[name]}" if name in olds else "; was not bound"
    return f"`{name}` is now {news[name]}{was}"


def _expressions(
    old: Phenotype, new: Phenotype, before: Snapshot, after: Snapshot
) -> Iterator[Change]:
    olds, news = _stacks(old, before), _stacks(new, after)
    subject = f"phenotype {new.name}"
    for locus in [*olds, *(locus for locus in news if locus not in olds)]:
        text = _expressed(locus, new.name, olds.get(locus, ()), news.get(locus, ()))
        if text:
            yield Change(subject, "expression changed", text)


def _stacks(phenotype: Phenotype, state: Snapshot) -> dict[str, tuple[str, ...]]:
    return {
        one.locus: tuple(state.allele(one.locus, prefix) for prefix in one.stack)
        for one in phenotype.expresses
    }


def _expressed(locus: str, phenotype: str, old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """What happened to one stack, in words; empty if nothing did."""
    here = f"`{locus}` in {phenotype}"
    if old == new:
        return ""
    if not new:
        return f"{here} is not expressed any more; was {short(old[0])}"
    if not old:
        return f"{here} is now expressed, by {short(new[0])}"
    if old[0] != new[0]:
        return f"{here} now expresses {short(new[0])}; was {short(old[0])}"
    return f"{here} now falls back to {_listed(new[1:])}; was {_listed(old[1:])}"


def _listed(hashes: tuple[str, ...]) -> str:
    return ", ".join(map(short, hashes)) or "nothing"


def short(sha: str) -> str:
    """The first digits of a hash, and a sign that there are more."""
    return sha if len(sha) <= SHOWN_DIGITS else f"{sha[:SHOWN_DIGITS]}…"


def _allele_changes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for locus in sorted(before.alleles.keys() | after.alleles.keys()):
        old, new = set(before.alleles.get(locus, ())), set(after.alleles.get(locus, ()))
        for sha in sorted(new - old):
            yield Change(f"alleles of {locus}", "allele added", f"allele {short(sha)} is new")
        for sha in sorted(old - new):
            yield Change(f"alleles of {locus}", "allele removed", f"allele {short(sha)} is gone")


_COMPARE: Final[
    Mapping[str, Callable[[Contract, Contract, Snapshot, Snapshot], Iterator[Change]]]
] = {"gene": _genes, "phenotype": _phenotypes}
"""Kind of contract → how two of one name are compared."""
