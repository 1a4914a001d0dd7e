"""The gate "contract": a draft may not lose what its contract demands and main's dominant keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.git_repository import GitRepository
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.genome.genome import Genome
from controller.membrane.proof import Proof
from controller.stories.contract_gate import contract_gate
from controller.stories.express import Workbench
from controller.stories.proposal import newborn
from controller.stories.prove import prove
from grammar.sg.edit import with_stack
from tests.phrases.genes import ASKS_AGAIN, PRETENDS, RAISES
from tests.stories.stage import Stage, stage


def raised(genome: Genome, source: str, *, alone: bool = False) -> Genome:
    """The genome in which a new source is dominant at the uplink's locus."""
    allele = newborn(LOCUS, source, Lineage(locus=LOCUS, engine="person"))
    known = {} if alone else genome.alleles[LOCUS]
    lab = genome.phenotypes[PHENOTYPE]
    expresses = tuple(
        replace(e, stack=(allele.sha, *(() if alone else e.stack))) if e.locus == LOCUS else e
        for e in lab.expresses
    )
    return replace(
        genome,
        alleles={**genome.alleles, LOCUS: {**known, allele.sha: allele}},
        phenotypes={PHENOTYPE: replace(lab, expresses=expresses)},
    )


@pytest.mark.parametrize(("source", "passes"), [(ASKS_AGAIN, True), (RAISES, False)])
def test_a_repair_must_keep_what_the_dominant_keeps(
    bench: Workbench, genome: Genome, source: str, passes: bool
) -> None:
    gate = contract_gate(bench, genome, raised(genome, source))
    assert gate.passed is passes
    assert passes or "does not exist" in gate.evidence[0]


def test_what_the_dominant_does_not_keep_either_is_no_objection(
    bench: Workbench, genome: Genome
) -> None:
    careless = raised(genome, RAISES)
    assert contract_gate(bench, careless, raised(careless, RAISES + "\n")).passed
    assert contract_gate(bench, careless, raised(careless, PRETENDS)).passed


def test_the_first_allele_of_a_locus_must_keep_everything(bench: Workbench, genome: Genome) -> None:
    lab = genome.phenotypes[PHENOTYPE]
    bare = tuple(e for e in lab.expresses if e.locus != LOCUS)
    empty = replace(
        genome,
        alleles={**genome.alleles, LOCUS: {}},
        phenotypes={PHENOTYPE: replace(lab, expresses=bare)},
    )
    naive = genome.stack(PHENOTYPE, LOCUS)[0].source
    assert contract_gate(bench, empty, raised(genome, ASKS_AGAIN, alone=True)).passed
    assert not contract_gate(bench, empty, raised(genome, naive, alone=True)).passed


def test_alleles_that_were_registered_before_are_not_tried_again(
    bench: Workbench, genome: Genome
) -> None:
    lab = genome.phenotypes[PHENOTYPE]
    turned = tuple(replace(e, stack=tuple(reversed(e.stack))) for e in lab.expresses)
    after = replace(genome, phenotypes={PHENOTYPE: replace(lab, expresses=turned)})
    gate = contract_gate(bench, genome, after)
    assert gate.passed
    assert gate.evidence == ("0 derived tests, none failed that the dominant passes",)


def propose(on: Stage, source: str) -> None:
    """A person's draft that makes a source dominant."""
    sha, text = name_of(source), on.main().files["phenotypes/lab.sg"].decode()
    edited = with_stack(text, "phenotypes/lab.sg", PHENOTYPE, LOCUS, [sha[:12]])
    changes = {
        source_path(LOCUS, sha): source.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
        "phenotypes/lab.sg": edited.encode(),
    }
    message = f"A try\n\nGermline-Locus: {LOCUS}\nGermline-Phenotype: {PHENOTYPE}\n"
    base = on.organism.repository.main()
    on.organism.repository.propose("draft/person/try", base, changes, message, PERSON)


@pytest.mark.parametrize("source", [RAISES, PRETENDS])
def test_a_draft_that_heals_but_fails_wrongly_never_reaches_main(
    tmp_path: Path, source: str
) -> None:
    with stage(tmp_path) as on:
        before = on.organism.repository.main()
        propose(on, source)
        (draft,) = on.organism.repository.drafts()
        on.settle()
        assert on.organism.repository.main() == before
        proof = Proof.from_note(on.organism.repository.proof(draft.commit))
        assert proof is not None
        assert [gate.gate for gate in proof.gates if not gate.passed] == ["contract"]
        again = prove(on.organism.hands.bench, GitRepository(on.path), draft)
        assert again == proof
        (refused,) = on.events("draft.refused")
        assert "says success=false and changes nothing" in str(refused.data["reason"])
