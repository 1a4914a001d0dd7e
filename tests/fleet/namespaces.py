"""A fleet of hosts on this machine: each has its own network, mounts, name and sshd.

    controller's namespace ── bridge mgmt ── mgmt0 of host 1, of host 2, …

Everything is below one directory and in namespaces named after this process, and ends with the
`with`; what a killed process left is ended when the next fleet is made. The controller's ssh goes
through `ssh`, a wrapper that enters the controller's namespace.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SSHD = "/usr/sbin/sshd"
PREFIX = f"glf{os.getpid()}"
CONTROLLER = f"{PREFIX}-ctl"
START_SECONDS = 30.0
_OWNED = re.compile(r"glf(\d+)-")

_SSHD_CONFIG = """
ListenAddress {address}
HostKey {folder}/hostkey
PidFile {folder}/pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
Subsystem sftp internal-sftp
MaxStartups 100:30:200
"""

# What pyenv has installed for root stays where it is: a host may have another Python by it.
_INIT = """
set -e
hostname "$1"
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$2/lib,workdir=$2/work" /var/lib
mount --bind "$2/run" /run
mkdir -p /run/sshd
if [ -d /root/.pyenv ]; then
  mkdir -p "$2/root/.pyenv"
  mount --bind /root/.pyenv "$2/root/.pyenv"
fi
mount --rbind "$2/root" /root
exec /usr/sbin/sshd -D -e -f "$2/sshd_config"
"""


@dataclass(frozen=True, slots=True)
class NamespaceHost:
    """One host. `state` is what it has below /var/lib/germline."""

    name: str
    address: str
    space: str
    folder: Path

    @property
    def state(self) -> Path:
        """As it is seen from outside."""
        return self.folder / "lib" / "germline"

    def ip(self, *arguments: str) -> str:
        """`ip` inside the host's network."""
        return _run("ip", "-n", self.space, *arguments)

    def has(self, address: str) -> bool:
        """True if an interface of the host has this address."""
        return f" {address} " in self.ip("-o", "address", "show")

    def is_up(self) -> bool:
        """True while its management link is up."""
        return "state DOWN" not in self.ip("link", "show", "mgmt0")

    def ended(self, transaction: str) -> dict[str, object]:
        """What the host has kept of how a transaction ended."""
        found: dict[str, object] = json.loads(
            (self.state / "ended" / f"{transaction}.json").read_bytes()
        )
        return found

    def runs(self, word: str) -> bool:
        """True while a process on it has this word in its command."""
        return any(word.encode() in command_of(pid) for pid in self.processes())

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """While it is held, nothing more fits below /var/lib/germline."""
        sshd = str((self.folder / "pid").read_text().strip())
        inside = ("nsenter", "-m", "-t", sshd)
        _run(*inside, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/var/lib/germline")
        try:
            yield
        finally:
            _run(*inside, "umount", "/var/lib/germline")

    @contextmanager
    def cable(self, name: str) -> Iterator[None]:
        """While it is held, the host has one more interface, which is up and leads back to it."""
        self.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-far")
        self.ip("link", "set", name, "up")
        self.ip("link", "set", f"{name}-far", "up")
        try:
            yield
        finally:
            self.ip("link", "delete", name)

    def crash(self) -> None:
        """End all that runs on it, as a loss of power does; what is on its disk stays."""
        while found := self.processes():
            for pid in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def processes(self) -> list[int]:
        """What runs on it."""
        return [int(pid) for pid in _run("ip", "netns", "pids", self.space).split()]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Hosts that answer. `ssh` is the controller's way to them."""

    hosts: tuple[NamespaceHost, ...]
    folder: Path
    ssh: Path
    started: list[subprocess.Popen[bytes]]

    def boot(self, host: NamespaceHost) -> None:
        """Start a host again that has crashed; it answers when this returns."""
        self.started.append(_start(host))
        _wait_for(host)

    def inventory(self) -> bytes:
        """As a genome has it in `hosts/`."""
        lines = ["all:", "  vars:", "    ansible_user: root"]
        lines.append(f"    ansible_ssh_private_key_file: {self.folder / 'key'}")
        lines.append("  hosts:")
        lines += [f"    {host.name}: {{ansible_host: {host.address}}}" for host in self.hosts]
        return ("\n".join(lines) + "\n").encode()

    def known_hosts(self) -> bytes:
        """The hosts' public keys."""
        lines = []
        for host in self.hosts:
            kind, key = (host.folder / "hostkey.pub").read_text().split()[:2]
            lines.append(f"{host.address} {kind} {key}")
        return ("\n".join(lines) + "\n").encode()


@contextmanager
def fleet(folder: Path, count: int) -> Iterator[Fleet]:
    """Make `count` hosts below `folder`, which end with the `with`."""
    sweep()
    started: list[subprocess.Popen[bytes]] = []
    spaces = [CONTROLLER]
    try:
        _make_controller()
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
        hosts = []
        for number in range(1, count + 1):
            spaces.append(f"{PREFIX}-h{number}")
            hosts.append(_host(folder, number))
            started.append(_start(hosts[-1]))
        ssh = folder / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec ip netns exec {CONTROLLER} ssh "$@"\n')
        ssh.chmod(0o755)
        for host in hosts:
            _wait_for(host)
        yield Fleet(tuple(hosts), folder, ssh, started)
    finally:
        for space in spaces:
            _end(space)
        for process in started:
            process.kill()
            process.wait()


def sweep() -> tuple[str, ...]:
    """End the fleets of processes that were killed before they could; the namespaces removed.

    A fleet is named after its process, so that whose process lives is left alone.
    """
    found = {line.split()[0] for line in _run("ip", "netns", "list").splitlines() if line}
    owners = {space: _OWNED.match(space) for space in found}
    left = [s for s, owner in owners.items() if owner and not Path("/proc", owner[1]).exists()]
    for space in sorted(left):
        _end(space)
    return tuple(sorted(left))


def command_of(pid: int) -> bytes:
    """What a process runs; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _make_controller() -> None:
    _run("ip", "netns", "add", CONTROLLER)
    _run("ip", "-n", CONTROLLER, "link", "set", "lo", "up")
    _run("ip", "-n", CONTROLLER, "link", "add", "mgmt", "type", "bridge")
    _run("ip", "-n", CONTROLLER, "address", "add", "10.77.255.254/16", "dev", "mgmt")
    _run("ip", "-n", CONTROLLER, "link", "set", "mgmt", "up")


def _host(folder: Path, number: int) -> NamespaceHost:
    name, space, address = f"h{number}", f"{PREFIX}-h{number}", f"10.77.0.{number}"
    own = folder / name
    for part in ("lib", "work", "run", "root"):
        (own / part).mkdir(parents=True)
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(own / "hostkey"))
    shutil.copy(folder / "key.pub", own / "authorized_keys")
    (own / "sshd_config").write_text(_SSHD_CONFIG.format(address=address, folder=own))
    _run("ip", "netns", "add", space)
    cable = ("type", "veth", "peer", "name", "mgmt0", "netns", space)
    _run("ip", "-n", CONTROLLER, "link", "add", f"m{number}", *cable)
    _run("ip", "-n", CONTROLLER, "link", "set", f"m{number}", "master", "mgmt", "up")
    _run("ip", "-n", space, "link", "set", "lo", "up")
    _run("ip", "-n", space, "address", "add", f"{address}/16", "dev", "mgmt0")
    _run("ip", "-n", space, "link", "set", "mgmt0", "up")
    return NamespaceHost(name, address, space, own)


def _start(host: NamespaceHost) -> subprocess.Popen[bytes]:
    inside = ("sh", "-c", _INIT, "sh", host.name, str(host.folder))
    with (host.folder / "sshd.log").open("wb") as log:
        return subprocess.Popen(
            ["ip", "netns", "exec", host.space, "unshare", "-m", "-u", "-i", *inside],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_for(host: NamespaceHost) -> None:
    """Return when its sshd answers."""
    deadline = time.monotonic() + START_SECONDS
    log = host.folder / "sshd.log"
    while "listening on" not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.02)


def _end(space: str) -> None:
    """End what runs in a namespace, all of which was started here, and remove it."""
    with suppress(subprocess.CalledProcessError):
        for pid in _run("ip", "netns", "pids", space).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _run("ip", "netns", "delete", space)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
