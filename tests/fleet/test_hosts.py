"""Genes on other machines: what is confirmed stays, what nobody can confirm takes itself back."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from controller.adapters.ansible_courier import AnsibleCourier, Parcel
from controller.adapters.runtime_archive import runtime
from controller.ports import Blocked, Returned, Unavailable
from controller.ports.transactions import UNHEARD
from tests.fleet.genome import ADDING, CUTTING, adding, genome, values
from tests.fleet.namespaces import Fleet

pytestmark = pytest.mark.root


def test_a_gene_is_sent_to_a_host_verified_there_and_confirmed(
    reached: Fleet, tmp_path: Path
) -> None:
    first, second, *_ = reached.hosts
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        fixture.ask("h1", values("10.78.0.1/24"))
        troubles = fixture.run_until("transaction.confirmed")
        assert troubles == []
        assert first.has("10.78.0.1/24")
        assert not second.has("10.78.0.1/24")


def test_two_hosts_are_served_in_the_same_journeys_and_a_third_that_is_away_holds_up_none(
    reached: Fleet, tmp_path: Path
) -> None:
    away = b"    away: {ansible_host: 10.77.9.9}\n"
    inventory = reached.inventory() + away
    with genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture:
        for number, host in enumerate(reached.hosts[:2], 1):
            fixture.ask(host.name, values(f"10.83.0.{number}/24"))
        fixture.demand_unasked("away", values("10.83.0.3/24"))
        troubles = fixture.run_until("transaction.confirmed", 2)
        assert any("host away is out of reach" in trouble for trouble in troubles)
        starts = [e.type for e in fixture.organism.log.since(0) if e.type.startswith("expression.")]
        assert starts[3:7] == ["expression.started"] * 2 + ["expression.finished"] * 2
        assert all(host.has(f"10.83.0.{n}/24") for n, host in enumerate(reached.hosts[:2], 1))


def test_what_somebody_changes_on_a_host_is_drift_and_is_put_right(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[1]
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        fixture.ask("h2", values("10.84.0.1/24"))
        fixture.run_until("transaction.confirmed")
        host.ip("address", "delete", "10.84.0.1/24", "dev", "mgmt0")
        fixture.run_until("drift.observed")
        (drift,) = fixture.events("drift.observed")
        assert "has address {address}" in str(drift.data["missing"])
        fixture.run_until("transaction.confirmed", 2)
        assert host.has("10.84.0.1/24")


def test_a_host_that_a_gene_cuts_off_comes_back_by_itself(reached: Fleet, tmp_path: Path) -> None:
    host = reached.hosts[0]
    with genome(tmp_path / "genome", reached, CUTTING, grace_s=2.0) as fixture:
        fixture.ask("h1", values("10.79.0.1/24"))
        fixture.run_until("transaction.rolled_back")
        (told,) = fixture.events("transaction.rolled_back")
        assert told.data["restored"] is True
        assert host.ended(str(told.data["trial"]))["reason"] == UNHEARD
        assert host.is_up()
        fixture.run_until("transaction.confirmed")  # the search takes out what cuts it off
        (healed,) = fixture.events("search.finished")
        assert healed.data["edits"] == ['line 9 removed: gene_sdk.set_link_state("mgmt0", False)']
        assert host.is_up()
        assert host.has("10.79.0.1/24")


def test_what_a_controller_does_not_confirm_is_undone_on_the_host(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[1]
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        kernel = fixture.kernel("h2").within("ab" * 32, 60.0)
        ran = kernel.run(adding("10.80.0.1/24"))
        assert isinstance(ran.outcome, Returned)
        assert host.has("10.80.0.1/24")
        assert kernel.undo(kernel.inverse(kernel.transaction()), ()) == ()
        assert not host.has("10.80.0.1/24")
        assert kernel.undo(kernel.inverse(kernel.transaction()), ()) == ()
        assert not kernel.confirm("ab" * 32)
        with pytest.raises(Blocked, match="has ended here already"):
            kernel.run(adding("10.80.0.1/24"))


def test_what_was_confirmed_is_confirmed_however_often_one_asks(
    reached: Fleet, tmp_path: Path
) -> None:
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        kernel = fixture.kernel("h2").within("cd" * 32, 60.0)
        kernel.run(adding("10.81.0.1/24"))
        assert kernel.confirm("cd" * 32)
        assert kernel.confirm("cd" * 32)
        (problem,) = kernel.undo(kernel.inverse(kernel.transaction()), ())
        assert "it stays" in problem
        assert reached.hosts[1].has("10.81.0.1/24")


def test_a_request_twice_as_long_as_a_host_has_time_ends_with_its_processes(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[1]
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        kernel = fixture.kernel("h2")
        courier = AnsibleCourier()
        parcel = Parcel(kernel.settings, b"{}")
        replies = courier.deliver({"h2": parcel}, reached.known_hosts(), 0.0)
        courier.close()
    assert isinstance(replies["h2"], Unavailable)
    assert "it took more than" in replies["h2"].reason
    assert not host.runs("serve")


def test_a_host_with_another_key_is_not_spoken_to(reached: Fleet, tmp_path: Path) -> None:
    keys = reached.known_hosts().splitlines(keepends=True)
    swapped = keys[0].split(b" ", 1)[0] + b" " + keys[1].split(b" ", 1)[1] + keys[1]
    with (
        genome(tmp_path / "genome", reached, ADDING, **{"hosts/known_hosts": swapped}) as fixture,
        pytest.raises(Blocked, match="IDENTIFICATION HAS CHANGED"),
    ):
        fixture.kernel("h1").observe()


def test_a_host_whose_key_is_not_known_is_not_spoken_to(reached: Fleet, tmp_path: Path) -> None:
    with (
        genome(tmp_path / "genome", reached, ADDING, **{"hosts/known_hosts": b""}) as fixture,
        pytest.raises(Blocked, match="Host key verification failed"),
    ):
        fixture.kernel("h1").observe()


def test_a_host_without_the_python_that_genes_need_is_refused_in_words(
    reached: Fleet, tmp_path: Path
) -> None:
    setting = b"  vars:\n    ansible_python_interpreter: /no/py\n"
    inventory = reached.inventory().replace(b"  vars:\n", setting)
    with (
        genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture,
        pytest.raises(Blocked) as refused,
    ):
        fixture.kernel("h1").observe()
    assert "Python 3.9" in refused.value.hint


def test_a_host_that_is_away_is_tried_again_later_each_time(reached: Fleet, tmp_path: Path) -> None:
    inventory = reached.inventory().replace(b"10.77.0.1}", b"10.77.9.9}")
    with genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture:
        with pytest.raises(Unavailable, match="out of reach") as first:
            fixture.kernel("h1").observe()
        with pytest.raises(Unavailable, match="out of reach") as second:
            fixture.kernel("h1").observe()
        assert 0 < second.value.retry_after_s <= first.value.retry_after_s
        assert fixture.kernel("h2").observe()["host"] == "host"


def test_a_runtime_that_somebody_changed_on_a_host_is_replaced_before_it_runs(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[0]
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        fixture.kernel("h1").observe()
        archive = host.state / "runtime" / f"{runtime().sha256}.pyz"
        mark = tmp_path / "ran"
        with zipfile.ZipFile(archive, "w") as changed:
            changed.writestr("__main__.py", f"open({str(mark)!r}, 'w')")
        fixture.kernel("h1").observe()
        assert archive.read_bytes() == runtime().data
        assert not mark.exists()


def test_a_host_whose_disk_is_full_says_so_and_nothing_is_done(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[1]
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        with host.full_disk(), pytest.raises(Unavailable, match="No space left"):
            fixture.kernel("h2").within("ef" * 32, 60.0).run(adding("10.82.0.1/24"))
        assert not host.has("10.82.0.1/24")
