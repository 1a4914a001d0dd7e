"""What happens to a simulated bond: ports join and leave, carriers come and go, another one sends.

`linking` calls a function for each operation, `SimulatedKernel` and `modelled_undoing` call `look`
after every change. The side effects are Linux's (drivers/net/bonding/bond_main.c) with
`fail_over_mac` none and without a primary port, compared with a real kernel by the conformance
suite.
"""

from __future__ import annotations

from controller.domains.network import address, rewiring, sizing
from controller.domains.network.bond_traffic import WITH_ACTIVE
from controller.domains.network.fabric import Fabric
from controller.domains.network.live import LiveBond, LiveLink, LiveNode
from controller.domains.network.state import BondMode


def create_bond(
    node: LiveNode, name: str, mode: BondMode, miimon_ms: int, mac: str | None
) -> LiveLink:
    """Add a bond that is down. Without a MAC it takes that of its first port."""
    made = rewiring.create_link(node, name, "bond", mac)
    made.bond = LiveBond(mode, miimon_ms, mac is not None)
    return made


def join(fabric: Fabric, link: LiveLink, port: LiveLink) -> None:
    """Make an interface that is down a port: it takes the bond's MAC and MTU and goes up."""
    bond = settings(link)
    if port.master is link:
        return
    if not bond.ports and not bond.mac_pinned:
        rewiring.set_mac(link, port.mac)
        bond.mac_pinned = False
    port.own_mac, port.own_mtu = port.mac, port.mtu
    sizing.resize(port, link.mtu)
    rewiring.set_mac(port, link.mac)
    port.master = link
    bond.ports.append(port)
    rewiring.set_link_state(fabric, port, up=True)
    had = link.carrier
    port.linked = port.carrier or not bond.miimon_ms
    _choose(fabric, link)
    _tell(fabric, link, had=had)


def leave(fabric: Fabric, link: LiveLink, port: LiveLink) -> None:
    """Take a port away: it goes down and has its own MAC and MTU again."""
    bond = settings(link)
    if port.master is not link:
        return
    had = link.carrier
    bond.ports.remove(port)
    own, mtu = port.own_mac or port.mac, port.own_mtu or port.mtu
    port.master = port.own_mac = port.own_mtu = None
    port.linked = False
    if bond.active is port:
        bond.active = None
        _choose(fabric, link)
    if not bond.ports:
        rewiring.set_mac(link, rewiring.invented_mac(link.name))
        bond.mac_pinned = False
    rewiring.set_link_state(fabric, port, up=False)
    rewiring.set_mac(port, own)
    sizing.resize(port, mtu)
    _tell(fabric, link, had=had)


def activate(fabric: Fabric, link: LiveLink, port: LiveLink | None) -> None:
    """Send by this port from now on. The bond tells everybody whose addresses are behind it."""
    bond = settings(link)
    if bond.active is port:
        return
    bond.active = port
    if port is not None and bond.mode == "active-backup" and link.carrier:
        announce(fabric, link)


def announce(fabric: Fabric, link: LiveLink) -> None:
    """Send a gratuitous ARP for every address of an interface, of the bridge that it is in, and of
    the VLAN links on it."""
    for own in link.addresses:
        fabric.announce(link, address.bare(own))
    for upper in (link.master, *link.vlans.values()):
        if upper is not None:
            announce(fabric, upper)


def look(fabric: Fabric) -> None:
    """Let every bond look at its ports' carriers, as it does every `miimon_ms` while it is up."""
    for node in fabric.nodes.values():
        for link in [*node.links.values()]:
            if link.bond is not None and link.up and link.bond.miimon_ms:
                _look(fabric, link, link.bond)


def _look(fabric: Fabric, link: LiveLink, bond: LiveBond) -> None:
    had = link.carrier
    for port in bond.ports:
        port.linked = port.carrier
    _choose(fabric, link)
    _tell(fabric, link, had=had)


def _choose(fabric: Fabric, link: LiveLink) -> None:
    """Keep the active port as long as it is linked, else take the first one that is."""
    bond = settings(link)
    if bond.mode in WITH_ACTIVE and (bond.active is None or not bond.active.linked):
        activate(fabric, link, next((port for port in bond.ports if port.linked), None))


def _tell(fabric: Fabric, link: LiveLink, *, had: bool) -> None:
    """Let who is above a bond know that it has got or lost its carrier."""
    if link.carrier and not had:
        rewiring.start(fabric, link)
    elif had and not link.carrier:
        rewiring.lose_carrier(fabric, link)


def settings(link: LiveLink) -> LiveBond:
    """What only a bond has."""
    assert link.bond is not None
    return link.bond
