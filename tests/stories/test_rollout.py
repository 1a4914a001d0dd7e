"""After a merge a healthy fleet is changed from its canary on, and changed back where it fails."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from controller import host_limits
from controller.genome.allele import name_of
from controller.stories.advance import situation_of
from controller.stories.why import explain_allele
from tests.fleet.genome import (
    CONTRACTS,
    DOWN,
    FORMER,
    LATTER,
    LOCUS,
    phenotype,
    registered,
    short,
)
from tests.fleet.people import PERSON
from tests.stories.crowd import HOSTS, crowd, reopened
from tests.stories.test_staging import unreachable


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
        merge = fleet.merge(DOWN, FORMER)
        fleet.settle()
        assert {host for host, allele in fleet.given()[before:] if allele == short(DOWN)} == {"ada"}
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
        events = [*fleet.organism.log.since(0)]
        former = fleet.main().genome.alleles[LOCUS][name_of(FORMER)]
        told = [link.text for link in explain_allele(events, former)]
        assert told[-4].startswith(f"{short(DOWN)} failed: unhealthy according to check_link")
        rejected = fleet.organism.chronicle.ledger.rejected("fleet", "interface_address")
        assert {sha[:12] for sha in rejected} == {short(DOWN)}


def test_what_fails_later_on_one_host_is_taken_back_from_all(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        merge = fleet.merge(LATTER, FORMER)
        fleet.settle()
        fleet.do("dot", "set_link_state", interface=fleet.interface, up=False)
        fleet.clock.sleep(301)
        fleet.one_pass()
        fleet.do("dot", "set_link_state", interface=fleet.interface, up=True)
        fleet.settle()
        (failed,) = fleet.events("rollout.failed")
        assert failed.data["reason"] == "unhealthy according to check_link on simulated:dot"
        assert fleet.dominant() == short(FORMER)
        assert fleet.git("diff", f"{merge}^1", "HEAD") == ""
        assert set(fleet.serving().values()) == {short(FORMER)}
        assert fleet.events("rollout.ended")[-1].data["reason"].startswith("main expresses")


def test_without_the_right_to_revert_a_draft_waits_and_hosts_have_the_former_allele(
    tmp_path: Path,
) -> None:
    with crowd(tmp_path) as fleet:
        policy = {"policy/merge.toml": b"[merge]\nautomatic_revert = false\n"}
        fleet.merge(DOWN, FORMER, **policy)
        result = fleet.settle()
        assert fleet.dominant() == short(DOWN)
        (draft,) = fleet.organism.repository.drafts()
        assert draft.name.startswith("draft/revert/fleet-interface-address-")
        assert fleet.events("draft.proved")[-1].data["passed"] is True
        assert set(fleet.serving().values()) == {short(FORMER)}
        assert result.gaps == ()


def test_what_is_passed_over_is_not_proposed_for_the_place_that_it_has(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        policy = {"policy/merge.toml": b"[merge]\nautomatic_revert = false\n"}
        fleet.merge(LATTER, FORMER, **policy)
        fleet.settle()
        fleet.do("dot", "set_link_state", interface=fleet.interface, up=False)
        fleet.clock.sleep(301)
        fleet.settle()
        opened, main = fleet.organism, fleet.main()
        ledger = opened.chronicle.ledger
        (dot,) = [one for one in ledger.standing_demands() if one.demand.world == "simulated:dot"]
        assert ledger.trials_of(dot)[-1].end == "rolled_back"
        met = situation_of(opened.membrane, main, ledger, dot, fleet.clock.now())
        assert met.stack == (name_of(FORMER),)
        assert fleet.dominant() == short(LATTER)
        assert met.proven == ()


def test_what_people_committed_straight_to_main_is_theirs_to_take_back(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        files = {**registered(LOCUS, DOWN), "phenotypes/fleet.sg": phenotype(DOWN, FORMER)}
        commit = fleet.organism.repository.commit_main(files, "Straight to main", PERSON)
        result = fleet.settle()
        assert fleet.dominant() == short(DOWN)
        (gap,) = result.gaps
        assert gap.needs_person
        assert f"`git revert {commit[:12]}`" in gap.status
        assert set(fleet.serving().values()) == {short(FORMER)}


def test_a_contract_that_came_with_the_change_is_taken_back_whole(tmp_path: Path) -> None:
    path = f"contracts/network/{LOCUS}.sg"
    with crowd(tmp_path) as fleet:
        contract = CONTRACTS[path].lstrip()
        merge = fleet.merge(
            DOWN, FORMER, **{path: contract.replace("one more", "another").encode()}
        )
        fleet.settle()
        assert fleet.git("diff", f"{merge}^1", "HEAD") == ""


def test_a_contract_that_people_changed_since_is_left_to_them(tmp_path: Path) -> None:
    path = f"contracts/network/{LOCUS}.sg"
    with crowd(tmp_path) as fleet:
        contract = CONTRACTS[path].lstrip().replace("one more", "another")
        merge = fleet.merge(DOWN, FORMER, **{path: contract.encode()})
        again = contract.replace("The interface that gets it", "Which interface gets it")
        fleet.organism.repository.commit_main({path: again.encode()}, "Worded better", PERSON)
        (gap,) = fleet.settle().gaps
        assert f"{path} belongs to people, who have changed it since {merge[:12]}" in gap.status
        assert fleet.dominant() == short(DOWN)


def test_a_persons_own_revert_is_everywhere_at_once(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        fleet.merge(LATTER, FORMER)
        fleet.settle()
        before = len(fleet.given())
        fleet.git("revert", "-m", "1", "--no-edit", "HEAD")
        fleet.organism.controller.run_pass()
        assert fleet.given()[before:] == [(host, short(FORMER)) for host in HOSTS]
        fleet.settle()
        assert fleet.rollout() is None


def test_who_brings_back_what_was_taken_back_has_it_staged_again_and_is_not_overruled(
    tmp_path: Path,
) -> None:
    with crowd(tmp_path) as fleet:
        fleet.merge(DOWN, FORMER)
        fleet.settle()
        before = len(fleet.given())
        fleet.git("revert", "-m", "1", "--no-edit", "HEAD")
        (gap,) = fleet.settle().gaps
        tried = {host for host, allele in fleet.given()[before:] if allele == short(DOWN)}
        assert tried == {"ada"}
        assert gap.needs_person
        assert fleet.dominant() == short(DOWN)


def test_alleles_that_both_fail_do_not_take_each_others_place_for_ever(tmp_path: Path) -> None:
    settings = "[search]\nmax_candidates = 1\n"
    with crowd(tmp_path, hosts=("ada", "bea"), settings=settings) as fleet:
        fleet.merge(LATTER, FORMER)
        fleet.settle()
        fleet.do("ada", "set_link_state", interface=fleet.interface, up=False)
        fleet.do("bea", "set_link_state", interface=fleet.interface, up=False)
        fleet.clock.sleep(301)
        fleet.settle()
        assert len(fleet.events("draft.merged")) == 1
        assert fleet.dominant() == short(FORMER)


def test_a_rollout_goes_on_after_a_restart_with_its_canary_still_open(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        before = len(fleet.given())
        fleet.merge(LATTER, FORMER)
        fleet.one_pass()
    with reopened(tmp_path, fleet) as again:
        assert [host for host, _ in again.given()[before:]] == ["ada"]
        again.settle()
        assert len(again.events("canary.started")) == 1
        assert set(again.serving().values()) == {short(LATTER)}


def test_a_fleet_of_one_waits_for_nobody(tmp_path: Path) -> None:
    with crowd(tmp_path, hosts=("ada",)) as fleet:
        fleet.merge(LATTER, FORMER)
        merged_at = fleet.clock.now()
        fleet.settle()
        assert fleet.events("transaction.confirmed")[-1].at - merged_at < timedelta(seconds=10)


def test_a_host_where_the_change_cannot_begin_gives_its_turn_to_the_next(tmp_path: Path) -> None:
    path = f"contracts/network/{LOCUS}.sg"
    contract = CONTRACTS[path].lstrip().replace("} exists", "} is up")
    with crowd(tmp_path) as fleet:
        fleet.do("ada", "set_link_state", interface=fleet.interface, up=False)
        fleet.merge(LATTER, FORMER, **{path: contract.encode()})
        fleet.settle()
        assert fleet.serving() == {"ada": short(FORMER), **dict.fromkeys(HOSTS[1:], short(LATTER))}
        (passed,) = fleet.events("canary.passed")
        assert passed.data["reason"] == "healthy on simulated:bea"


def test_a_canary_that_is_out_of_reach_for_long_gives_its_turn_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crowd(tmp_path) as fleet:
        before = len(fleet.given())
        away = unreachable(monkeypatch, "simulated:ada")
        fleet.merge(LATTER, FORMER)
        while not fleet.events("canary.passed"):
            assert fleet.one_pass().wake_at is not None
        assert fleet.given()[before] == ("bea", short(LATTER))
        first, replaced = fleet.events("canary.away", "canary.replaced")
        assert (replaced.at - first.at).total_seconds() >= host_limits.CANARY_AWAY_SECONDS
        assert str(replaced.data["reason"]).startswith("out of reach since 2026-01-01T")
        away.clear()
        fleet.settle()
        assert fleet.serving() == dict.fromkeys(HOSTS, short(LATTER))
        assert fleet.organism.chronicle.ledger.away == {}


def test_hosts_that_are_in_the_middle_of_the_former_change_wait_as_well(tmp_path: Path) -> None:
    with crowd(tmp_path) as fleet:
        fleet.merge(LATTER, FORMER)
        fleet.settle()
        fleet.git("revert", "-m", "1", "--no-edit", "HEAD")
        fleet.organism.controller.run_pass()  # everywhere begun, nowhere confirmed
        fleet.merge(DOWN, FORMER)
        fleet.settle()
        assert {host for host, allele in fleet.given() if allele == short(DOWN)} == {"ada"}
        assert set(fleet.serving().values()) == {short(FORMER)}
