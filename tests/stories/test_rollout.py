"""After a merge a healthy fleet is changed from its canary on, and changed back where it fails."""

from __future__ import annotations

from pathlib import Path

from tests.stories.crowd import CUTTING, FORMER, LATTER, crowd, short


def test_a_merged_change_goes_to_a_canary_then_to_batches(tmp_path: Path) -> None:
    settings = "[canary]\nhosts = ['cas']\n[rollout]\nbatches = [2, 3]\n"
    with crowd(tmp_path, settings=settings) as fleet:
        before = len(fleet.given())
        fleet.merge(LATTER, FORMER)
        merged_at = fleet.clock.now()
        fleet.one_pass()
        assert fleet.given()[before:] == [("cas", short(LATTER))]
        fleet.settle()
        order = [host for host, _ in fleet.given()[before:]]
        assert order[:3] == ["cas", "ada", "bea"]
        assert sorted(order) == ["ada", "bea", "cas", "dot", "eve", "fay"]
        started, passed = fleet.events("canary.started", "canary.passed")
        assert started.data["worlds"][0] == "simulated:cas"
        assert (passed.at - merged_at).total_seconds() >= 60
        assert set(fleet.serving().values()) == {short(LATTER)}


def test_a_canary_that_fails_has_its_merge_reverted_and_no_other_host_sees_it(
    tmp_path: Path,
) -> None:
    with crowd(tmp_path) as fleet:
        before = len(fleet.given())
        merge = fleet.merge(CUTTING, FORMER)
        fleet.settle()
        assert {host for host, allele in fleet.given()[before:] if allele == short(CUTTING)} == {
            "ada"
        }
        assert [
            e.type for e in fleet.events("canary.started", "canary.failed", "canary.passed")
        ] == [
            "canary.started",
            "canary.failed",
        ]
        assert fleet.dominant() == short(FORMER)
        message = fleet.git("log", "-1", "--format=%B", "HEAD^2")
        assert f"This reverts commit {merge}" in message
        assert "check_link on simulated:ada, its canary" in message
        assert fleet.git("diff", f"{merge}^1", "HEAD") == ""
        assert set(fleet.serving().values()) == {short(FORMER)}
        rejected = fleet.organism.chronicle.ledger.rejected("fleet", "interface_address")
        assert {sha[:12] for sha in rejected} == {short(CUTTING)}
