"""A controller that is late: what its hosts took back by themselves is no fault of any allele."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fleet.genome import ADDING, FORMER, LATTER, Fixture, genome, values
from tests.fleet.namespaces import Fleet
from tests.fleet.test_rollout import draft_of

pytestmark = pytest.mark.root

SLOW_SSH = """#!/bin/sh
# What a host says is held back here until the change is taken back there.
answer=$(mktemp)
'{ssh}' "$@" > "$answer"; status=$?
while ip -n '{space}' -o address show | grep -q ' {address} '; do sleep 0.1; done
cat "$answer"; rm "$answer"
exit $status
"""


def until(fixture: Fixture, happens: Callable[[], bool]) -> None:
    """Do something else than passes until something has happened."""
    clock = fixture.organism.clock
    deadline = clock.now() + timedelta(seconds=120)
    while not happens():
        assert clock.now() < deadline
        clock.sleep(0.1)


def blamed(fixture: Fixture) -> list[str]:
    """The types of events by which an allele would be charged, or replaced."""
    against = ("search.finished", "draft.opened", "person.needed")
    judged = [e for e in fixture.events("trial.judged") if e.data["healthy"] is False]
    return [event.type for kind in against for event in fixture.events(kind)] + [
        event.type for event in judged
    ]


def test_a_change_that_a_busy_controller_lets_lapse_is_done_again_and_charged_to_nobody(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[0]
    with genome(tmp_path / "genome", reached, ADDING, grace_s=0.5) as fixture:
        fixture.ask("h1", values("10.92.0.1/24"))
        fixture.run_until("expression.finished")
        until(fixture, lambda: not host.has("10.92.0.1/24"))
        fixture.run_until("transaction.rolled_back")
        (told,) = fixture.events("transaction.rolled_back")
        assert told.data["outcome"] == "unconfirmed"
        assert told.data["restored"] is True
        fixture.run_until("transaction.confirmed")
        assert host.has("10.92.0.1/24")
        first, second = fixture.events("expression.started")
        assert first.data["allele"] == second.data["allele"]
        (trial, _) = fixture.organism.chronicle.ledger.trials.values()
        assert not trial.counts
        assert blamed(fixture) == []


def test_an_answer_that_comes_too_late_from_a_host_that_was_heard_charges_nobody(
    reached: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, address = reached.hosts[1], "10.93.0.1/24"
    slow = tmp_path / "ssh"
    slow.write_text(SLOW_SSH.format(ssh=reached.ssh, space=host.space, address=address))
    slow.chmod(0o755)
    with genome(tmp_path / "genome", reached, FORMER, grace_s=0.5) as fixture:
        fixture.kernel("h2").observe()
        fixture.ask("h2", values(address))
        monkeypatch.setenv("ANSIBLE_SSH_EXECUTABLE", str(slow))
        fixture.run_until("expression.finished")
        assert not host.has(address)
        monkeypatch.setenv("ANSIBLE_SSH_EXECUTABLE", str(reached.ssh))
        fixture.run_until("transaction.confirmed")
        (told,) = fixture.events("transaction.rolled_back")
        assert told.data["outcome"] == "unconfirmed"
        assert host.has(address)
        assert blamed(fixture) == []


def types(fixture: Fixture) -> list[str]:
    """The types of the log's events, in order."""
    return [event.type for event in fixture.organism.log.since(0)]


def test_what_a_host_waits_for_comes_before_a_look_at_others(
    reached: Fleet, tmp_path: Path
) -> None:
    other = reached.hosts[3]
    with genome(tmp_path / "genome", reached, FORMER) as fixture:
        fixture.ask("h4", values("10.95.0.4/24"))
        fixture.run_until("transaction.confirmed")
        other.ip("address", "delete", "10.95.0.4/24", "dev", "mgmt0")
        fixture.ask("h3", values("10.95.0.3/24"))
        fixture.run_until("drift.observed")
        told = types(fixture)
        assert told[: told.index("drift.observed")].count("transaction.confirmed") == 2


def test_what_a_host_waits_for_comes_before_a_proof(reached: Fleet, tmp_path: Path) -> None:
    with genome(tmp_path / "genome", reached, FORMER) as fixture:
        fixture.ask("h3", values("10.97.0.3/24"))
        fixture.run_until("expression.finished")
        draft_of(fixture.path, LATTER, FORMER)
        fixture.run_until("draft.proved")
        told = types(fixture)
        assert told.index("transaction.confirmed") < told.index("draft.proved")
