"""Intents and topologies reach several hosts from a canary on, and stop where they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller import host_limits
from controller.adapters.kept_world import KeptWorld
from controller.domains.world import JsonObject
from controller.ports import Unavailable
from controller.stories.converge import PassResult
from tests.stories.composing import dominant
from tests.stories.stage import Stage, stage
from tests.stories.test_intents import (
    MADE,
    PRESERVE,
    ROLLBACK,
    ask,
    bridges,
    commit_rack,
    fleet,
)

TOPOLOGY = "contracts/network/edge_server.sg"
BATCHES = b"[rollout]\nbatches = [2, 3]\n"


def configure(on: Stage, text: bytes) -> None:
    """A person adds to germline.toml."""
    on.commit({"germline.toml": on.main().files["germline.toml"] + text})


def moments(on: Stage) -> list[tuple[str, str]]:
    """(what, host): runs as they begin and end."""
    demands = on.organism.chronicle.ledger.demands
    found = []
    for event in on.events("pathway."):
        host = demands[str(event.data["demand"])].demand.world.removeprefix("simulated:")
        found.append((event.type.removeprefix("pathway."), host))
    return found


def began(on: Stage) -> list[str]:
    """The hosts in the order in which their runs began."""
    return [host for what, host in moments(on) if what == "started"]


def at_once(on: Stage) -> int:
    """The most runs that were ever under way together."""
    most, now = 0, 0
    for what, _ in moments(on):
        now += 1 if what == "started" else -1
        most = max(most, now)
    return most


def another_form(on: Stage) -> None:
    """A person words the topology otherwise: each host's run would be another one."""
    text = on.main().files[TOPOLOGY]
    on.commit({TOPOLOGY: text.replace(b"A small server", b"One small server")})


def test_an_intent_goes_to_one_host_then_to_batches(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, count=5)
        configure(on, BATCHES + b"[canary]\nhosts = ['host3']\n")
        ask(on)
        assert on.settle() == ()
        assert moments(on)[:2] == [("started", "host3"), ("finished", "host3")]
        assert began(on)[1:3] == ["host1", "host2"]
        assert at_once(on) == 2
        assert [bridges(on, f"host{n}") for n in range(1, 6)] == [MADE] * 5


def test_a_canary_that_fails_stops_the_others_until_it_is_mended(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        honest = on.main().genome.stack("lab", "bridge_create")[0].source
        commit_rack(on, PRESERVE, failing="host1")
        demand = ask(on)
        gaps = on.settle()
        assert began(on) == ["host1"]
        assert fleet(on, demand).ending is None
        (rack,) = [one for one in gaps if one.obligation.consequence == "rack"]
        assert rack.needs_person
        assert "2 waiting, 1 failed" in rack.status
        assert (
            "stopped: simulated:host1, the canary, failed: step 1.1: not on this one" in rack.status
        )
        on.commit(dominant(on, "bridge_create", honest))
        assert on.settle() == ()
        assert began(on) == ["host1", "host1", "host2", "host3"]
        assert fleet(on, demand).ending == "done"


def test_an_intent_of_all_or_nothing_waits_for_its_canary_and_undoes_all(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK, failing="host3")
        configure(on, b"[rollout]\nbatches = [1]\n")
        demand = ask(on)
        on.settle()
        assert began(on) == ["host1", "host2", "host3"]
        assert fleet(on, demand).ending == "rolled_back"
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [set()] * 3
        assert on.organism.hands.transactions.open() == ()


def test_a_topology_that_main_changes_reaches_its_hosts_from_a_canary_on(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, count=4)
        configure(on, BATCHES)
        ask(on)
        on.settle()
        before = len(moments(on))
        another_form(on)
        assert on.settle() == ()
        assert moments(on)[before : before + 2] == [("started", "host1"), ("finished", "host1")]
        assert sorted(began(on)[4:]) == [f"host{n}" for n in range(1, 5)]


def test_a_changed_topology_that_fails_on_its_canary_reaches_no_other_before_it_is_mended(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE)
        ask(on)
        on.settle()
        links = on.main().files[TOPOLOGY]
        on.commit(dominant(on, "bridge_create", "def execute(text):\n    raise ValueError(text)\n"))
        text = links.replace(b"    guests:\n", b"    visitors:\n")
        on.commit({TOPOLOGY: text.replace(b"interface=guests", b"interface=visitors")})
        assert on.settle() == ()  # by an allele that had proved itself
        assert began(on)[3:] == ["host1", "host1", "host2", "host3"]
        kinds = [e.type for e in on.events() if e.type in ("draft.merged", "pathway.started")]
        assert kinds[3:] == ["pathway.started", "draft.merged", *["pathway.started"] * 3]
        made = {"management", "visitors"}
        assert all(made <= bridges(on, f"host{n}") for n in (1, 2, 3))


def test_a_canary_that_is_out_of_reach_is_replaced_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE)
        ask(on)
        on.settle()
        another_form(on)
        away = unreachable(monkeypatch, "simulated:host1")
        on.organism.controller.run_pass()
        assert [event.data["world"] for event in on.events("canary.away")] == ["simulated:host1"]
        while not on.events("canary.replaced"):
            assert began(on)[3:] == []
            wait_for_next(on)
        first, replaced = on.events("canary.")
        assert (replaced.at - first.at).total_seconds() >= host_limits.CANARY_AWAY_SECONDS
        while len(moments(on)) < 6 + 4:
            wait_for_next(on)
        assert moments(on)[6:9] == [
            ("started", "host2"),
            ("finished", "host2"),
            ("started", "host3"),
        ]
        away.clear()
        assert on.settle() == ()
        assert sorted(began(on)[3:]) == ["host1", "host2", "host3"]
        assert on.organism.chronicle.ledger.passed_over == []


def wait_for_next(on: Stage) -> PassResult:
    """A pass; then the clock is where the next is due."""
    result = on.organism.controller.run_pass()
    assert result.wake_at is not None
    on.clock.sleep(max(0.0, (result.wake_at - on.clock.now()).total_seconds()))
    return result


def unreachable(monkeypatch: pytest.MonkeyPatch, *worlds: str) -> set[str]:
    """Worlds that nobody can look at; those that are taken out of the set can be again."""
    away, observe = {*worlds}, KeptWorld.observe

    def look(self: KeptWorld) -> JsonObject:
        if self._path.stem in away:
            raise Unavailable(f"{self._path.stem} is out of reach")
        return observe(self)

    monkeypatch.setattr(KeptWorld, "observe", look)
    return away
