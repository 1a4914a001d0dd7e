"""Hosts in trouble: what is done then, and what `germline status` says of them."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from controller.ports import Blocked, Halted, Unavailable
from controller.stories import brake
from tests.cli.terminal import germline
from tests.fleet.genome import ADDING, FORMER, adding, genome, values
from tests.fleet.namespaces import Fleet, NamespaceHost
from tests.fleet.people import PERSON

pytestmark = pytest.mark.root

BUSY = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    gene_sdk.add_address(data["interface"], data["address"])
    for _ in range(150):
        gene_sdk.list_links()
    return json.dumps({"success": True, "error": None})
"""
"""It adds an address, and is not done with it for a while."""


def status(path: Path) -> dict[str, Any]:
    """What `germline status` says of a genome."""
    found: dict[str, Any] = json.loads(germline("status", "--format", "json", at=path).out)
    return found


@contextmanager
def meanwhile(happens: Callable[[], bool], act: Callable[[], None]) -> Iterator[None]:
    """Do something in a thread as soon as something has happened, which it must."""
    done = threading.Event()
    ended = threading.Event()

    def watch() -> None:
        while not happens():
            if ended.is_set():
                return
            time.sleep(0.01)
        act()
        done.set()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert done.is_set()


def has_begun(host: NamespaceHost, address: str) -> Callable[[], bool]:
    """Whether a gene has changed the host."""
    return lambda: host.has(address)


def test_a_host_that_reboots_while_a_gene_runs_is_put_back_and_changed_once_it_answers(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[0]
    with genome(tmp_path / "genome", reached, BUSY) as fixture:
        fixture.ask("h1", values("10.87.0.1/24"))
        with meanwhile(has_begun(host, "10.87.0.1/24"), host.crash):
            result = fixture.organism.controller.run_pass()
        assert any("host h1" in trouble for trouble in result.troubles)
        reached.boot(host)
        fixture.run_until("transaction.confirmed")
        (undone,) = fixture.events("transaction.rolled_back")
        assert undone.data["interrupted"] is True
        assert undone.data["restored"] is True
        assert host.has("10.87.0.1/24")


def test_a_pause_ends_a_push_in_the_middle_and_what_it_had_begun_is_undone_on_resume(
    reached: Fleet, tmp_path: Path
) -> None:
    host = reached.hosts[1]
    with genome(tmp_path / "genome", reached, BUSY) as fixture:
        log, clock = fixture.organism.log, fixture.organism.clock
        fixture.ask("h2", values("10.88.0.1/24"))

        def pause() -> None:
            brake.pause(log, clock, f"person:{PERSON}", "the switch is being replaced")

        with meanwhile(has_begun(host, "10.88.0.1/24"), pause):
            result = fixture.organism.controller.run_pass()
        assert any("the switch is being replaced" in trouble for trouble in result.troubles)
        assert fixture.events("expression.finished") == []
        pulled = brake.standing(log, fixture.organism.index)
        assert pulled is not None
        brake.resume(log, clock, f"person:{PERSON}", "done", pulled)
        fixture.run_until("transaction.confirmed")
        (undone,) = fixture.events("transaction.rolled_back")
        assert undone.data["interrupted"] is True
        assert undone.data["restored"] is True


def test_a_read_is_not_halted_by_a_pause(reached: Fleet, tmp_path: Path) -> None:
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        log, clock = fixture.organism.log, fixture.organism.clock
        brake.pause(log, clock, f"person:{PERSON}", "nobody acts now")
        assert fixture.kernel("h1").observe()["host"] == "host"
        with pytest.raises(Halted):
            fixture.organism.chronicle.go_on()


def late_python(folder: Path) -> Path:
    """A Python of whose programs every one sees an hour more on the clock."""
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "late.pth").write_text("import late\n")
    (site / "late.py").write_text(
        "import time\n"
        "real, ahead = time.time, 3600.0\n"
        "time.time = lambda: real() + ahead\n"
        "time.time_ns = lambda: int((real() + ahead) * 1e9)\n"
    )
    return folder / "bin" / "python3"


def test_a_host_whose_clock_is_an_hour_ahead_keeps_its_deadlines(
    reached: Fleet, tmp_path: Path
) -> None:
    host, python = reached.hosts[2], late_python(tmp_path / "late")
    asked = subprocess.run(
        [python, "-I", "-c", "import time; print(time.time())"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(asked.stdout) - time.time() > 3000
    setting = f"  vars:\n    ansible_python_interpreter: {python}\n".encode()
    inventory = reached.inventory().replace(b"  vars:\n", setting)
    with genome(tmp_path / "genome", reached, FORMER, **{"hosts/fleet.yml": inventory}) as fixture:
        fixture.ask("h3", values("10.89.0.1/24"))
        assert fixture.run_until("transaction.confirmed") == []
        assert host.has("10.89.0.1/24")


def test_status_tells_of_a_host_that_is_away_when_it_is_tried_again(
    reached: Fleet, tmp_path: Path
) -> None:
    away = b"    away: {ansible_host: 10.77.9.9}\n"
    inventory = reached.inventory() + away
    with genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture:
        fixture.demand_unasked("away", values("10.83.0.3/24"))
        fixture.organism.controller.run_pass()
    (told,) = status(tmp_path / "genome")["hosts"]
    assert told["host"] == "away"
    assert "out of reach" in told["trouble"]
    assert told["next_try"] is not None


def swapped_keys(fleet: Fleet) -> bytes:
    """Two hosts' keys, each under the other's name."""
    keys = fleet.known_hosts().splitlines(keepends=True)
    return keys[0].split(b" ", 1)[0] + b" " + keys[1].split(b" ", 1)[1] + keys[1]


def test_status_tells_of_a_host_with_another_key_and_what_to_do(
    reached: Fleet, tmp_path: Path
) -> None:
    keys = {"hosts/known_hosts": swapped_keys(reached)}
    with genome(tmp_path / "genome", reached, ADDING, **keys) as fixture:
        with pytest.raises(Blocked):
            fixture.kernel("h1").observe()
        fixture.kernel("h2").observe()
    (told,) = status(tmp_path / "genome")["hosts"]
    assert told["host"] == "h1"
    assert told["next_try"] is None
    assert "known_hosts" in told["hint"]


def test_a_host_that_answers_again_is_not_told_of_any_more(reached: Fleet, tmp_path: Path) -> None:
    with genome(tmp_path / "genome", reached, ADDING) as fixture:
        fixture.kernel("h4").observe()
        with reached.hosts[3].full_disk(), pytest.raises(Unavailable) as full:
            fixture.kernel("h4").within("fe" * 32, 60.0).run(adding("10.82.0.4/24"))
        (told,) = status(tmp_path / "genome")["hosts"]
        assert told["host"] == "h4"
        assert "No space left" in told["trouble"]
        fixture.organism.clock.sleep(full.value.retry_after_s)
        fixture.kernel("h4").observe()
    assert status(tmp_path / "genome")["hosts"] == []
