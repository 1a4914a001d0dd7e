"""How frames travel in a simulated network: bridges learn, flood and forget, hosts answer.

`SimulatedKernel` changes the links of a `Fabric` and asks it to ping; the fabric decides what
every bridge and every cache of neighbours learns from that. The rules are Linux's
(net/bridge/br_input.c, br_fdb.c, net/ipv4/arp.c, net/ipv6/ndisc.c) with `arp_ignore=1` and
`rp_filter=1`; neighbours do not expire, so that only frames, ageing and carriers heal, which is
the worst case of a real network.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from controller import limits
from controller.domains.network import address, bond_traffic, tagging
from controller.domains.network.live import FrameKind, Learned, LiveBridge, LiveLink, LiveNode

_TAG_BYTES = 4
"""How much longer than its MTU says a frame may be on the wire (`is_skb_forwardable`)."""
_IPV4, _ARP, _IPV6 = 0x0800, 0x0806, 0x86DD
"""The Ethernet types of frames (IEEE 802 numbers)."""


class Frame(NamedTuple):
    """An ARP, NDP or ICMP message on its way. ARP and NDP speak of their own source MAC.

    `size` is that of its packet in bytes, where it matters; `tags` are the ids of its VLAN tags,
    the outermost first.
    """

    source: str
    target: str
    kind: FrameKind
    sender: str
    receiver: str
    ticket: int = 0
    size: int = 0
    tags: tuple[int, ...] = ()


def local(bridge: LiveBridge, link: LiveLink, mac: str) -> bool:
    """True when a bridge takes frames for this MAC itself: its own, or one of its ports'."""
    return link.mac == mac or any(port.mac == mac for port in bridge.ports)


class Fabric:
    """All nodes, the clock, and the frames under way."""

    def __init__(self) -> None:
        self.nodes: dict[str, LiveNode] = {}
        self.now_s = 0.0
        self.watched: LiveLink | None = None
        self.moves: list[tuple[str, str, str]] = []
        self._frames: deque[tuple[LiveLink, Frame]] = deque()
        self._ticket = 0
        self._answered: set[int] = set()

    def ping(self, node: LiveNode, to: str, size: int = 0) -> bool:
        """Send one echo request and let all frames arrive; true if it was answered.

        A request of `size` bytes is sent whole, or not at all.
        """
        if node.has(to):
            return True
        self._ticket += 1
        self._output(node, "echo_request", to, None, self._ticket, size)
        self._settle()
        answered = self._ticket in self._answered
        self._answered.clear()
        return answered

    def call_everybody(self, node: LiveNode) -> None:
        """Send an echo request to every network of a node: a broadcast that nobody answers.

        Linux ignores those by default (icmp_echo_ignore_broadcasts in ip-sysctl).
        """
        for link, own in node.connected:
            everybody = address.broadcast(own)
            if everybody is not None:
                sender = address.bare(own)
                target = address.BROADCAST_MAC
                self._transmit(link, Frame(link.mac, target, "echo_request", sender, everybody))
                self._settle()

    def announce(self, link: LiveLink, own: str) -> None:
        """Tell everybody that an address is `link`'s, and let it arrive: by a gratuitous ARP
        request, or an unsolicited neighbour advertisement."""
        kind: FrameKind = "solicitation" if address.version(own) == 4 else "advertisement"
        self._transmit(link, Frame(link.mac, address.everybody_mac(own), kind, own, own))
        self._settle()

    def forget_expired(self, bridge: LiveBridge) -> None:
        """Drop the entries of a table that are older than its ageing time."""
        for at in [at for at, e in bridge.table.items() if self._expired(bridge, e)]:
            del bridge.table[at]

    def _expired(self, bridge: LiveBridge, entry: Learned) -> bool:
        return not entry.static and entry.seen_s <= self.now_s - bridge.ageing_s

    def forwards(self, port: LiveLink) -> bool:
        """True when a port of a bridge passes frames on."""
        master = port.master
        return (
            master is not None and master.up and port.carrier and self.now_s >= port.forwards_from_s
        )

    def port_state(self, port: LiveLink) -> str:
        """What its bridge lets a port do. No port blocks: the model looks for no loops."""
        if port.master is None or not port.master.up or not port.carrier:
            return "disabled"
        if self.forwards(port):
            return "forwarding"
        learning_from_s = port.forwards_from_s - limits.FORWARD_DELAY_SECONDS / 2
        return "listening" if self.now_s < learning_from_s else "learning"

    # --- from the wire ---

    def _settle(self) -> None:
        """Deliver what is under way. A frame that goes round in circles is dropped in the end."""
        frames = self._frames
        for _ in range(limits.FRAME_DELIVERIES_MAX):
            if not frames:
                break
            link, frame = frames.popleft()
            self._receive(link, frame)
        frames.clear()
        for node in self.nodes.values():
            for link in node.links.values():
                link.waiting.clear()

    def _receive(self, nic: LiveLink, frame: Frame) -> None:
        upper = nic.vlans.get(frame.tags[0]) if frame.tags else None
        if upper is not None:
            meant = address.is_group_mac(frame.target) or frame.target == nic.mac
            self._ascend(upper, frame._replace(tags=frame.tags[1:]), meant=meant)
            return
        master = nic.master
        if master is not None and master.bond is not None:
            heard = address.is_group_mac(frame.target) or frame.target == nic.mac
            heard = heard or bool(frame.tags)
            if (heard or master.master is not None) and bond_traffic.hears(master.bond, nic):
                self._receive(master, frame)
            return
        if master is None:
            heard = address.is_group_mac(frame.target) or frame.target == nic.mac
            if not frame.tags and heard:
                self._input(nic, frame)
            return
        bridge = master.bridge
        if bridge is not None and self.forwards(nic):
            tags = tagging.entered(bridge, nic, frame.tags)
            if tags is not None:
                self._learn(master, bridge, nic, frame.source, tagging.learned_in(bridge, tags))
                self._bridge(master, bridge, nic, frame._replace(tags=tags))

    def _learn(
        self, link: LiveLink, bridge: LiveBridge, port: LiveLink, mac: str, vlan: int
    ) -> None:
        entry = bridge.table.get((mac, vlan))
        if entry is None:
            if not local(bridge, link, mac):
                bridge.table[mac, vlan] = Learned(port, self.now_s)
            return
        if entry.static:
            return
        if entry.port is not port:
            if link is self.watched and not self._expired(bridge, entry):
                self.moves.append((mac, entry.port.name, port.name))
            entry.port = port
        entry.seen_s = self.now_s

    def _bridge(
        self, link: LiveLink, bridge: LiveBridge, ingress: LiveLink | None, frame: Frame
    ) -> None:
        if address.is_group_mac(frame.target):
            self._flood(bridge, ingress, frame)
            if ingress is not None:
                self._pass_up(link, bridge, frame)
            return
        if local(bridge, link, frame.target):
            if ingress is not None:
                self._pass_up(link, bridge, frame)
            return
        entry = bridge.table.get((frame.target, tagging.learned_in(bridge, frame.tags)))
        if entry is None or self._expired(bridge, entry):
            self._flood(bridge, ingress, frame)
        else:
            self._forward(bridge, entry.port, ingress, frame)

    def _pass_up(self, link: LiveLink, bridge: LiveBridge, frame: Frame) -> None:
        """Give the host what is for its bridge, or for a VLAN link on it."""
        tags = tagging.left(bridge, link, frame.tags)
        if not tags:
            if tags is not None:
                self._input(link, frame)
            return
        upper = link.vlans.get(tags[0])
        if upper is not None and link.up:
            self._ascend(upper, frame._replace(tags=tags[1:]), meant=True)

    def _ascend(self, upper: LiveLink, frame: Frame, *, meant: bool) -> None:
        """Give a VLAN link what came to its parent, for whose MAC it may be `meant` as well."""
        if not upper.up:
            return
        if meant and upper.master is None and not frame.tags:
            self._input(upper, frame)
        else:
            self._receive(upper, frame)

    def _flood(self, bridge: LiveBridge, ingress: LiveLink | None, frame: Frame) -> None:
        for port in bridge.ports:
            self._forward(bridge, port, ingress, frame)

    def _forward(
        self, bridge: LiveBridge, port: LiveLink, ingress: LiveLink | None, frame: Frame
    ) -> None:
        if port is ingress or not self.forwards(port):
            return
        if ingress is not None and ingress.isolated and port.isolated:
            return
        tags = tagging.left(bridge, port, frame.tags)
        if tags is not None:
            self._wire(port, frame._replace(tags=tags))

    def _wire(self, nic: LiveLink, frame: Frame) -> None:
        if frame.size > nic.mtu + _TAG_BYTES:
            return
        if nic.vlan is not None:
            self._transmit(nic.vlan.parent, frame._replace(tags=(nic.vlan.vid, *frame.tags)))
            return
        if nic.bond is not None:
            kind = _ether_type(frame)
            for port in bond_traffic.outlets(nic.bond, frame.source, frame.target, kind):
                self._wire(port, frame)
            return
        far = nic.far
        if far is not None and nic.up and far.up and frame.size <= far.mtu + _TAG_BYTES:
            self._frames.append((far, frame))

    # --- the host's own stack ---

    def _transmit(self, link: LiveLink, frame: Frame) -> None:
        if not link.up or frame.size > link.mtu:
            return
        if link.bridge is None:
            self._wire(link, frame)
        else:
            tags = tagging.entered(link.bridge, link, frame.tags)
            if tags is not None:
                self._bridge(link, link.bridge, None, frame._replace(tags=tags))

    def _input(self, link: LiveLink, frame: Frame) -> None:
        if not link.up:
            return
        if frame.kind == "solicitation":
            self._solicited(link, frame)
        elif frame.kind == "advertisement":
            if frame.sender in link.waiting or frame.sender in link.neighbours:
                self._resolved(link, frame)
        elif link.node.has(frame.receiver) and self._expected(link, frame.sender):
            if frame.kind == "echo_request":
                self._reply(link.node, frame)
            else:
                self._answered.add(frame.ticket)

    def _solicited(self, link: LiveLink, frame: Frame) -> None:
        """Answer who asks for an address of this interface. Of ARP everybody takes note who knew
        the asker; NDP asks a group that only the owners of like addresses are in."""
        if link.has(frame.receiver) and self._expected(link, frame.sender):
            self._resolved(link, frame)
            self._transmit(
                link, Frame(link.mac, frame.source, "advertisement", frame.receiver, frame.sender)
            )
        elif address.version(frame.sender) == 4 and frame.sender in link.neighbours:
            self._resolved(link, frame)

    def _expected(self, link: LiveLink, sender: str) -> bool:
        """True when an answer to `sender` would leave where the frame came in (rp_filter=1); of
        IPv6 Linux asks no such thing."""
        if address.version(sender) == 6:
            return True
        route = link.node.route(sender)
        return route is not None and route[0] is link

    def _resolved(self, link: LiveLink, frame: Frame) -> None:
        link.knows(frame.sender, frame.source)
        for kind, source, ticket, size in link.waiting.pop(frame.sender, ()):
            target = link.neighbours[frame.sender].mac
            self._transmit(link, Frame(link.mac, target, kind, source, frame.sender, ticket, size))

    def _reply(self, node: LiveNode, request: Frame) -> None:
        """Answer a request by one as large, which may be sent in pieces (RFC 792)."""
        route = node.route(request.sender)
        size = request.size if route is None else min(request.size, route[0].mtu)
        self._output(node, "echo_reply", request.sender, request.receiver, request.ticket, size)

    def _output(
        self,
        node: LiveNode,
        kind: FrameKind,
        to: str,
        source: str | None,
        ticket: int,
        size: int,
    ) -> None:
        route = node.route(to)
        if route is None:
            return
        link, own = route
        known = link.neighbours.get(to)
        sender = own if source is None else source
        if known is not None:
            self._transmit(link, Frame(link.mac, known.mac, kind, sender, to, ticket, size))
            return
        queue = link.waiting.setdefault(to, [])
        queue.append((kind, sender, ticket, size))
        if len(queue) == 1:
            self._transmit(link, Frame(link.mac, address.asked_mac(to), "solicitation", sender, to))


def _ether_type(frame: Frame) -> int:
    if address.version(frame.sender) == 6:
        return _IPV6
    return _ARP if frame.kind in ("solicitation", "advertisement") else _IPV4
