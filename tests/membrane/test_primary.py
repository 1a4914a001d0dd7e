"""No draft loses what nothing could bring back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.membrane.primary import KEPT, Anchor, LogStanding, anchor_of, primary_gate
from controller.membrane.proof import GateResult
from controller.shipped import shipped_files
from tests.genome.test_genome import shipped

FILES = {**shipped_files(), "germline.toml": b""}
LAB = "phenotypes/lab.sg"
ids = st.text("0123456789abcdef", min_size=64, max_size=64)


def gate(
    changed: dict[str, str],
    after: dict[str, bytes],
    log: LogStanding = KEPT,
    *,
    keys_moved: bool = False,
    by_people: bool = False,
) -> GateResult:
    genome = shipped()
    return primary_gate(
        changed, (FILES, after), (genome, genome), log, keys_moved=keys_moved, by_people=by_people
    )


def test_a_draft_that_keeps_everything_passes() -> None:
    found = gate({}, FILES)
    assert found.passed
    assert not found.approval


@pytest.mark.parametrize("path", ["contracts/network/set_mtu.sg", "policy/merge.toml", LAB])
def test_what_a_machine_deletes_is_refused_and_what_people_delete_is_approved(path: str) -> None:
    left = {name: content for name, content in FILES.items() if name != path}
    refused = gate({path: "deleted"}, left)
    assert not refused.passed
    assert refused.evidence[0] == f"{path} is deleted, which only people may"
    asked = gate({path: "deleted"}, left, by_people=True)
    assert asked.passed
    assert asked.approval


def test_nobody_takes_the_genome_away_or_an_allele_out_of_it() -> None:
    left = {name: content for name, content in FILES.items() if name != "germline.toml"}
    assert not gate({"germline.toml": "deleted"}, left, by_people=True).passed
    base = shipped()
    without = {**base.alleles, "check_arp": {}}
    found = primary_gate(
        {},
        (FILES, FILES),
        (base, replace(base, alleles=without)),
        KEPT,
        keys_moved=False,
        by_people=True,
    )
    assert not found.passed
    assert "of check_arp is not as it was registered, which" in found.evidence[0]
    assert "lab" in found.evidence[0]


def test_a_machine_keeps_the_comments_of_a_phenotype() -> None:
    noted = FILES[LAB].replace(b"phenotype lab", b"# Ask Ada first.\nphenotype lab")
    genome = shipped()
    files = ({**FILES, LAB: noted}, FILES)
    found = primary_gate(
        {LAB: "modified"}, files, (genome, genome), KEPT, keys_moved=False, by_people=False
    )
    assert found.evidence == (f"{LAB}: the comment `# Ask Ada first.` is not kept",)


def test_keys_that_move_and_another_log_are_for_a_person() -> None:
    for found in (
        gate({}, FILES, keys_moved=True),
        gate({}, FILES, LogStanding("other", "the log is not the one")),
    ):
        assert found.passed
        assert found.approval
    assert not gate({}, FILES, LogStanding("rewritten", "cut"), by_people=True).passed


@given(st.integers(1, 10**12), ids, ids)
def test_a_merge_says_what_it_was_made_to_say(length: int, last: str, first: str) -> None:
    anchor = Anchor(length, last, first)
    assert anchor_of(f"Merge draft/x/y\n\n{anchor.to_trailer()}") == anchor
    assert anchor_of(f"A title\n\n{anchor.to_trailer()}") is None
