"""Worlds for one story: a bridge's uplink moves to another NIC, the switch does not notice.

The uplink of a host's bridge is `from_nic`; both NICs are plugged into one switch that has
learned the bridge's MAC on the old port, and a peer behind the switch talks to the host.
Tests, demonstrations and benchmarks draw as many different ones as they like.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from controller import limits
from controller.domains.network import address
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import (
    BridgeSettings,
    Cable,
    End,
    Link,
    Node,
    Route,
    World,
    canonical,
)
from controller.domains.world import JsonObject

HOST = "host"
SWITCH = "switch"

_NIC_PAIRS = (
    ("eth0", "eth1"),
    ("eno1", "eno2"),
    ("enp3s0", "enp4s0"),
    ("ens1f0", "ens1f1"),
    ("lan1", "wan0"),
)
_BRIDGES = ("br0", "br1", "vmbr0", "br-lan", "virbr7", "bridge0")
_GUEST_NICS = ("tap0", "vnet3", "veth1a2b", "fwpr100p0")
_NETWORKS = ("10.{a}.{b}.0", "192.168.{a}.0", "172.20.{a}.0")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A warm world and the input of the gene that moves the uplink."""

    seed: int
    world: World
    input: JsonObject


@dataclass(slots=True)
class _Draft:
    """A world in the making, with what has been used up."""

    rng: random.Random
    nodes: dict[str, list[Link]] = field(default_factory=dict)
    cables: list[Cable] = field(default_factory=list)
    macs: set[str] = field(default_factory=set)
    routes: list[Route] = field(default_factory=list)

    def mac(self) -> str:
        """A locally administered unicast MAC that nobody has yet."""
        while True:
            octets = (self.rng.randrange(256) for _ in range(5))
            made = "02:" + ":".join(f"{octet:02x}" for octet in octets)
            if made not in self.macs:
                self.macs.add(made)
                return made

    def nic(
        self, node: str, name: str, master: str | None = None, *, isolated: bool = False
    ) -> Link:
        """A NIC that is up, without a cable."""
        made = Link(name, "nic", self.mac(), master=master, isolated=isolated)
        self.nodes.setdefault(node, []).append(made)
        return made

    def plug(self, node: str, nic: str, other: str, other_nic: str) -> None:
        """Join two NICs."""
        self.cables.append(Cable(End(node, nic), End(other, other_nic)))


def draw(seed: int) -> Scenario:
    """The scenario of a seed, always the same one.

    The seed varies names, MACs, addresses, guests on the host's bridge, other machines on
    the switch, the switch's ageing time and which of the two NICs is the uplink.
    """
    rng = random.Random(seed)
    draft = _Draft(rng)
    nics = list(rng.choice(_NIC_PAIRS))
    rng.shuffle(nics)
    uplink, spare = nics
    bridge = rng.choice(_BRIDGES)
    owners = _addresses(rng)

    own = draft.nic(HOST, uplink, bridge)
    draft.nic(HOST, spare)
    draft.nodes[HOST].append(
        Link(
            bridge,
            "bridge",
            own.mac if rng.random() < 0.3 else draft.mac(),
            addresses=(owners.pop(),),
            bridge=BridgeSettings(),
        )
    )
    _switch(draft, (uplink, spare))
    for number in range(1, rng.choice((2, 2, 3))):
        _machine(draft, f"peer{number}", owners.pop(), SWITCH, f"port{9 - number}")
    if rng.random() < 0.5:
        _machine(draft, "guest", owners.pop(), HOST, rng.choice(_GUEST_NICS), bridge)
    gateway = address.bare(draft.nodes["peer1"][0].addresses[0])
    draft.routes.append(Route(bridge, "0.0.0.0/0", gateway))
    given: JsonObject = {"bridge": bridge, "from_nic": uplink, "to_nic": spare}
    return Scenario(seed, warm(_world(draft)), given)


def _addresses(rng: random.Random) -> list[str]:
    """Four addresses of one network, in an order that says nothing."""
    base = rng.choice(_NETWORKS).format(a=rng.randrange(1, 250), b=rng.randrange(250))
    length = rng.choice((16, 20, 23, 24, 24, 24, 26))
    found = address.network(f"{base}/{length}")
    assert found is not None
    size = min(2 ** (32 - length), 254)
    return [
        f"{address.dotted(found.number + offset)}/{length}"
        for offset in rng.sample(range(1, size), 4)
    ]


def _switch(draft: _Draft, nics: tuple[str, ...]) -> None:
    ageing_s = float(draft.rng.choice((60, 120, 300, 300, 600)))
    names = [f"port{number}" for number in draft.rng.sample(range(1, 6), len(nics))]
    settings = BridgeSettings(ageing_s=ageing_s)
    draft.nodes[SWITCH] = [Link("fabric0", "bridge", draft.mac(), bridge=settings)]
    for nic, port in zip(nics, names):
        draft.nic(SWITCH, port, "fabric0", isolated=True)
        draft.plug(HOST, nic, SWITCH, port)


def _machine(
    draft: _Draft, name: str, own: str, where: str, port: str, bridge: str = "fabric0"
) -> None:
    """Something with one NIC and one address, plugged into a bridge."""
    draft.nodes[name] = [Link("eth0", "nic", draft.mac(), addresses=(own,))]
    draft.nic(where, port, bridge)
    draft.plug(name, "eth0", where, port)


def _world(draft: _Draft) -> World:
    return World(
        HOST,
        tuple(
            Node(
                name,
                "host" if name == HOST else "switch" if name == SWITCH else "peer",
                tuple(links),
                routes=tuple(draft.routes) if name == HOST else (),
            )
            for name, links in draft.nodes.items()
        ),
        tuple(draft.cables),
    )


def warm(world: World) -> World:
    """The same world after its peers have talked to the host and to each other."""
    kernel = SimulatedKernel(world)
    kernel.advance(limits.TRAFFIC_ROUNDS_MIN)
    return canonical(kernel.world)
