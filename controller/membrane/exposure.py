"""How much an allele, or a draft, can break: computed from what is there, not from what it says.

A contract declares a risk (`membrane/risk`); what a source may call can raise it. The story `prove`
asks it of drafts; `precaution`, `promote` and `keep_rollouts` ask it of what they let at a world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from controller.arena.calls import may_call
from controller.domains.world import OperationSpec
from controller.genome.composite import reached
from controller.genome.genome import Genome
from controller.membrane.changes import Changes
from controller.membrane.risk import RISK_POLICIES
from grammar.sg.nodes import Family, GeneContract
from grammar.sg.terms import Risk

Catalogue = Mapping[str, OperationSpec]
"""What the genes of a domain may ask of a world, by name."""

OPERATION_RISKS: Final = (Risk.LOW, Risk.LOW, Risk.LOW, Risk.MEDIUM)
"""The least risk of a gene that may call a mutation, by its `disruption`: where others' traffic may
suffer, what it did must hold by diagnostics. More than that is for contracts to say."""

PATH_RISKS: Final[Mapping[str, Risk]] = {
    "policy/": Risk.CRITICAL,
    "germline.toml": Risk.CRITICAL,
    "hosts/": Risk.CRITICAL,
    "systems/": Risk.HIGH,
    "contracts/": Risk.NONE,
    "phenotypes/": Risk.NONE,
    "alleles/": Risk.NONE,
}
"""The risk of touching a file: what bounds all else, and where it runs, is worth most; what must
hold comes next. Of the last three what they say decides, as `assess` finds it."""

_ORDER: Final = tuple(Risk)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The risk of what a draft changes, and each thing that has this risk, in words."""

    risk: Risk
    reasons: tuple[str, ...]


def severest(risks: Iterable[Risk]) -> Risk:
    """The highest of some risks; none of them is no risk."""
    return max(risks, key=_ORDER.index, default=Risk.NONE)


def is_less(one: Risk, other: Risk) -> bool:
    """True if the first risk is the lower one."""
    return _ORDER.index(one) < _ORDER.index(other)


def risk_of_gene(contract: GeneContract, source: str, catalogue: Catalogue) -> Risk:
    """The risk of a source at a gene's locus: its contract's, or more by what it may call.

    A gene that may only look (`broker.granted`) has its contract's.
    """
    if contract.family is not Family.CONFIGURATION or not RISK_POLICIES[contract.risk].transaction:
        return contract.risk
    mutations = [name for name, spec in catalogue.items() if spec.mutates]
    called = (catalogue[name].disruption for name in may_call(source, mutations))
    return severest((contract.risk, *(OPERATION_RISKS[one] for one in called)))


def risk_of_allele(genome: Genome, locus: str, source: str, catalogue: Catalogue) -> Risk:
    """The risk of a source at any locus; of a locus that nobody describes the highest.

    At a pathway's it may do whatever its steps may, so the riskiest of them counts.
    """
    if locus in genome.loci:
        return risk_of_gene(genome.loci[locus], source, catalogue)
    if locus in genome.pathways:
        return _risk_of_pathway(genome, locus)
    return Risk.CRITICAL


def assess(
    changed: Mapping[str, str],
    changes: Changes,
    base: Genome,
    after: Genome,
    catalogue: Catalogue,
) -> Assessment:
    """The risk of a draft that changes these paths, and so makes `after` of `base`: the highest of
    what its paths, its contracts and what it lets genes do come to."""
    found: dict[str, Risk] = {}
    for path in sorted(changed):
        found[path] = _risk_of_path(path)
    for locus, source in _expressed(changes, base, after):
        known = [one for one in (base, after) if _has_locus(one, locus)] or [after]
        risk = severest(risk_of_allele(one, locus, source, catalogue) for one in known)
        found[locus] = severest((risk, found.get(locus, Risk.NONE)))
    found |= {
        f"contract {name}": _risk_of_contract(base, after, name) for name in changes.contracts
    }
    found |= {f"the bindings of {name}": Risk.HIGH for name in changes.bound}
    risk = severest(found.values())
    reasons = tuple(f"{what} is {risk.value}" for what, its in found.items() if its is risk)
    return Assessment(risk, reasons)


def _risk_of_path(path: str) -> Risk:
    return next((risk for head, risk in PATH_RISKS.items() if path.startswith(head)), Risk.CRITICAL)


def _expressed(changes: Changes, base: Genome, after: Genome) -> Iterator[tuple[str, str]]:
    """(locus, source) of all that a draft registers, or whose order in a stack it changes."""
    for locus, sha in changes.registered:
        yield locus, after.alleles[locus][sha].source
    for phenotype, locus in changes.expressed:
        for allele in after.stack(phenotype, locus) or base.stack(phenotype, locus):
            yield locus, allele.source


def _has_locus(genome: Genome, locus: str) -> bool:
    return locus in genome.loci or locus in genome.pathways


def _risk_of_contract(base: Genome, after: Genome, name: str) -> Risk:
    """The higher one of before and after: what lowers a risk has the risk that it lowers."""
    risks = [genome.loci[name].risk for genome in (base, after) if name in genome.loci]
    risks += [_risk_of_pathway(one, name) for one in (base, after) if name in one.pathways]
    if any(name in one.topologies or name in one.intents for one in (base, after)):
        risks.append(Risk.HIGH)
    return severest(risks)


def _risk_of_pathway(genome: Genome, name: str) -> Risk:
    pathways, loci = reached(genome, genome.pathways[name])
    return severest((*(p.risk for p in pathways), *(genome.loci[one].risk for one in loci)))
