"""Prove: hold a draft against every gate. The same draft on the same base gives the same proof.

    may it at all       paths · genome · bindings · admission
    what it costs       risk · blast radius · primary data
    does it work        failing input · lineage · shadow · contract · performance · invariants

Each row is asked only if the ones before it let the draft pass. The judges are main's, never the
draft's: contracts, diagnostics and policy come from the base. What is replayed comes from the
repository, so anybody's clone gives the same answer; what the log has to say (`Past`) is asked only
about what the draft does to it, and left to a clone that has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.config import read_config
from controller.domains.world import Domain
from controller.genome.allele import Allele
from controller.genome.genome import Genome, compile_genome
from controller.membrane.changes import changes_between
from controller.membrane.draft import REVERTS, trailer
from controller.membrane.exposure import Assessment, assess
from controller.membrane.gates import (
    admission_gate,
    bindings_gate,
    genome_gate,
    paths_gate,
    risk_gate,
)
from controller.membrane.performance import performance_gate
from controller.membrane.primary import primary_gate
from controller.membrane.proof import GateResult, Proof
from controller.membrane.radius import radius_gate
from controller.membrane.signatures import of_people
from controller.policy import read_gates
from controller.ports import DraftRef, Repository
from controller.ports.signing import Notary
from controller.stories.blast_radius import blast_radius
from controller.stories.chronicle import Chronicle
from controller.stories.contract_gate import contract_gate, newly_expressed
from controller.stories.express import Workbench
from controller.stories.invariants_gate import invariants_gate
from controller.stories.log_standing import log_standing
from controller.stories.mainline import Main, inspect
from controller.stories.performance import measured
from controller.stories.project import Projector
from controller.stories.rehearsal_gates import rehearsal_gates
from controller.stories.revert_gate import revert_gate
from controller.stories.signing import is_by_people


@dataclass(frozen=True, slots=True)
class Past:
    """What a clone has of the log, and what builds projections of it, if anything does."""

    chronicle: Chronicle
    projector: Projector | None = None


@dataclass(frozen=True, slots=True)
class _Sides:
    """A draft read beside its base: files and genomes of both, and what it changes by path."""

    files: tuple[Mapping[str, bytes], Mapping[str, bytes]]
    genomes: tuple[Genome, Genome]
    changed: Mapping[str, str]
    by_people: bool


def prove(
    bench: Workbench,
    repository: Repository,
    draft: DraftRef,
    notary: Notary | None = None,
    past: Past | None = None,
) -> Proof:
    """The proof of `draft` on its base, unsigned. Raises what the adapters raise."""
    files = repository.files(draft.base), repository.files(draft.commit)
    base, after = (compile_genome(one, bench.domain) for one in files)
    assert base.value is not None
    assert after.value is not None
    changed = repository.changed(draft.base, draft.commit)
    by_people = bool(of_people(changed)) and is_by_people(notary, repository, draft)
    sides = _Sides(files, (base.value, after.value), changed, by_people)
    reverted = trailer(draft.trailers, REVERTS)
    if reverted is not None:
        gates = [revert_gate(repository, draft, reverted), genome_gate(after.diagnostics)]
    else:
        gates = [
            paths_gate(changed, by_people=by_people),
            genome_gate(after.diagnostics),
            bindings_gate(*sides.genomes),
            admission_gate(_newborn(*sides.genomes)),
        ]
    if not _pass(gates):
        return Proof(tree=draft.tree, base=draft.base, gates=tuple(gates))
    changes = changes_between(*sides.genomes)
    found = assess(changed, changes, *sides.genomes, bench.domain.catalogue)
    if reverted is None:
        gates += _costs(bench, repository, draft, sides, found, past)
        if _pass(gates):
            protected = read_config(files[0])[0].protected.against
            gates += _works(replace(bench, protected=protected), sides)
            mains = (_read(repository, one, bench.domain) for one in (draft.base, draft.commit))
            gates.append(invariants_gate(None if past is None else past.projector, *mains))
    return Proof(tree=draft.tree, base=draft.base, gates=tuple(gates), risk=found.risk)


def _read(repository: Repository, commit: str, domain: Domain) -> Main:
    found = inspect(repository, commit, domain).value
    assert found is not None
    return found


def _pass(gates: list[GateResult]) -> bool:
    return all(gate.passed for gate in gates)


def _costs(
    bench: Workbench,
    repository: Repository,
    draft: DraftRef,
    sides: _Sides,
    found: Assessment,
    past: Past | None,
) -> list[GateResult]:
    """What the draft can break, how far it reaches, and whether anything is lost by it."""
    changes = changes_between(*sides.genomes)
    before, config = (read_config(files)[0] for files in sides.files)
    radius = blast_radius(
        bench.domain, sides.files[1], config, sides.genomes[1], changes, sides.changed
    )
    log = log_standing(repository, draft.base, None if past is None else past.chronicle)
    return [
        risk_gate(draft.trailers, found, changes),
        radius_gate(radius, found.risk, read_gates(sides.files[0])[0].blast_radius),
        primary_gate(
            sides.changed,
            sides.files,
            sides.genomes,
            log,
            keys_moved=before.vault != config.vault,
            by_people=sides.by_people,
        ),
    ]


def _works(bench: Workbench, sides: _Sides) -> list[GateResult]:
    """Whether what rises, and what is new, does what main demands of it."""
    base, after = sides.genomes
    policy = read_gates(sides.files[0])[0].performance
    return [
        *rehearsal_gates(bench, base, after),
        contract_gate(bench, base, after),
        performance_gate(measured(bench, base, newly_expressed(base, after), policy), policy),
    ]


def _newborn(base: Genome, after: Genome) -> tuple[Allele, ...]:
    return tuple(
        allele
        for locus, alleles in after.alleles.items()
        for sha, allele in alleles.items()
        if sha not in base.alleles.get(locus, {})
    )
