"""Drafts before the gates of risk, reach, work and loss, in a real repository."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from controller.demo.setting import LOCUS, PERSON
from controller.membrane.primary import KEPT, Anchor, anchor_of
from controller.membrane.proof import GateResult, Proof
from controller.membrane.verdict import AwaitsPerson, MayMerge, Refused
from controller.ports import DraftRef
from controller.stories.log_standing import log_standing
from controller.stories.merge import judge, merge_draft, note_opened, prove_draft
from controller.stories.prove import Past, prove
from controller.wiring import open_organism
from grammar.sg.nodes import Risk
from tests.stories.stage import ANNOUNCING, Stage, stage
from tests.stories.test_membrane import allele_files, make_risk_high, propose, raised

BUSY = ANNOUNCING.replace(
    "    gene_sdk.detach_port",
    "    for _ in range(60):\n        gene_sdk.list_links()\n    gene_sdk.detach_port",
)
DELETING = ANNOUNCING.replace(
    '    return json.dumps({"success": True',
    '    if False:\n        gene_sdk.delete_bridge("x")\n    return json.dumps({"success": True',
)


def proved(on: Stage, draft: DraftRef) -> Proof:
    note_opened(on.organism.membrane, draft)
    return prove_draft(on.organism.membrane, draft)


def gate(proof: Proof, name: str) -> GateResult:
    (found,) = [one for one in proof.gates if one.gate == name]
    return found


def lower_risk(on: Stage, risk: str) -> None:
    path = "contracts/network/bridge_uplink.sg"
    text = on.main().files[path]
    on.commit({path: text.replace(b"  risk medium\n", f"  risk {risk}\n".encode())})


def test_a_draft_that_claims_less_than_it_changes_never_reaches_main(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        before = on.organism.repository.main()
        message = f"Only a look\n\nGermline-Locus: {LOCUS}\nGermline-Risk: none\n"
        on.organism.repository.propose(
            "draft/person/look", before, raised(on, ANNOUNCING), message, PERSON
        )
        on.settle()
        assert on.organism.repository.main() == before
        (refused,) = on.events("draft.refused")
        assert "risk: its trailers say risk none, but bridge_uplink is high" in str(
            refused.data["reason"]
        )


def test_a_draft_about_another_locus_does_not_get_that_ones_rights(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        before = on.organism.repository.main()
        propose(on, raised(on, ANNOUNCING), locus="check_arp")
        on.settle()
        assert on.organism.repository.main() == before
        (refused,) = on.events("draft.refused")
        assert "speak of check_arp alone, but it changes bridge_uplink too" in str(
            refused.data["reason"]
        )


def test_a_draft_without_trailers_has_the_risk_of_what_it_changes(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        repository = on.organism.repository
        files = raised(on, ANNOUNCING)
        draft = repository.propose("draft/person/x", repository.main(), files, "x\n", PERSON)
        assert proved(on, draft).risk is Risk.HIGH
        found = judge(on.organism.membrane, draft, on.main().policy, person=False)
        assert found == AwaitsPerson("policy leaves risk high to a person")


def test_what_a_source_may_call_raises_its_risk_above_its_contracts(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        lower_risk(on, "low")
        mild = propose(on, raised(on, ANNOUNCING), "draft/person/mild")
        wild = propose(on, raised(on, DELETING), "draft/person/wild")
        assert proved(on, mild).risk is Risk.LOW
        assert gate(proved(on, wild), "risk").evidence == ("medium: bridge_uplink is medium",)


FLEET = b'[worlds."simulated:*"]\nphenotype = "lab"\nstate = "hosts/simulated.json"\n'


@pytest.mark.parametrize("over", ["person", "refuse"])
def test_a_draft_that_reaches_too_far_waits_for_a_person_or_is_refused(
    tmp_path: Path, over: str
) -> None:
    with stage(tmp_path) as on:
        bound = f'[blast_radius]\nmedium = 0.5\nhosts = 1\nover = "{over}"\n'
        on.commit(
            {
                "hosts/all.ini": b"[lab]\nh1\nh2\nh3\n",
                "germline.toml": on.main().files["germline.toml"] + FLEET,
                "policy/gates.toml": bound.encode(),
            }
        )
        draft = propose(on, raised(on, ANNOUNCING))
        found = gate(proved(on, draft), "blast radius")
        assert found.evidence == (
            "loci: bridge_uplink; phenotypes: lab; worlds: simulated, simulated:*; "
            "hosts: h1, h2, h3",
            "3 of 3 hosts; risk medium may reach 1",
        )
        judged = judge(on.organism.membrane, draft, on.main().policy, person=False)
        asked = judge(on.organism.membrane, draft, on.main().policy, person=True)
        if over == "refuse":
            assert isinstance(judged, Refused)
            assert isinstance(asked, Refused)
        else:
            assert isinstance(judged, AwaitsPerson)
            assert judged.reason.startswith("blast radius: ")
            assert asked == MayMerge()


def test_an_allele_that_makes_much_more_work_is_refused_with_both_figures(tmp_path: Path) -> None:
    with stage(tmp_path, allele=ANNOUNCING) as on:
        same = gate(proved(on, propose(on, raised(on, DELETING), "draft/a/same")), "performance")
        assert same.passed
        busy = gate(proved(on, propose(on, raised(on, BUSY), "draft/a/busy")), "performance")
        assert not busy.passed
        figures = re.findall(r" (\d+)", busy.evidence[0])
        candidate, cases, dominant, budget = map(int, figures)
        assert candidate == dominant + 60 * cases
        assert budget == 2 * dominant + 8 * cases


def test_proving_twice_gives_the_same_bytes_with_a_log_and_without(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        make_risk_high(on)
        for number, source in enumerate((ANNOUNCING, BUSY, DELETING)):
            draft = propose(on, raised(on, source), f"draft/person/try-{number}")
            first = proved(on, draft)
            again = proved(on, draft)  # the log has grown by the first
            elsewhere = prove(on.organism.hands.bench, on.organism.repository, draft)
            assert first.statement() == again.statement() == elsewhere.statement()
            names = [one.gate for one in first.gates]
            assert names == list(dict.fromkeys(names))
            assert {"risk", "blast radius", "primary data", "performance", "invariants"} <= {*names}


def merged(on: Stage, source: str, name: str) -> str:
    """A person's draft on main; its merge."""
    draft = propose(on, raised(on, source), name)
    assert proved(on, draft).passed
    found = merge_draft(on.organism.membrane, draft, f"person:{PERSON}", PERSON)
    assert found is not None
    return found.commit


def cut_log(path: Path) -> None:
    """Set the log back to its first seal, as whoever clones it after a forced push has it."""
    events = "refs/heads/genome/events"
    git = ["git", "-C", str(path)]
    listed = subprocess.run(
        [*git, "rev-list", "--reverse", events], check=True, capture_output=True, text=True
    )
    oldest, *others = listed.stdout.split()
    assert others
    subprocess.run([*git, "update-ref", events, oldest], check=True)
    shutil.rmtree(path / ".git" / "germline")


def test_a_log_that_was_cut_after_a_merge_named_it_is_refused(tmp_path: Path) -> None:
    with stage(tmp_path, allele=ANNOUNCING) as on:
        draft = propose(on, raised(on, DELETING), "draft/person/one")
        note_opened(on.organism.membrane, draft)
        on.organism.log.seal()
        proved(on, draft)
        merged = merge_draft(on.organism.membrane, draft, f"person:{PERSON}", PERSON)
        assert merged is not None
        anchor = anchor_of(on.git("log", "-1", "--format=%B", merged.commit))
        assert anchor is not None
        assert [e.id for e in on.events()][anchor.length - 1] == anchor.last
        on.ask()
        chronicle, repository = on.organism.chronicle, on.organism.repository
        assert log_standing(repository, merged.commit, chronicle) == KEPT
        path, clock, base = on.path, on.clock, merged.commit
    cut_log(path)
    with open_organism(path, clock) as organism:
        standing = log_standing(organism.repository, base, organism.chronicle)
        assert 0 < organism.log.length() < anchor.length
        assert standing.state == "rewritten"
        assert f"merge {base[:12]} says that event {anchor.last[:12]}" in standing.told
        files = allele_files(BUSY)
        again = organism.repository.propose("draft/person/two", base, files, "x\n", PERSON)
        past = Past(organism.chronicle, organism.projector)
        proof = prove(organism.hands.bench, organism.repository, again, None, past)
        assert gate(proof, "primary data").evidence == (standing.told,)
        assert not proof.passed


def test_another_log_than_main_names_is_for_a_person(tmp_path: Path) -> None:
    with stage(tmp_path, allele=ANNOUNCING) as on:
        other = Anchor(3, "a" * 64, "b" * 64)
        message = f"Merge draft/x/y\n\n{other.to_trailer()}"
        base = on.commit({"notes.txt": b"as another controller merges\n"}, message)
        draft = propose(on, raised(on, DELETING))
        found = gate(proved(on, draft), "primary data")
        assert found.approval
        assert found.evidence == (f"the log is not the one that merge {base[:12]} names",)
