"""Phrases about what has not settled yet: ARP caches elsewhere, ports that wait.

Judged like those of `phrases_seen`: by what the world told the gene, not by what the gene says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from controller import link_limits
from controller.domains.network import address
from controller.domains.network.phrase import Found, Phrase, View, listed
from controller.domains.network.phrases_arranging import with_node
from controller.domains.network.phrases_seen import records, unseen
from controller.domains.network.spare import free_macs
from controller.domains.network.state import Link, Neighbour, Node, World
from controller.domains.world import Answer

# --- who has an address, as others know it ----------------------------------------------


def _mistaken(view: View) -> Found:
    """A peer that has another MAC address for one of the interface's addresses."""
    name = view.names["addressed"]
    before, now = view.before.subject.link(name), view.link("addressed")
    if before is None or now is None or (before.mac, before.addresses) != (now.mac, now.addresses):
        return None, f"{name} is not what it was"
    peers = [node for node in view.now.nodes if node.role == "peer"]
    pairs = [(peer, address.bare(own)) for peer in peers for own in now.addresses]
    if not pairs:
        return None, f"{name} has {listed(now.addresses)}, and {len(peers)} peers see it"
    told = {pair: _told(view, pair[0].name, pair[1]) for pair in pairs}
    wrong = [
        f"{peer.name} has {mac} for {own}"
        for (peer, own), macs in told.items()
        for mac in (_kept(peer, own) if macs is None else macs)
        if mac != now.mac
    ]
    if wrong:
        return True, "; ".join(wrong)
    unasked = [
        f"{peer.name} was not asked about {own}"
        for (peer, own) in pairs
        if not _asked(view, peer.name, own)
    ]
    if unasked:
        return unseen(view), "; ".join(unasked)
    return False, f"every peer that knows {name} has {now.mac}"


def _told(view: View, peer: str, own: str) -> list[str] | None:
    """The MAC addresses that a peer last named for an address; None if it was not asked."""
    found: list[str] | None = None
    for answer in view.answers:
        asked = answer.operation.arguments
        about = asked.get("vantage"), address.bare(str(asked.get("address")))
        if answer.operation.name == "vantage_neighbours" and about == (peer, own):
            found = [str(one.get("mac")) for one in records(answer.result)]
    return found


def _asked(view: View, peer: str, own: str) -> bool:
    return _told(view, peer, own) is not None


def _kept(peer: Node, own: str) -> list[str]:
    return [known.mac for known in peer.neighbours if known.address == own]


def _with_mistaken_peer(view: View) -> World | None:
    link = view.link("addressed")
    for peer in view.now.nodes:
        if link is None or not link.addresses or peer.role != "peer":
            continue
        way = _way(peer, link)
        if way is not None:
            own, other = address.bare(link.addresses[0]), free_macs(view.now, 1)[0]
            others = tuple(n for n in peer.neighbours if n.address != own)
            stale = Neighbour(way, own, other, permanent=True)
            return with_node(view.now, replace(peer, neighbours=(*others, stale)))
    return None


def _way(peer: Node, link: Link) -> str | None:
    """A peer's interface in the network of the link's first address."""
    wanted = address.network(link.addresses[0])
    return next(
        (one.name for one in peer.links if wanted in map(address.network, one.addresses)), None
    )


# --- ports that wait --------------------------------------------------------------------


def _waiting(view: View) -> Found:
    name = view.names["bridge"]
    told = [
        {str(one.get("port")): str(one.get("state")) for one in records(answer.result)}
        for answer in view.answers
        if answer.operation.name == "port_states"
        and answer.operation.arguments.get("bridge") == name
    ]
    if not told:
        return unseen(view), f"nobody asked for the ports of {name}"
    waiting = sorted(port for port, state in told[-1].items() if state in {"listening", "learning"})
    return bool(waiting), f"{listed(waiting)} waited"


def _with_waiting_port(view: View) -> World | None:
    host, name = view.now.subject, view.names["bridge"]
    bridge = host.link(name)
    port = next((one.name for one in host.ports(name) if one.carrier), None)
    if bridge is None or bridge.bridge is None or port is None:
        return None
    held = {
        name: replace(bridge, bridge=replace(bridge.bridge, stp=True)),
        port: replace(next(one for one in host.links if one.name == port), waiting=True),
    }
    links = tuple(held.get(link.name, link) for link in host.links)
    return with_node(view.now, replace(host, links=links))


# --- packets that are too large for somebody --------------------------------------------


def _too_large(view: View) -> Found:
    """A vantage whose small packets are answered and whose large ones are not."""
    name = view.names["addressed"]
    before, now = view.before.subject.link(name), view.link("addressed")
    if before is None or now is None or (before.mtu, before.addresses) != (now.mtu, now.addresses):
        return None, f"{name} is not what it was"
    peers = [node.name for node in view.now.nodes if node.role == "peer"]
    pairs = {(peer, address.bare(own)) for peer in peers for own in now.addresses}
    if not pairs:
        return None, f"{name} has {listed(now.addresses)}, and {len(peers)} peers see it"
    pings = [answer for answer in view.answers if answer.operation.name == "vantage_ping"]
    large = [one for one in pings if one.operation.arguments.get("size") == now.mtu]
    lost = pairs & {_pair(one) for one in large} & {_pair(one) for one in pings if _heard(one)}
    lost -= {_pair(one) for one in large if _heard(one)}
    if lost:
        return True, f"{listed(sorted(peer for peer, _ in lost))} missed {now.mtu} bytes"
    if pairs - {_pair(one) for one in large}:
        return unseen(view), f"not everybody sent {now.mtu} bytes to {name}"
    return False, f"nobody who hears {name} misses {now.mtu} bytes"


def _pair(answer: Answer) -> tuple[str, str]:
    asked = answer.operation.arguments
    return str(asked.get("vantage")), address.bare(str(asked.get("address")))


def _heard(answer: Answer) -> bool:
    result = answer.result
    return isinstance(result, dict) and bool(result.get("answered"))


def _with_narrow_way(view: View) -> World | None:
    """The switches around a bridge take only smaller packets on their ports."""
    link = view.link("addressed")
    if link is None or link.mtu // 2 < link_limits.MTU_MIN:
        return None
    world, found = view.now, False
    for node in view.now.nodes:
        if node.role == "switch":
            found = True
            narrow = (replace(one, mtu=link.mtu // 2) for one in node.links)
            world = with_node(world, replace(node, links=tuple(narrow)))
    return world if found else None


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "A vantage has another MAC address for an address of interface {addressed}",
        (
            "[any/some] vantage/host/peer has/knows another/wrong mac [address]"
            " for [any/some] [ip] address of <addressed>",
        ),
        _mistaken,
        _with_mistaken_peer,
    ),
    Phrase(
        "A port of bridge {bridge} is listening or learning",
        (
            "[any/some] port of <bridge> is listening or learning",
            "[any/some] port of <bridge> waits before it forwards",
        ),
        _waiting,
        _with_waiting_port,
    ),
    Phrase(
        "A vantage's packet as large as the MTU of interface {addressed} is not answered",
        (
            "[any/some] vantage's/host's/peer's packet as large as mtu of <addressed>"
            " is not answered",
            "[any/some] packet as large as mtu of <addressed> is lost",
        ),
        _too_large,
        _with_narrow_way,
    ),
)
