"""How many hosts are given something at a time: values in, values out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from controller.conductor.demand import Demand
from controller.conductor.ledger import DemandRecord, Ledger
from controller.conductor.orchestration.run import Ending, RunRecord
from controller.config import Config
from controller.domains.network import NETWORK
from controller.genome.genome import compile_genome
from controller.host_limits import HOST_BATCH, HOST_FAILURES
from controller.membrane.signatures import SigningPolicy
from controller.policy import Policy
from controller.shipped import shipped_files
from controller.stories.mainline import Main
from controller.stories.rollout import going

NAME = "production_server"
GENOME = compile_genome(shipped_files(), NETWORK).value
assert GENOME is not None
MAIN = Main("commit", {}, GENOME, Config(), Policy(), SigningPolicy())
HOSTS = 2 * HOST_BATCH


def fleet(**endings: str | None) -> tuple[Ledger, list[DemandRecord]]:
    """A demand for each host; those that are named have a run, with an ending or None."""
    ledger = Ledger()
    for number in range(HOSTS):
        host = f"h{number}"
        at = datetime(2026, 1, 1, tzinfo=UTC)
        demand = Demand(host, NAME, "lab", f"host:{host}", {}, "", at)
        ledger.demands[host] = DemandRecord(demand, host)
        if host in endings:
            run = f"run {host}"
            ledger.runs[run] = RunRecord(
                run, host, NAME, MAIN.commit, "", "", "", {}, ending=endings[host]
            )
            ledger.demands[host].runs.append(run)
    return ledger, [*ledger.demands.values()]


def chosen(ledger: Ledger, records: list[DemandRecord]) -> list[str]:
    """The hosts that may go on."""
    return [record.demand.id for record in going(MAIN, ledger, records, {})]


def test_a_topology_is_begun_on_a_batch_of_hosts_at_a_time() -> None:
    assert chosen(*fleet()) == [f"h{n}" for n in range(HOST_BATCH)]


def test_a_host_that_is_done_takes_no_other_hosts_place() -> None:
    done = {f"h{n}": Ending.DONE.value for n in range(HOST_BATCH)}
    assert len(chosen(*fleet(**done))) == HOSTS


def test_a_run_that_is_under_way_takes_a_place_and_goes_on() -> None:
    under_way: dict[str, str | None] = {f"h{n}": None for n in range(3)}
    found = chosen(*fleet(**under_way))
    assert found[:3] == ["h0", "h1", "h2"]
    assert len(found) == HOST_BATCH


@pytest.mark.parametrize("ending", [Ending.ROLLED_BACK, Ending.PARTIAL])
def test_after_a_few_failures_no_other_host_is_given_it(ending: Ending) -> None:
    failed = {f"h{n}": ending.value for n in range(HOST_FAILURES)}
    assert chosen(*fleet(**failed)) == [*failed]


def test_what_a_run_has_begun_never_waits_for_another_run() -> None:
    ledger, records = fleet(**{f"h{n}": None for n in range(HOSTS)})
    tasks = []
    for number in range(HOSTS):
        at = datetime(2026, 1, 1, tzinfo=UTC)
        world, run = f"host:h{number}", f"run h{number}"
        task = Demand(f"t{number}", "bridge_create", "lab", world, {}, "", at, run, "1")
        tasks.append(DemandRecord(task, task.id))
    assert len(chosen(ledger, [*records, *tasks])) == 2 * HOSTS
