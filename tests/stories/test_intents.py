"""Intents: demands whose tasks are hosts; some fail, some do not fit, all are kept true."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from controller.conductor.ledger_fold import LEDGER
from controller.conductor.orchestration.fleet import (
    End,
    FleetRecord,
    GoOn,
    Host,
    KeepAll,
    Standing,
    UndoAll,
    decide_fleet,
)
from controller.conductor.orchestration.run import Ending
from controller.domains.world import JsonObject, Operation
from controller.stories.request import request_intent
from controller.stories.subjects import Asked, subjects_of
from tests.bench.planning import server
from tests.stories.composing import dominant
from tests.stories.stage import Stage, stage

NAME = "edge_server"
INTENT = f"""\
intent rack

  does:
    What stands in the rack.

  has:
    {{count}} hypervisors:
      is {NAME}
      as small_office
      from left

  on failure:
    {{remedy}}
    report what failed
"""
BROKEN_ON_TWO = """
import json
import gene_sdk


def execute(text):
    data = json.loads(text)
    if gene_sdk.link("eno2")["mac"].endswith("99"):
        return json.dumps({"success": False, "created": False, "error": "not on this one"})
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if data["bridge"] not in links:
        gene_sdk.create_bridge(data["bridge"], None, False)
    for port in data["ports"]:
        gene_sdk.attach_port(data["bridge"], port)
        gene_sdk.set_link_state(port, True)
    gene_sdk.set_link_state(data["bridge"], True)
    return json.dumps({"success": True, "created": True})
"""
"""Fails on the host whose second interface has a MAC address that ends with 99."""


def commit_rack(
    on: Stage, remedy: str, *, count: int = 3, missing: str = "", failing: str = ""
) -> None:
    """Hosts, one of them maybe without its first interface, one where a gene fails."""
    files = {
        "contracts/network/rack.sg": INTENT.format(remedy=remedy, count=count).encode(),
        "hosts/hosts.ini": f"[left]\nhost[1:{count}]\n".encode(),
        "germline.toml": (
            b'[worlds."simulated:*"]\nphenotype = "lab"\nstate = "hosts/{host}.json"\n'
            b"[search]\nmax_candidates = 1\n"
        ),
    }
    for number in range(1, count + 1):
        world = server(number)
        text = json.dumps(world)
        if f"host{number}" == missing:
            text = text.replace('"eno1"', '"enp1s0"')
        if f"host{number}" == failing:
            (nic,) = [one for one in links_of(world) if one["name"] == "eno2"]
            text = text.replace(str(nic["mac"]), "02:00:00:00:00:99")
        files[f"hosts/host{number}.json"] = text.encode()
    on.commit(files)
    if failing:
        on.commit(dominant(on, "bridge_create", BROKEN_ON_TWO))


def links_of(world: JsonObject) -> list[JsonObject]:
    """The interfaces of every node of a world as it is written down."""
    nodes = world["nodes"]
    assert isinstance(nodes, list)
    return [link for node in nodes if isinstance(node, dict) for link in node["links"]]  # type: ignore[union-attr,misc]


def ask(on: Stage) -> str:
    """Ask for the intent; the demand's id."""
    return request_intent(on.organism.chronicle, on.main(), "rack", "person:p")


def bridges(on: Stage, host: str) -> set[str]:
    """The bridges of a host."""
    kernel = on.organism.hands.worlds.kernel(f"simulated:{host}")
    settled = on.organism.hands.bench.domain.settled(kernel.observe())["links"]
    assert isinstance(settled, dict)
    return {n for n, link in settled.items() if isinstance(link, dict) and link["kind"] == "bridge"}


def fleet(on: Stage, demand: str) -> FleetRecord:
    """The last fleet of a demand."""
    found = on.organism.chronicle.ledger.latest_fleet(on.record(demand))
    assert found is not None
    return found


MADE = {"management", "guests"}
PRESERVE, ROLLBACK = "preserve what works", "rollback completed steps"


@pytest.mark.parametrize("remedy", [PRESERVE, ROLLBACK])
def test_every_host_of_an_intent_becomes_what_it_is_to_be(tmp_path: Path, remedy: str) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, remedy)
        demand = ask(on)
        assert on.settle() == ()
        assert fleet(on, demand).ending == "done"
        assert fleet(on, demand).account["done"] == ["host1", "host2", "host3"]
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [MADE] * 3
        assert on.organism.hands.transactions.open() == ()


def test_no_host_keeps_anything_before_all_are_done(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK)
        ask(on)
        on.settle()
        kinds = [e.type for e in on.events()]
        assert kinds.index("transaction.confirmed") > max(
            at for at, kind in enumerate(kinds) if kind == "trial.judged"
        )


def test_the_host_that_fails_is_told_of_and_the_others_go_on(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, failing="host2")
        demand = ask(on)
        (gap,) = [one for one in on.settle() if one.obligation.consequence == "rack"]
        assert "2 of 3 hosts are done, 1 failed: host2" in gap.status
        assert "not on this one" in gap.status
        assert gap.needs_person
        assert fleet(on, demand).ending == "partial"
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [MADE, set(), MADE]


def test_where_one_host_fails_the_others_are_undone_unless_the_intent_preserves(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK, failing="host2")
        demand = ask(on)
        on.settle()
        assert fleet(on, demand).ending == "rolled_back"
        assert list(fleet(on, demand).account["failed"])[1] == "host2"  # type: ignore[arg-type]
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [set()] * 3
        assert all(e.data["restored"] for e in on.events("transaction.rolled_back"))
        assert on.organism.hands.transactions.open() == ()


def test_once_the_gene_is_mended_the_whole_intent_is_tried_again(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        honest = on.main().genome.stack("lab", "bridge_create")[0].source
        commit_rack(on, ROLLBACK, failing="host2")
        demand = ask(on)
        on.settle()
        on.commit(dominant(on, "bridge_create", honest))
        assert on.settle() == ()
        assert fleet(on, demand).ending == "done"
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [MADE] * 3


def test_a_host_that_does_not_fit_stops_an_intent_before_anything_is_touched(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK, missing="host2")
        demand = ask(on)
        (gap,) = on.settle()
        assert "1 of 3 hosts do not fit: host2: as small_office: there is no interface eno1" in (
            gap.status
        )
        assert on.events("expression.started") == []
        assert len(on.events("demand.refused")) == 1
        assert on.record(demand).fleets == []


def test_of_ten_hosts_the_one_with_a_renamed_interface_is_told_of_and_nine_go_on(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, count=10, missing="host7")
        demand = ask(on)
        on.settle()
        begun = fleet(on, demand)
        assert list(begun.unfit) == ["host7"]
        assert "there is no interface eno1" in begun.unfit["host7"]
        assert len(begun.hosts) == 9
        worlds = {str(e.data["world"]) for e in on.events("expression.started")}
        assert worlds == {f"simulated:host{n}" for n in range(1, 11) if n != 7}


def test_a_host_that_drifted_is_mended_alone(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK)
        ask(on)
        on.settle()
        before = len(on.events("expression.started"))
        kernel = on.organism.hands.worlds.kernel("simulated:host3")
        kernel.perform(Operation("delete_bridge", {"bridge": "guests"}))
        on.clock.sleep(60.0)
        assert on.settle() == ()
        assert bridges(on, "host3") == MADE
        again = on.events("expression.started")[before:]
        assert {str(e.data["world"]) for e in again} == {"simulated:host3"}


def test_when_an_intent_grows_only_the_new_host_is_touched(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK, count=2)
        demand = ask(on)
        on.settle()
        before = len(on.events("expression.started"))
        commit_rack(on, ROLLBACK, count=3)
        assert on.settle() == ()
        again = on.events("expression.started")[before:]
        assert {str(e.data["world"]) for e in again} == {"simulated:host3"}
        assert len(on.record(demand).fleets) == 2


def test_a_newer_demand_for_an_intent_takes_the_place_of_the_older(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, ROLLBACK)
        older = ask(on)
        on.organism.controller.run_pass()
        on.clock.sleep(0.5)
        newer = ask(on)
        assert on.settle() == ()
        assert (fleet(on, older).ending, fleet(on, newer).ending) == ("superseded", "done")
        assert [bridges(on, f"host{n}") for n in (1, 2, 3)] == [MADE] * 3


def test_the_networks_of_an_intent_say_what_phenotypes_leave_open(tmp_path: Path) -> None:
    text = INTENT.format(remedy=PRESERVE, count=1).replace(
        "  has:\n", "  networks:\n    office:\n      vlan 10\n      gateway 10.10.0.1\n\n  has:\n"
    )
    text = text.replace("      from left\n", "      from left\n      on office\n")
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, count=1)
        path = "contracts/network/edge_server.sg"
        topology = on.main().files[path].decode()
        wider = topology.replace(
            "  verify:", "    office_vlan  int = 1\n    office_gateway  string?\n\n  verify:"
        ).replace('role"\n\n    office', 'role"\n    office')
        on.commit({path: wider.encode(), "contracts/network/rack.sg": text.encode()})
        (one,) = subjects_of(on.organism.hands, on.main(), Asked("rack"))
        assert one.problem == ""
        assert (one.values["office_vlan"], one.values["office_gateway"]) == (10, "10.10.0.1")


def test_a_dumped_ledger_knows_its_fleets(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        commit_rack(on, PRESERVE, failing="host2")
        demand = ask(on)
        on.settle()
        again = LEDGER.load(LEDGER.dump(on.organism.chronicle.ledger))
        assert again.latest_fleet(again.demands[demand]) == fleet(on, demand)


# --- values in, values out ----------------------------------------------------------------


def hosts(**standing: Standing) -> tuple[Host, ...]:
    """Hosts by their standing."""
    still = (Standing.RUNNING, Standing.HELD)
    return tuple(Host(name, one, open=one in still) for name, one in standing.items())


@pytest.mark.parametrize(
    ("stands", "preserving", "verdict"),
    [
        ({"a": Standing.HELD, "b": Standing.RUNNING}, False, GoOn),
        ({"a": Standing.HELD, "b": Standing.HELD}, False, KeepAll),
        ({"a": Standing.DONE, "b": Standing.HELD}, False, KeepAll),
        ({"a": Standing.HELD, "b": Standing.FAILED}, False, UndoAll),
        ({"a": Standing.WAITING, "b": Standing.FAILED}, False, End),
        ({"a": Standing.RUNNING, "b": Standing.FAILED}, True, GoOn),
        ({"a": Standing.DONE, "b": Standing.FAILED}, True, End),
    ],
)
def test_what_is_next_for_a_fleet(
    stands: Mapping[str, Standing], preserving: bool, verdict: type
) -> None:
    found = decide_fleet(hosts(**stands), unfit=False, preserving=preserving)
    assert isinstance(found, verdict)


def test_a_fleet_is_done_only_if_every_host_that_is_wanted_is() -> None:
    done = hosts(a=Standing.DONE)
    assert decide_fleet(done, unfit=False, preserving=True) == End(Ending.DONE)
    assert decide_fleet(done, unfit=True, preserving=True) == End(Ending.PARTIAL)
    failed = hosts(a=Standing.FAILED)
    assert decide_fleet(failed, unfit=False, preserving=True) == End(Ending.ROLLED_BACK)
