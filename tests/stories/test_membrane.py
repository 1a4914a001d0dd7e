"""Drafts on their way to main: proof, policy, people, moved bases, hostile branches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.demo.setting import LOCUS, PERSON
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.membrane.draft import AGENT
from controller.membrane.proof import Proof
from controller.membrane.verdict import Unchanged
from controller.ports import Blocked, DraftRef
from controller.stories.merge import end_draft, judge, merge_draft, note_opened, require_draft
from controller.stories.prove import prove
from grammar.sg.edit import with_stack
from tests.stories.stage import ANNOUNCING, Stage, stage

CONTRACT = "contracts/network/bridge_uplink.sg"


def make_risk_high(on: Stage) -> None:
    text = on.main().files[CONTRACT]
    on.commit({CONTRACT: text.replace(b"  risk medium\n", b"  risk high\n")})


def allele_files(source: str) -> dict[str, bytes]:
    sha = name_of(source)
    return {
        source_path(LOCUS, sha): source.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
    }


def propose(
    on: Stage, changes: dict[str, bytes], name: str = "draft/person/try", locus: str = LOCUS
) -> DraftRef:
    message = f"A try\n\nGermline-Locus: {locus}\nGermline-Phenotype: lab\n"
    return on.organism.repository.propose(
        name, on.organism.repository.main(), changes, message, PERSON
    )


def raised(on: Stage, source: str) -> dict[str, bytes]:
    """The changes by which a draft makes a source the dominant allele."""
    text = on.main().files["phenotypes/lab.sg"].decode()
    edited = with_stack(text, "phenotypes/lab.sg", "lab", LOCUS, [name_of(source)[:12]])
    return {**allele_files(source), "phenotypes/lab.sg": edited.encode()}


def test_a_draft_of_high_risk_waits_for_a_person(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        demand = on.ask()
        (gap,) = on.settle()
        assert "would close it" in gap.status
        (draft,) = on.organism.repository.drafts()
        proof = Proof.from_note(on.organism.repository.proof(draft.commit))
        assert proof is not None
        assert proof.passed
        merged = merge_draft(on.organism.membrane, draft, f"person:{PERSON}", PERSON)
        assert merged is not None
        assert on.settle() == ()
        assert on.outcomes(demand)[-1] == (on.dominant(), "confirmed")
        assert "person" in on.git("log", "-1", "--format=%an <%ae>", merged.commit)


def test_a_branch_on_which_nobody_wrote_yet_is_left_alone(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.git("branch", "draft/person/later", "main")
        before = on.organism.repository.main()
        assert on.settle() == ()
        (draft,) = on.organism.repository.drafts()
        verdict = judge(on.organism.membrane, draft, on.main().policy, person=True)
        assert verdict == Unchanged()
        assert on.organism.repository.main() == before
        assert on.organism.repository.proof(draft.commit) is None


def test_a_draft_that_a_person_closed_is_not_offered_again(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        on.ask()
        on.settle()
        refused = set()
        for _ in range(3):
            drafts = on.organism.repository.drafts()
            if not drafts:
                break
            record = on.organism.chronicle.ledger.drafts[drafts[0].name]
            assert record.allele not in refused
            refused.add(record.allele)
            end_draft(on.organism.membrane, drafts[0], "closed", "no", f"person:{PERSON}")
            gaps = on.settle()
        assert len(refused) == 3
        assert gaps[0].needs_person
        assert on.events("person.needed")


def test_a_draft_whose_base_moved_is_written_again_and_merged(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        demand = on.ask()
        on.settle()
        (stale,) = on.organism.repository.drafts()
        text = on.main().files["phenotypes/lab.sg"]
        on.commit({"phenotypes/lab.sg": b"# A person was here.\n" + text})
        on.settle()
        (fresh,) = on.organism.repository.drafts()
        assert fresh.base == on.organism.repository.main() != stale.base
        proof = Proof.from_note(on.organism.repository.proof(fresh.commit))
        assert proof is not None
        assert proof.covers(fresh.tree, fresh.base)
        merge_draft(on.organism.membrane, fresh, f"person:{PERSON}", PERSON)
        assert on.settle() == ()
        assert on.outcomes(demand)[-1] == (on.dominant(), "confirmed")
        assert on.main().files["phenotypes/lab.sg"].startswith(b"# A person was here.\n")


def test_a_merge_with_a_stale_base_moves_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        on.ask()
        on.settle()
        (draft,) = on.organism.repository.drafts()
        moved = on.commit({"notes.txt": b"main moves\n"})
        assert merge_draft(on.organism.membrane, draft, "controller", AGENT) is None
        assert on.organism.repository.main() == moved


def test_a_persons_good_draft_passes_every_gate(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        propose(on, raised(on, ANNOUNCING))
        on.settle()
        assert on.dominant() == name_of(ANNOUNCING)


def hostile_edit(on: Stage) -> dict[str, bytes]:
    path = next(p for p in on.main().files if p.startswith("alleles/") and p.endswith(".py"))
    return {path: b"def execute(x):\n    return x\n"}


def misnamed(on: Stage) -> dict[str, bytes]:
    return {source_path(LOCUS, "0" * 64): b"def execute(x):\n    return x\n"}


def inadmissible(on: Stage) -> dict[str, bytes]:
    return raised(on, "import os\n\n\ndef execute(x):\n    return os.popen(x).read()\n")


def contract_edit(on: Stage) -> dict[str, bytes]:
    loose = on.main().files[CONTRACT].replace(b"    check_connectivity interface={bridge}\n", b"")
    return {CONTRACT: loose}


def policy_edit(on: Stage) -> dict[str, bytes]:
    return {"policy/merge.toml": b'[merge]\nhigh = "automatic"\ncritical = "automatic"\n'}


def unknown_allele(on: Stage) -> dict[str, bytes]:
    text = on.main().files["phenotypes/lab.sg"].decode()
    edited = with_stack(text, "phenotypes/lab.sg", "lab", LOCUS, ["0123456789ab"])
    return {"phenotypes/lab.sg": edited.encode()}


def new_binding(on: Stage) -> dict[str, bytes]:
    text = on.main().files["phenotypes/lab.sg"].decode()
    return {
        "phenotypes/lab.sg": text.replace("  expresses:", "  nic = [eth9]\n\n  expresses:").encode()
    }


def broken_phenotype(on: Stage) -> dict[str, bytes]:
    return {"phenotypes/lab.sg": b"phenotpe lab\n  nonsense\n"}


@pytest.mark.parametrize(
    ("attack", "gate"),
    [
        (hostile_edit, "paths"),
        (contract_edit, "paths"),
        (policy_edit, "paths"),
        (misnamed, "genome"),
        (unknown_allele, "genome"),
        (broken_phenotype, "genome"),
        (new_binding, "bindings"),
        (inadmissible, "admission"),
    ],
)
def test_a_draft_that_a_gate_refuses_never_reaches_main(
    tmp_path: Path, attack: Callable[[Stage], dict[str, bytes]], gate: str
) -> None:
    with stage(tmp_path) as on:
        before = on.organism.repository.main()
        draft = propose(on, attack(on))
        on.settle()
        assert on.organism.repository.main() == before
        assert on.organism.repository.drafts() == ()
        (refused,) = on.events("draft.refused")
        assert str(refused.data["reason"]).startswith(gate) or f"; {gate}" in str(
            refused.data["reason"]
        )
        assert on.organism.repository.proof(draft.commit) is not None


def test_an_allele_that_only_pretends_is_stopped_by_the_shadow(tmp_path: Path) -> None:
    """A promotion of an allele whose own lineage holds a failure it does not heal."""
    with stage(tmp_path) as on:
        on.ask()
        on.settle()
        healed = on.main().genome.alleles[LOCUS][on.dominant()]
        pretends = healed.source.replace("send_gratuitous_arp(bridge, address)", "link(bridge)")
        assert pretends != healed.source
        lineage = healed.lineage.to_bytes()
        changes = raised(on, pretends)
        changes[lineage_path(LOCUS, name_of(pretends))] = lineage
        propose(on, changes)
        on.settle()
        assert on.dominant() == healed.sha
        (refused,) = on.events("draft.refused")
        assert "failing input" in str(refused.data["reason"])


def test_the_same_draft_gives_the_same_proof_in_another_clone(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        on.ask()
        on.settle()
        (draft,) = on.organism.repository.drafts()
        note = on.organism.repository.proof(draft.commit)
        again = require_draft(on.organism.repository, draft.name)
        note_opened(on.organism.membrane, again)
        proof = prove(on.organism.hands.bench, on.organism.repository, again)
        assert proof.to_note() == note


def test_a_promotion_changes_one_line_of_the_phenotype(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        on.ask()
        on.settle()
        difference = on.git("diff", "--numstat", "HEAD^1", "HEAD", "--", "phenotypes")
        assert difference.split() == ["1", "1", "phenotypes/lab.sg"]


def test_a_dirty_working_tree_blocks_the_merge_and_nothing_is_lost(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        on.ask()
        on.settle()
        (draft,) = on.organism.repository.drafts()
        mine = on.path / "phenotypes" / "lab.sg"
        mine.write_text(mine.read_text() + "# not committed yet\n")
        main = on.organism.repository.main()
        with pytest.raises(Blocked):
            merge_draft(on.organism.membrane, draft, f"person:{PERSON}", PERSON)
        assert on.organism.repository.main() == main
        assert "# not committed yet" in mine.read_text()


PATHWAY = b"""\
pathway move_uplink
  risk medium

  does:
    Move the uplink of a bridge.

  takes:
    bridge    string
    from_nic  string
    to_nic    string

  steps:
    1. bridge_uplink
         bridge = {bridge}
         from_nic = {from_nic}
         to_nic = {to_nic}
"""


def fused(on: Stage, source: str) -> dict[str, bytes]:
    """The changes that register an allele of the pathway and express it."""
    sha = name_of(source)
    text = on.main().files["phenotypes/lab.sg"].decode()
    edited = with_stack(text, "phenotypes/lab.sg", "lab", "move_uplink", [sha[:12]])
    lineage = Lineage(locus="move_uplink", engine="person").to_bytes()
    return {
        source_path("move_uplink", sha): source.encode(),
        lineage_path("move_uplink", sha): lineage,
        "phenotypes/lab.sg": edited.encode(),
    }


def test_a_pathway_that_is_expressed_stands_in_nobodys_way(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        path = "contracts/network/move_uplink.sg"
        on.commit({path: PATHWAY, **fused(on, ANNOUNCING)})
        genome = on.main().genome
        assert [one.sha for one in genome.stack("lab", "move_uplink")] == [name_of(ANNOUNCING)]
        assert genome.pathways["move_uplink"].name == "move_uplink"
        assert genome.verified(LOCUS)
        assert not genome.verified("move_uplink")
        on.ask()
        on.settle()
        assert on.main().genome.stack("lab", "move_uplink")
