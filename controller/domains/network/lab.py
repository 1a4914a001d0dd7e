"""Builds a world for real, in network namespaces of this machine, and takes it down again.

Tests and demonstrations use it; it needs root. Every node becomes a namespace, every cable a
pair of veths, every NIC without a cable a tap that nobody holds. In a lab nothing heals by
luck: neighbours stay for a day, IPv6 without an address is silent, an idle NIC answers for nobody.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from controller import limits
from controller.domains.network import address, construction, renewal, restart
from controller.domains.network.disk import SYSTEM_CONNECTIONS, Disk, namespace_files, of_namespace
from controller.domains.network.lease import to_dhclient
from controller.domains.network.namespace import NAMESPACES, Namespace
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.state import Cable, End, Link, Node, World

BEYOND: Final = "beyond"
"""The node in which the cables of NICs end whose far end the world does not know."""


class Lab:
    """A world that exists. Made by `materialise`; gone after `close`."""

    def __init__(self, world: World, prefix: str) -> None:
        self.world = world
        self.namespaces: Mapping[str, str] = MappingProxyType(
            {node.name: f"{prefix}-{node.name}" for node in world.nodes}
        )
        self.spaces: dict[str, Namespace] = {}
        self._made = ExitStack()

    def kernel(self) -> NetlinkKernel:
        """A kernel of the world's host with all other nodes as vantages; the lab closes it.

        It lacks what the world's host lacks, though this machine's kernel may have it.
        """
        others = {n: space for n, space in self.namespaces.items() if n != self.world.host}
        roles = {node.name: node.role for node in self.world.nodes}
        host = self.namespaces[self.world.host]
        disk = self._disk()
        kernel = NetlinkKernel(
            host,
            others,
            roles,
            self.world.host,
            lacks=self.world.subject.lacks,
            disk=disk,
            permanent=self._permanent,
        )
        return self._made.enter_context(kernel)

    def reboot(self, kernel: NetlinkKernel) -> tuple[str, ...]:
        """Start the host again; what its profiles ask for in vain, in words."""
        space = self.spaces[self.world.host]
        space.run(lambda inside: restart.cold_namespace(inside, self._permanent))
        return restart.started(kernel.host(), kernel.perform)

    def renew(self, kernel: NetlinkKernel, interface: str) -> tuple[str, ...]:
        """Ask again for what an interface of the host was lent; what it loses, in words."""
        return renewal.renewed(kernel.host(), interface, kernel.perform)

    @property
    def _permanent(self) -> dict[str, str]:
        nics = self.world.subject.links
        return {link.name: link.permanent_mac for link in nics if link.permanent_mac is not None}

    def _disk(self) -> Disk:
        """The host's profiles and leases, in a directory that goes with the lab."""
        made = tempfile.TemporaryDirectory(prefix="germline-lab-")
        where = Path(self._made.enter_context(made))
        disk = Disk(where / SYSTEM_CONNECTIONS, (where / "leases",), made=True)
        for profile in self.world.subject.profiles:
            disk.write(profile)
        if self.world.subject.leases:
            disk.leases[0].mkdir()
            (disk.leases[0] / "dhclient.leases").write_text(to_dhclient(self.world.subject.leases))
        return disk

    def start_traffic(self) -> None:
        """Let every peer ping the host and everybody, about twice a second, until `close`."""
        targets = [address.bare(own) for link in self.world.subject.links for own in link.addresses]
        for node in self.world.nodes:
            if node.role != "peer":
                continue
            everybody = (address.broadcast(own) for link in node.links for own in link.addresses)
            for target in (*targets, *filter(None, everybody)):
                self._start_ping(self.namespaces[node.name], target)

    def close(self) -> None:
        """Remove everything that was made, and nothing else. Closing twice is harmless."""
        self._made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def make(self, world: World, prefix: str) -> None:
        """Make `world`, which may have more nodes than the lab shows. Called once."""
        spaces = self.spaces
        spaces |= {node.name: self._namespace(f"{prefix}-{node.name}") for node in world.nodes}
        for cable in world.cables:
            construction.plug(world, cable, spaces)
        for name, link in construction.uncabled(world):
            spaces[name].run(partial(construction.make_tap, link))
        for step in (construction.build, construction.settle, construction.teach):
            for node in world.nodes:
                spaces[node.name].run(partial(step, node))

    def _namespace(self, name: str) -> Namespace:
        if (NAMESPACES / name).exists():
            raise FileExistsError(f"namespace {name} exists already and is somebody else's")
        _ip("netns", "add", name)
        self._made.callback(_ip, "netns", "del", name)
        for directory in (namespace_files(name), of_namespace(name).profiles.parent.parent):
            self._made.callback(shutil.rmtree, directory, ignore_errors=True)
        space = self._made.enter_context(Namespace(name))
        space.run(construction.quieten)
        return space

    def _start_ping(self, space: str, target: str) -> None:
        interval = str(limits.LAB_TRAFFIC_INTERVAL_SECONDS)
        to_all = ["-b"] if address.version(target) == 4 else []
        process = subprocess.Popen(
            ["ip", "netns", "exec", space, "ping", *to_all, "-n", "-q", "-i", interval, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._made.callback(_end, process)


def materialise(world: World, prefix: str) -> Lab:
    """Make `world` in namespaces `<prefix>-<node>`.

    Raises `FileExistsError` if one of them is there already. Whatever goes wrong, everything
    that was made is removed again.
    """
    lab = Lab(world, prefix)
    with ExitStack() as undo:
        undo.callback(lab.close)
        lab.make(_plugged(world), prefix)
        undo.pop_all()
    return lab


def _plugged(world: World) -> World:
    """The same world with a far end for every NIC whose carrier comes from nowhere."""
    lit = [(node, link) for node, link in construction.uncabled(world) if link.carrier]
    if not lit:
        return world
    far = tuple(Link(f"far{n}", "nic", f"02:ff:00:00:00:{n:02x}") for n in range(len(lit)))
    cables = tuple(
        Cable(End(BEYOND, end.name), End(node, link.name))
        for end, (node, link) in zip(far, lit, strict=True)
    )
    return replace(
        world,
        nodes=(*world.nodes, Node(BEYOND, "peer", far)),
        cables=(*world.cables, *cables),
    )


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=limits.LAB_PROCESS_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(limits.LAB_PROCESS_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
