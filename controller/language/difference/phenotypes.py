"""What changed between two phenotypes of one name. Called by genomes.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from controller.language.difference.matching import names_of_both
from controller.language.difference.reliance import Change
from controller.language.difference.snapshots import Snapshot, short
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Phenotype


def phenotype_changes(
    old: Phenotype, new: Phenotype, before: Snapshot, after: Snapshot
) -> Iterator[Change]:
    """Another topology, other bindings, other alleles."""
    subject = f"phenotype {new.name}"
    if old.topology != new.topology:
        text = f"is for {_named(new.topology)}; was for {_named(old.topology)}"
        yield Change(subject, "topology changed", text)
    olds, news = _bindings(old), _bindings(new)
    for name in names_of_both(olds, news):
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
    for locus in names_of_both(olds, news):
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
