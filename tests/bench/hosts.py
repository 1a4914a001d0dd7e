"""Hosts: from a demand to its confirmation on one host and on eight; a push beside bare Ansible."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from controller.adapters import ansible_courier, outpost_wire
from controller.adapters.ansible_courier import AnsibleCourier, Parcel
from controller.adapters.outpost_wire import Request
from controller.genome.hosts import host_settings
from tests.bench.figure import Figure
from tests.fleet.genome import ADDING, genome, values
from tests.fleet.namespaces import SSHD, Fleet, fleet

HOSTS = 8
TIMES = 3


def figures() -> list[Figure]:
    """Nothing without root, sshd and ansible-runner."""
    if not reachable():
        return []
    with tempfile.TemporaryDirectory() as made, fleet(Path(made), HOSTS) as hosts:
        os.environ["ANSIBLE_SSH_EXECUTABLE"] = str(hosts.ssh)
        try:
            return [*_confirmed(hosts, Path(made)), *pushed(hosts)]
        finally:
            del os.environ["ANSIBLE_SSH_EXECUTABLE"]


def reachable() -> bool:
    """True where a fleet can be made and reached."""
    installed = importlib.util.find_spec("ansible_runner") is not None
    return os.geteuid() == 0 and Path(SSHD).exists() and installed


def _confirmed(hosts: Fleet, folder: Path) -> list[Figure]:
    found = []
    with genome(folder / "genome", hosts, ADDING) as fixture:
        for host in hosts.hosts:
            fixture.kernel(host.name).observe()  # ships the runtime
        for count in (1, HOSTS):
            before = len(fixture.events("transaction.confirmed"))
            start = time.perf_counter()
            for number, host in enumerate(hosts.hosts[:count]):
                fixture.demand_unasked(host.name, values(f"10.90.{count}.{number + 1}/24"))
            fixture.run_until("transaction.confirmed", before + count)
            name = f"demand to confirmation on {count} hosts, its window of 1 s included"
            found.append(Figure(name, time.perf_counter() - start, "s"))
    return found


def pushed(hosts: Fleet) -> list[Figure]:
    """The same request to all hosts in one run, and by `ansible-playbook` with the same files."""
    inventory = {"hosts/fleet.yml": hosts.inventory()}
    request = outpost_wire.request_to_bytes(Request("observe", {}, {}))
    parcels = {
        host.name: Parcel(host_settings(inventory, host.name), request) for host in hosts.hosts
    }
    courier = AnsibleCourier()
    ours, theirs = [], []
    for _ in range(TIMES):
        start = time.perf_counter()
        replies = courier.deliver(parcels, hosts.known_hosts(), 60.0)
        ours.append(time.perf_counter() - start)
        assert all(isinstance(reply, bytes) for reply in replies.values()), replies
        theirs.append(_bare(courier, parcels, hosts.known_hosts()))
    courier.close()
    name = f"one request to {len(hosts.hosts)} hosts"
    return [Figure(name, min(ours), "s", min(theirs), "ansible-playbook alone")]


def _bare(courier: AnsibleCourier, parcels: Mapping[str, Parcel], keys: bytes) -> float:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "job"
        ansible_courier.prepare(folder, parcels, keys, 60.0)
        environment = {**os.environ, **courier.environment()}
        program = shutil.which("ansible-playbook", path=environment["PATH"])
        assert program is not None
        command = [program, "-i", str(folder / "inventory" / "hosts.json"), "act.yml"]
        start = time.perf_counter()
        subprocess.run(
            command, cwd=folder / "project", env=environment, check=True, capture_output=True
        )
        return time.perf_counter() - start
