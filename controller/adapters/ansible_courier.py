"""Brings requests to hosts and answers back, by Ansible: many hosts in one run, each for itself.

`convoy` calls it; on a host `germline_act` takes the request. Each run has a directory of its own,
which is removed with all that ansible-runner leaves in it. Only settings that `genome.hosts` has
held to their form reach an inventory, requests travel in base64, and no shell here sees any of it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controller.adapters.ansible_relay import relayed
from controller.adapters.runtime_archive import runtime
from controller.genome.hosts import HostSettings
from controller.genome.inventory import KNOWN_HOSTS
from controller.host_limits import (
    HOST_ALIVE_COUNT,
    HOST_ALIVE_SECONDS,
    HOST_CONNECT_SECONDS,
    HOST_FORKS,
    HOST_RELAY_SECONDS,
    HOST_SHIP_SECONDS,
    HOST_SILENCE_CHARACTERS,
)
from controller.ports import Blocked, ControllerError, Halted, Unavailable

PLAYBOOKS: Final = Path(__file__).parent / "ansible"
"""Where the playbook and its module are."""
STATE: Final = "/var/lib/germline"
"""Where a host keeps the runtime, its journal, and how transactions ended."""
_PERSON_NEEDED: Final = {
    "IDENTIFICATION HAS CHANGED": f"compare its key with {KNOWN_HOSTS} on main",
    "Host key verification failed": f"compare its key with {KNOWN_HOSTS} on main",
    "its Python is": "install Python 3.9 or newer there, or set ansible_python_interpreter",
    "interpreter": "install Python 3.9 or newer there, or set ansible_python_interpreter",
    "Permission denied": "let the controller's key in there, as a user that may change the network",
}
"""What a person has to change, by what Ansible says of it."""

Reply = bytes | ControllerError
"""What a host answered, or why it did not."""
Told = Callable[[str, Reply], None]
"""Called for each host as soon as its reply is there, while the run goes on."""


def _unheard(_host: str, _reply: Reply) -> None:
    pass


def _undisturbed() -> None:
    """Nobody ends a run."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request to one host, and how that is reached. One that `acts` ends when all acting does."""

    settings: HostSettings
    request: bytes
    acts: bool = False


@dataclass(slots=True)
class _Run:
    """What Ansible has said so far in one run."""

    told: Told
    replies: dict[str, Reply] = field(default_factory=dict)

    def take(self, event: Mapping[str, Any]) -> bool:
        """One event of ansible-runner; False keeps it from being stored."""
        data = event.get("event_data", {})
        reply = _reply(event.get("event"), data.get("host", ""), data.get("res", {}))
        if reply is not None and data["host"] not in self.replies:
            self.replies[data["host"]] = reply
            self.told(data["host"], reply)
        return False


@dataclass(slots=True)
class _Brake:
    """Whether a run must end, and why."""

    go_on: Callable[[], None]
    halted: Halted | None = None

    def is_pulled(self) -> bool:
        """True once a person has paused the controller, or asked it to stop."""
        if self.halted is None:
            try:
                self.go_on()
            except Halted as halted:
                self.halted = halted
        return self.halted is not None


class AnsibleCourier:
    """`go_on` is asked while genes are at work; once it raises `Halted`, the run ends.

    `via` is `[hosts] via` of main.
    """

    def __init__(
        self,
        go_on: Callable[[], None] = _undisturbed,
        via: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._go_on = go_on
        self._via = via
        self._sockets: Path | None = None

    def deliver(
        self,
        parcels: Mapping[str, Parcel],
        known_hosts: bytes,
        seconds: float,
        told: Told = _unheard,
    ) -> Mapping[str, Reply]:
        """Bring each host its request, which may take it `seconds`. Raises `Blocked`, `Halted`.

        A host that cannot be reached, fails or stays silent has an error in place of its answer.
        """
        runner = _runner()
        acts = any(parcel.acts for parcel in parcels.values())
        run, brake = _Run(told), _Brake(self._go_on if acts else _undisturbed)
        rounds = -(-len(parcels) // HOST_FORKS)
        timeout_s = HOST_SHIP_SECONDS + rounds * (seconds + HOST_CONNECT_SECONDS)
        with tempfile.TemporaryDirectory(prefix="germline-run-") as made:
            folder = Path(made) / "job"
            prepare(folder, parcels, known_hosts, seconds)
            status = self._run(runner, folder, timeout_s, run.take, brake.is_pulled)
        if brake.halted is not None:
            raise brake.halted
        for host in parcels.keys() - run.replies.keys():
            run.replies[host] = _silent(host, status, timeout_s)
            told(host, run.replies[host])
        return run.replies

    def _run(
        self,
        runner: Any,
        folder: Path,
        timeout_s: float,
        take: Callable[[Mapping[str, Any]], bool],
        stopped: Callable[[], bool],
    ) -> str:
        """Run what was prepared, here or by way of `via`; how it ended."""
        job = {
            "private_data_dir": str(folder),
            "playbook": "act.yml",
            "inventory": str(folder / "inventory" / "hosts.json"),
            "timeout": int(timeout_s),
            "quiet": True,
        }
        via = self._via()
        if via:
            job["envvars"] = _told_to_ansible("control", persistent=False)
            return relayed(runner, job, via, take, stopped, timeout_s + HOST_RELAY_SECONDS)
        job["envvars"] = self.environment()
        ended = runner.run(**job, event_handler=take, cancel_callback=stopped)
        return str(ended.status)

    def close(self) -> None:
        """Let go of the connections that are kept open between two runs."""
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def environment(self) -> dict[str, str]:
        """What Ansible is told for runs of this machine, whose connections outlive them."""
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="germline-ssh-"))
        path = os.environ.get("PATH", os.defpath)
        own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{path}"}
        return _told_to_ansible(str(self._sockets), persistent=True) | own


def _told_to_ansible(sockets: str, *, persistent: bool) -> dict[str, str]:
    """What Ansible is told by its environment. Paths are within the run's project.

    `sockets` is where connections are kept; `persistent` keeps them for the next run.
    """
    options = {
        "ControlMaster": "auto" if persistent else "no",
        **({"ControlPersist": "60s"} if persistent else {}),
        "PreferredAuthentications": "publickey",
        "UserKnownHostsFile": "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "ServerAliveInterval": str(HOST_ALIVE_SECONDS),
        "ServerAliveCountMax": str(HOST_ALIVE_COUNT),
    }
    return {
        "ANSIBLE_CONFIG": "ansible.cfg",
        "ANSIBLE_HOME": "home",
        "ANSIBLE_LIBRARY": "library",
        "ANSIBLE_FORKS": str(HOST_FORKS),
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_TIMEOUT": str(HOST_CONNECT_SECONDS),
        "ANSIBLE_SSH_ARGS": " ".join(f"-o {name}={value}" for name, value in options.items()),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets,
    }


def _runner() -> Any:
    try:
        import ansible_runner  # noqa: PLC0415 - an extra: only worlds host:NAME need it
    except ImportError as error:
        raise Blocked(
            "worlds named host:NAME need ansible-runner, which is not installed",
            "pip install 'germline[hosts]'",
        ) from error
    return ansible_runner


def prepare(
    folder: Path, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
) -> None:
    """Write all that a run needs into its directory, so that it may be carried elsewhere."""
    packed = runtime()
    folder.mkdir()
    project = folder / "project"
    shutil.copytree(PLAYBOOKS, project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "runtime.pyz").write_bytes(packed.data)
    (project / "known_hosts").write_bytes(known_hosts)
    (project / "ansible.cfg").write_text("")
    hosts = {
        name: {
            "ansible_python_interpreter": "/usr/bin/python3",
            **parcel.settings.variables,
            "germline_request": base64.b64encode(parcel.request).decode(),
        }
        for name, parcel in parcels.items()
    }
    common = {
        "germline_runtime": packed.sha256,
        "germline_archive": "runtime.pyz",
        "germline_state": STATE,
        "germline_seconds": seconds,
    }
    inventory = folder / "inventory" / "hosts.json"
    inventory.parent.mkdir()
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))


# --- what Ansible says ------------------------------------------------------------------


def _reply(event: object, host: str, result: Mapping[str, Any]) -> Reply | None:
    match event:
        case "runner_on_ok" if isinstance(result.get("answer"), str):
            return base64.b64decode(result["answer"])
        case "runner_on_failed":
            return _failed(host, result)
        case "runner_on_unreachable":
            said = str(result.get("msg", ""))
            return _trouble(f"host {host} is out of reach", said, "it is tried again")
    return None


def _failed(host: str, result: Mapping[str, Any]) -> ControllerError:
    said = str(result.get("msg", ""))
    more = str(result.get("module_stderr", ""))
    return _trouble(f"host {host} could not do it", said or more, "it is tried again")


def _trouble(what: str, said: str, hint: str) -> ControllerError:
    told = " ".join(said.split())[:HOST_SILENCE_CHARACTERS]
    for mark, remedy in _PERSON_NEEDED.items():
        if mark in said:
            return Blocked(f"{what}: {told}", remedy)
    return Unavailable(f"{what}: {told}", hint)


def _silent(host: str, status: str, timeout_s: float) -> ControllerError:
    why = f"Ansible ended ({status}) without a word about it"
    if status == "timeout":
        why = f"it did not answer within {timeout_s:g} s"
    return Unavailable(
        f"host {host}: {why}",
        "nobody knows how far it came; what it began there is undone unless it is confirmed",
    )
