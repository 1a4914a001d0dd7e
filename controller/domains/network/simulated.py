"""A network that is only a value in memory: the kernel for thousands of candidates a second.

`outside.shadow` builds it from an observed state; tests and benchmarks build it from any
world. It answers `TwinKernel`: its time passes only in `advance` and `watch_moves`, and
then the peers send about once a second what keeps tables fresh in a real network too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from controller import limits
from controller.domains.network import (
    address,
    bonding,
    bridging,
    linking,
    modelled,
    modelled_undoing,
    profile,
    query,
    renewal,
    rewiring,
    routing,
    vlans,
)
from controller.domains.network.argument import amount, flag, text
from controller.domains.network.cabling import leads_to
from controller.domains.network.footprint import combined, disturbed, restore, scope
from controller.domains.network.live import LiveBridge, LiveLink, LiveNode
from controller.domains.network.refusal import Arguments, existing, refusal
from controller.domains.network.replica import copied, live, still, still_node
from controller.domains.network.restoring import restore_until_equal
from controller.domains.network.state import End, Node, World, secondaries, to_json
from controller.domains.world import Json, JsonObject, Operation, OperationRefused


class SimulatedKernel:
    """A world that starts as `world` and lives by Linux's rules.

    Raises `ValueError` if the world contradicts itself, such as a port of no bridge.
    """

    def __init__(self, world: World) -> None:
        self._host = world.subject.name
        self._fabric = live(world)

    @property
    def world(self) -> World:
        """The world as it is now."""
        return still(self._fabric, self._host)

    def observe(self) -> JsonObject:
        """The world as JSON; equal worlds give equal values."""
        return to_json(self.world)

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What undoes `operation` if it is performed next; nothing if it would be refused."""
        host = self._still_host()
        if refusal(host, self._vantage_names, operation) is not None:
            return ()
        return (restore(modelled.footprint(self._live_host, scope(host, operation))),)

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that inverses would put back, as it is now."""
        names = combined(inverses).interfaces
        return modelled.footprint(self._live_host, names).items

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since it was as `left` says."""
        before = combined(inverses)
        now = modelled.footprint(self._live_host, before.interfaces)
        return disturbed(before, left, now)

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, but for what is spared; what could not be, in words."""
        before = combined(inverses)
        return restore_until_equal(
            before,
            spared,
            lambda: modelled.footprint(self._live_host, before.interfaces),
            lambda step: modelled_undoing.take(self._fabric, self._live_host, step),
        )

    def perform(self, operation: Operation) -> Json:
        """Do it and return what the catalogue promises. Raises `OperationRefused`."""
        host = self._still_host()
        reason = refusal(host, self._vantage_names, operation)
        if reason is not None:
            raise OperationRefused(reason)
        ask = query.HOST_QUERIES.get(operation.name)
        if ask is not None:
            return ask(host, operation.arguments)
        answer: Json = None
        effect = _EFFECTS.get(operation.name)
        if effect is None:
            answer = _HANDLERS[operation.name](self, operation.arguments)
        else:
            effect(self._fabric, self._live_host, operation.arguments)
        bonding.look(self._fabric)
        return answer

    def advance(self, seconds: float) -> None:
        """Let time pass; about once a second every peer pings the host and calls everybody."""
        if seconds <= 0:
            return
        wanted = max(math.ceil(seconds), limits.TRAFFIC_ROUNDS_MIN)
        rounds = min(wanted, limits.TRAFFIC_ROUNDS_MAX)
        start_s = self._fabric.now_s
        for number in range(1, rounds + 1):
            self._fabric.now_s = start_s + seconds * number / rounds
            bonding.look(self._fabric)
            self._traffic()

    def reboot(self) -> tuple[str, ...]:
        """Start the host again; what its profiles ask for in vain, in words."""
        from controller.domains.network import restart  # noqa: PLC0415 - it reads kernels: pyroute2

        restart.cold_model(self._fabric, self._live_host)
        return restart.started(self._still_host(), self.perform)

    def renew(self, thing: str) -> tuple[str, ...]:
        """Ask again for what an interface was lent; what it loses, in words."""
        return renewal.renewed(self._still_host(), thing, self.perform)

    def fork(self) -> SimulatedKernel:
        """An independent copy of this world as it is now."""
        twin = SimulatedKernel.__new__(SimulatedKernel)
        twin._host = self._host
        twin._fabric = copied(self._fabric)
        return twin

    def _traffic(self) -> None:
        targets = [
            address.bare(own)
            for link in self._live_host.links.values()
            if link.up
            for own in link.addresses
        ]
        for node in self._fabric.nodes.values():
            if node.role == "peer":
                self._fabric.call_everybody(node)
                for target in targets:
                    self._fabric.ping(node, target)

    @property
    def _live_host(self) -> LiveNode:
        return self._fabric.nodes[self._host]

    @property
    def _vantage_names(self) -> Collection[str]:
        return self._fabric.nodes.keys() - {self._host}

    def _still_host(self) -> Node:
        return still_node(self._fabric, self._live_host)

    def _interface(self, arguments: Arguments) -> LiveLink:
        return self._live_host.links[text(arguments, "interface")]

    def _bridge(self, arguments: Arguments) -> LiveLink:
        return self._live_host.links[text(arguments, "bridge")]

    # --- queries that need other nodes, frames or time ---

    def _vantages(self, _arguments: Arguments) -> Json:
        nodes = self._fabric.nodes.values()
        return query.vantage_records({n.name: n.role for n in nodes if n.name != self._host})

    def _far_end(self, arguments: Arguments) -> Json:
        link = self._interface(arguments)
        if link.kind != "nic":
            return query.far_end_record(leads_to(self.world, link.name))
        far = link.far
        return query.far_end_record(None if far is None else End(far.node.name, far.name))

    def _vantage_fdb(self, arguments: Arguments) -> Json:
        node = self._fabric.nodes[text(arguments, "vantage")]
        return query.whereabouts(still_node(self._fabric, node), text(arguments, "mac"))

    def _vantage_neighbours(self, arguments: Arguments) -> Json:
        node = self._fabric.nodes[text(arguments, "vantage")]
        whose = address.bare(text(arguments, "address"))
        return query.acquaintances(still_node(self._fabric, node), whose)

    def _vantage_port_vlans(self, arguments: Arguments) -> Json:
        node = self._fabric.nodes[text(arguments, "vantage")]
        return query.allowed(still_node(self._fabric, node), text(arguments, "interface"))

    def _port_states(self, arguments: Arguments) -> Json:
        settings = self._bridge(arguments).bridge
        assert settings is not None
        states = {port.name: self._fabric.port_state(port) for port in settings.ports}
        return query.port_state_records(states)

    def _vantage_ping(self, arguments: Arguments) -> Json:
        node = self._fabric.nodes[text(arguments, "vantage")]
        to = address.bare(text(arguments, "address"))
        attempts = int(amount(arguments, "attempts"))
        size = int(amount(arguments, "size")) if arguments.get("size") is not None else 0
        answered = sum(self._fabric.ping(node, to, size) for _ in range(attempts))
        return {"sent": attempts, "answered": answered}

    def _watch_moves(self, arguments: Arguments) -> Json:
        self._fabric.watched = self._bridge(arguments)
        self._fabric.moves.clear()
        self.advance(amount(arguments, "milliseconds") / 1000)
        self._fabric.watched = None
        return query.moved(self._fabric.moves)

    # --- mutations ---

    def _create_bridge(self, arguments: Arguments) -> Json:
        mac = arguments.get("mac")
        rewiring.create_bridge(
            self._live_host,
            text(arguments, "bridge"),
            None if mac is None else text(arguments, "mac"),
            stp=flag(arguments, "stp"),
            multicast_snooping=flag(arguments, "multicast_snooping"),
        )
        return None

    def _delete_bridge(self, arguments: Arguments) -> Json:
        linking.delete(self._fabric, self._live_host, text(arguments, "bridge"))
        return None

    def _attach_port(self, arguments: Arguments) -> Json:
        rewiring.attach_port(self._fabric, self._bridge(arguments), self._interface(arguments))
        return None

    def _detach_port(self, arguments: Arguments) -> Json:
        rewiring.detach_port(self._fabric, self._bridge(arguments), self._interface(arguments))
        return None

    def _set_link_state(self, arguments: Arguments) -> Json:
        link = self._interface(arguments)
        rewiring.set_link_state(self._fabric, link, up=flag(arguments, "up"))
        return None

    def _set_mac(self, arguments: Arguments) -> Json:
        link, mac = self._interface(arguments), text(arguments, "mac")
        if link.mac != mac or not flag(arguments, "if_different"):
            rewiring.set_mac(link, mac)
        return None

    def _add_address(self, arguments: Arguments) -> Json:
        rewiring.add_address(self._interface(arguments), text(arguments, "address"))
        return None

    def _remove_address(self, arguments: Arguments) -> Json:
        removed = text(arguments, "address")
        link = existing(self._still_host(), text(arguments, "interface"))
        if removed in link.addresses:
            lost = (removed, *secondaries(link, removed))
            rewiring.remove_address(self._interface(arguments), lost)
        return None

    def _set_ageing(self, arguments: Arguments) -> Json:
        settings: LiveBridge | None = self._bridge(arguments).bridge
        assert settings is not None
        settings.ageing_s = float(amount(arguments, "seconds"))
        return None

    def _add_neighbour(self, arguments: Arguments) -> Json:
        whose = address.bare(text(arguments, "address"))
        rewiring.add_neighbour(self._interface(arguments), whose, text(arguments, "mac"))
        return None

    def _remove_neighbour(self, arguments: Arguments) -> Json:
        whose = address.bare(text(arguments, "address"))
        self._interface(arguments).neighbours.pop(whose, None)
        return None

    def _add_route(self, arguments: Arguments) -> Json:
        route = routing.wanted(arguments)
        if not routing.present(self._live_host.routes, route):
            self._live_host.routes.append(route)
        return None

    def _remove_route(self, arguments: Arguments) -> Json:
        gone = routing.meant(self._live_host.routes, arguments)
        self._live_host.routes = [r for r in self._live_host.routes if r not in gone]
        return None

    def _write_profile(self, arguments: Arguments) -> Json:
        profiles, name = self._live_host.profiles, text(arguments, "profile")
        profiles[name] = profile.wanted(arguments, profiles.get(name))
        return None

    def _delete_profile(self, arguments: Arguments) -> Json:
        profiles, name = self._live_host.profiles, text(arguments, "profile")
        for one in profile.idle_without(profiles.values(), name):
            del profiles[one.id]
        del profiles[name]
        return None

    def _send_gratuitous_arp(self, arguments: Arguments) -> Json:
        return self._announce(arguments, 4)

    def _send_unsolicited_na(self, arguments: Arguments) -> Json:
        return self._announce(arguments, 6)

    def _announce(self, arguments: Arguments, version: address.Version) -> Json:
        own = address.bare(text(arguments, "address"))
        if address.version(own) == version:
            self._fabric.announce(self._interface(arguments), own)
        return None


_EFFECTS: Final = {**bridging.EFFECTS, **linking.EFFECTS, **vlans.EFFECTS}
_HANDLERS: Final[Mapping[str, Callable[[SimulatedKernel, Arguments], Json]]] = {
    name: getattr(SimulatedKernel, f"_{name}")
    for name in (
        "vantages",
        "far_end",
        "vantage_fdb",
        "vantage_neighbours",
        "vantage_port_vlans",
        "port_states",
        "vantage_ping",
        "watch_moves",
        "create_bridge",
        "delete_bridge",
        "attach_port",
        "detach_port",
        "set_link_state",
        "set_mac",
        "add_address",
        "remove_address",
        "set_ageing",
        "add_neighbour",
        "remove_neighbour",
        "add_route",
        "remove_route",
        "write_profile",
        "delete_profile",
        "send_gratuitous_arp",
        "send_unsolicited_na",
    )
}
