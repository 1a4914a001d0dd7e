"""What a crash or a failing disk leaves of a trial is closed, in the log as in the world."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.adapters.git_event_log import GitEventLog
from controller.adapters.transaction_journal import TransactionJournal
from controller.demo.setting import PERSON
from controller.history.event import Event, Occurrence
from controller.ports import Unavailable
from tests.stories.stage import ANNOUNCING, Stage, stage
from tests.stories.test_converge import back, play_trials


def ports(on: Stage) -> object:
    return on.do("bridge_ports", bridge=on.scenario.input["bridge"])


def test_a_trial_whose_transaction_never_began_ends_when_another_demand_replaces_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Unavailable("the disk is full")

    with stage(tmp_path, 1, ANNOUNCING) as on:
        first = on.ask()
        with monkeypatch.context() as failing:
            failing.setattr(TransactionJournal, "begin", full)
            on.organism.controller.run_pass()
        assert [end for _, end in on.outcomes(first)] == [None]
        on.ask(back(on))
        on.organism.controller.run_pass()
        assert [end for _, end in on.outcomes(first)] == ["interrupted"]


def test_a_confirmation_that_was_cut_short_is_not_told_as_a_rollback_that_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = GitEventLog.append

    def dies(log: GitEventLog, occurrences: list[Occurrence]) -> tuple[Event, ...]:
        if occurrences[0].type == "transaction.confirmed":
            raise KeyboardInterrupt
        return append(log, occurrences)

    with stage(tmp_path, 1, ANNOUNCING) as on:
        before = ports(on)
        first = on.ask()
        with monkeypatch.context() as dying:
            dying.setattr(GitEventLog, "append", dies)
            with pytest.raises(KeyboardInterrupt):
                on.settle()
        assert ports(on) != before
        on.ask({**on.scenario.input, "to_nic": "nosuch0"})
        on.organism.controller.run_pass()
        assert [end for _, end in on.outcomes(first)] == ["confirmed"]
        assert ports(on) != before


def test_a_change_is_undone_when_a_person_takes_its_locus_away_and_a_person_is_told(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        before = ports(on)
        demand = on.ask()
        on.organism.controller.run_pass()
        assert ports(on) != before
        lab = on.main().files["phenotypes/lab.sg"].decode().splitlines(keepends=True)
        kept = "".join(line for line in lab if "bridge_uplink " not in line)
        on.commit({"phenotypes/lab.sg": kept.encode()})
        on.settle()
        assert ports(on) == before
        assert on.record(demand).handed_over == "no allele is expressed at this locus"


def test_nobody_waits_for_a_locus_that_main_does_not_have_any_more(tmp_path: Path) -> None:
    with stage(tmp_path, 1, ANNOUNCING) as on:
        before, demand = ports(on), on.ask()
        on.organism.controller.run_pass()
        changes = dict[str, bytes | None]()
        for path, data in on.main().files.items():
            if path.startswith(("contracts/", "phenotypes/")) and b"bridge_uplink" in data:
                kept = data.decode().partition("\n  feeds:")[0].splitlines(keepends=True)
                changes[path] = "".join(
                    line for line in kept if "bridge_uplink " not in line
                ).encode()
            if "bridge_uplink" in path:
                changes[path] = None
        on.organism.repository.commit_main(changes, "No uplinks", PERSON)
        on.settle()
        assert ports(on) == before
        assert on.record(demand).handed_over == "main has no locus bridge_uplink"


def test_a_draft_is_not_merged_on_a_proof_that_the_log_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, failed = GitEventLog.append, list[str]()

    def fails_once(log: GitEventLog, occurrences: list[Occurrence]) -> tuple[Event, ...]:
        if occurrences[0].type == "draft.proved" and not failed:
            failed.append("draft.proved")
            raise Unavailable("the disk does not answer")
        return append(log, occurrences)

    with stage(tmp_path) as on:
        monkeypatch.setattr(GitEventLog, "append", fails_once)
        noted = Occurrence("noted.elsewhere", "x", {}, on.clock.now(), None, "test")
        (event,) = on.organism.log.append([noted])
        play_trials(on, on.dominant(), event.id, healthy=False, count=3)
        on.settle()
        kinds = [one.type for one in on.events("draft.")]
        assert failed
        assert kinds == ["draft.opened", "draft.proved", "draft.merged"]
