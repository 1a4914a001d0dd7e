"""Rollouts: from a merge to its confirmation on one host and on many; from a pushed revert back."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.bench import reverting
from tests.bench.figure import Figure
from tests.bench.hosts import pushed, reachable
from tests.fleet import people
from tests.fleet.genome import (
    FORMER,
    LATTER,
    LOCUS,
    Fixture,
    genome,
    phenotype,
    registered,
    short,
)
from tests.fleet.namespaces import Fleet, fleet

HOSTS = int(os.environ.get("HOSTS", "32"))
"""How many hosts the fleet has: `make bench PART=rollout HOSTS=8`."""
SETTINGS = "[canary]\nwindow_seconds = 0\n\n[rollout]\nbatches = [16]\n"
CONFIRM_SECONDS = 900.0


def figures() -> list[Figure]:
    """Those of hosts only with root, sshd and ansible-runner."""
    own = reverting.figures()
    if not reachable():
        return own
    with tempfile.TemporaryDirectory() as made, fleet(Path(made), HOSTS) as hosts, on_way(hosts):
        return [*own, *_merged(hosts, Path(made)), *pushed(hosts)]


@contextmanager
def on_way(hosts: Fleet) -> Iterator[None]:
    """While it is held, ssh of this process goes to the fleet."""
    os.environ["ANSIBLE_SSH_EXECUTABLE"] = str(hosts.ssh)
    try:
        yield
    finally:
        del os.environ["ANSIBLE_SSH_EXECUTABLE"]


def _merged(hosts: Fleet, folder: Path) -> Iterator[Figure]:
    """Both ways on one host, then on all of them: a merge, and a person's push of its revert."""
    with genome(folder / "genome", hosts, FORMER, 300.0, SETTINGS) as fixture:
        people.git(fixture.path, "config", "receive.denyCurrentBranch", "updateInstead")
        for count in (1, HOSTS):
            for number, host in enumerate(hosts.hosts[:count], 1):
                fixture.demand_unasked(
                    host.name, {"interface": "mgmt0", "address": f"10.91.{count}.{number}/24"}
                )
            _timed(fixture, count, FORMER, lambda: None)
            where = f"{count} hosts, window of 1 s included" if count > 1 else "one host, likewise"
            source = f"{LATTER}# for {count}\n"
            files = {**registered(LOCUS, source), "phenotypes/fleet.sg": phenotype(source, FORMER)}
            merge = _timed(fixture, count, source, _merging(fixture, files))
            yield Figure(f"merge to confirmation on {where}", merge, "s")
            people.git(folder, "clone", "-q", str(fixture.path), f"clone{count}")
            clone = folder / f"clone{count}"
            people.git(clone, "revert", "-m", "1", "--no-edit", "HEAD")
            back = _timed(fixture, count, FORMER, _pushing(clone))
            yield Figure(f"push of a revert to the former allele on {where}", back, "s")


def _merging(fixture: Fixture, files: dict[str, bytes]) -> Callable[[], object]:
    return lambda: people.merge(fixture.path, files, "another allele")


def _pushing(clone: Path) -> Callable[[], object]:
    return lambda: subprocess.run(["git", "push", "-q"], cwd=clone, check=True)


def _timed(fixture: Fixture, count: int, source: str, begin: Callable[[], object]) -> float:
    """Seconds from what begins it until so many hosts have confirmed a source, as the log has it:
    the pass in which the last one does goes on to look for drift."""
    start = fixture.organism.clock.now()
    begin()
    while (serving := _serving(fixture, source)) < count:
        fixture.one_pass()
        assert _seconds_since(start, fixture.organism.clock.now()) < CONFIRM_SECONDS, serving
    return _seconds_since(start, fixture.events("transaction.confirmed")[-1].at)


def _seconds_since(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def _serving(fixture: Fixture, source: str) -> int:
    """How many hosts have confirmed it last."""
    trials = fixture.organism.chronicle.ledger.trials.values()
    latest = {trial.world: trial.allele[:12] for trial in trials if trial.end == "confirmed"}
    return sum(1 for allele in latest.values() if allele == short(source))
