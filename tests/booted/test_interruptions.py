"""A service that is stopped, killed or hangs at any moment: nothing is lost, nothing is doubled."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.history.event import Event
from tests.booted.machine import Booted
from tests.booted.service import Service, eventually
from tests.simulation import checkers
from tests.simulation.evidence import Evidence
from tests.stories.stage import ANNOUNCING

pytestmark = pytest.mark.root

SLOW = ANNOUNCING.replace(
    "    data = json.loads(input_json)\n",
    "    data = json.loads(input_json)\n    for _ in range(12_000_000):\n        pass\n",
)
"""An allele that does all that is asked for, after the better part of a second of thought."""

MOMENTS = (
    ("expression.started", 1),
    ("expression.finished", 1),
    ("diagnostic.reported", 1),
    ("transaction.rolled_back", 2),  # which is followed by the search
    ("draft.opened", 1),
    ("draft.proved", 1),
    ("draft.merged", 1),
)


def wrongs(service: Service, events: tuple[Event, ...]) -> list[str]:
    """What was lost or doubled, by the log, the refs and the journal alone."""
    journal = service.file(".git/germline/transactions")
    merges = service.host.run(
        *("git", "-C", service.genome, "log", "--merges", "--format=%H", "main"), user=service.user
    )
    main = service.host.run(
        *("git", "-C", service.genome, "rev-parse", "main"), user=service.user
    ).strip()
    left = tuple(path.name for path in journal.iterdir() if path.suffix == ".jsonl")
    evidence = Evidence(events, (), 0, True, (), {}, (), left, {}, main, tuple(merges.split()), ())
    looked = (
        checkers.every_cause_is_in_the_log_before_its_effect,
        checkers.every_event_is_in_the_log_once,
        checkers.every_transaction_is_closed_once,
        checkers.every_merge_is_recorded_once,
        checkers.the_log_knows_where_main_is,
    )
    return [line for checker in looked for line in checker(evidence)]


def healed(service: Service) -> None:
    """The uplink has moved for good, once, and the log says so without a contradiction."""
    events = service.events()
    assert wrongs(service, events) == []
    kept = [event for event in events if event.type == "transaction.confirmed"]
    assert len(kept) == 1
    assert service.germline("events", "verify")
    assert "0 gaps" in service.host.show(service.unit, "StatusText")


def stopped_well(service: Service) -> bool:
    """It ended by itself, in time: systemd did not have to kill it."""
    shown = (service.host.show(service.unit, name) for name in ("Result", "ExecMainStatus"))
    return tuple(shown) == ("success", "0")


def test_it_stops_in_time_at_any_moment_and_the_next_one_carries_on(service: Service) -> None:
    service.install()
    with service.following() as log:
        service.ask()
        for kind, count in MOMENTS:
            log.until(kind, count)
            service.systemctl("stop")
            assert stopped_well(service), (kind, service.host.journal(service.unit))
            service.systemctl("start")
        log.until("transaction.confirmed")
    healed(service)


@pytest.fixture
def thoughtful(host: Booted) -> Iterator[Service]:
    """A genome whose dominant allele thinks for a while."""
    made = Service(host, "thoughtful", "keeper")
    made.begin(SLOW)
    yield made
    made.remove()


def test_it_stops_in_time_while_a_gene_runs_and_none_outlives_it(thoughtful: Service) -> None:
    thoughtful.install()
    with thoughtful.following() as log:
        thoughtful.ask()
        log.until("expression.started")
        assert not log.seen["expression.finished"]
        thoughtful.systemctl("stop")
        assert stopped_well(thoughtful), thoughtful.host.journal(thoughtful.unit)
        assert thoughtful.host.run("pgrep", "-f", "zygote", check=False) == ""
        thoughtful.systemctl("start")
        log.until("transaction.confirmed")
    healed(thoughtful)


def test_one_that_is_killed_while_a_gene_runs_is_started_anew(thoughtful: Service) -> None:
    thoughtful.install()
    with thoughtful.following() as log:
        thoughtful.ask()
        log.until("expression.started")
        thoughtful.systemctl("kill", "--kill-who=main", "--signal=KILL")
        log.until("transaction.confirmed")
    assert thoughtful.host.show(thoughtful.unit, "NRestarts") == "1"
    healed(thoughtful)


def test_one_that_is_frozen_is_killed_by_its_watchdog_and_started_anew(service: Service) -> None:
    service.install()
    service.configure(WatchdogSec="5")
    service.systemctl("restart")
    with service.following() as log:
        service.ask()
        log.until("expression.finished")
        frozen = service.pid
        service.systemctl("kill", "--kill-who=main", "--signal=STOP")
        eventually(lambda: service.pid not in ("0", frozen), "another one runs")
        log.until("transaction.confirmed")
    assert "Watchdog timeout" in service.host.journal(service.unit)
    healed(service)


def test_one_that_hangs_in_a_read_is_killed_by_its_watchdog_and_started_anew(
    service: Service,
) -> None:
    service.install()
    service.configure(WatchdogSec="5")
    service.systemctl("restart")
    with service.following() as log:
        hanging = service.pid
        with endless(service.file(".git/germline/transactions/999999999999-endless.jsonl")) as read:
            service.ask()
            eventually(read, "the journal of inverses is read")
            eventually(lambda: service.pid not in ("0", hanging), "another one runs")
        log.until("transaction.confirmed")
    assert "Watchdog timeout" in service.host.journal(service.unit)
    healed(service)


@contextmanager
def endless(path: Path) -> Iterator[Callable[[], bool]]:
    """A file that whoever reads it first reads for ever, and nobody finds then.

    What is given tells whether somebody reads.
    """
    os.mkfifo(path)
    os.chown(path, path.parent.stat().st_uid, path.parent.stat().st_gid)
    writers: list[int] = []

    def somebody_reads() -> bool:
        try:
            writers.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as nobody:
            if nobody.errno != errno.ENXIO:
                raise
            return False
        path.unlink()
        return True

    try:
        yield somebody_reads
    finally:
        path.unlink(missing_ok=True)
        for writer in writers:
            os.close(writer)


def test_one_that_cannot_start_is_given_up_after_a_while_and_says_why(service: Service) -> None:
    service.install()
    service.systemctl("stop")
    main = service.file(".git/refs/heads/main")
    kept = main.read_bytes()
    main.write_bytes(b"0" * 40 + b"\n")
    service.configure(section="Unit", StartLimitBurst="3")
    service.host.run("systemctl", "start", service.unit, check=False)
    eventually(lambda: service.host.show(service.unit, "ActiveState") == "failed", "given up")
    assert "Error: " in service.host.journal(service.unit)
    main.write_bytes(kept)
    service.systemctl("reset-failed")
    service.systemctl("start")
    assert "0 gaps" in service.host.show(service.unit, "StatusText")
