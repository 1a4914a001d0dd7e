"""A network that is real: the kernel of a namespace, reached over netlink.

`adapters.live_namespace` builds it for worlds named `netns:NAME`; the lab and the conformance suite
build it too. Other namespaces are its vantages: it looks there and changes nothing. What
Linux refuses becomes `OperationRefused`; a namespace that is gone raises `WorldGone`, which
the adapter translates, for a domain knows no ports.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from pyroute2.netlink.exceptions import NetlinkError

from controller.domains.network import address, keeping, query
from controller.domains.network.argument import amount, text
from controller.domains.network.cabling import leads_to
from controller.domains.network.capability import lacking
from controller.domains.network.change import CHANGES
from controller.domains.network.disk import Disk
from controller.domains.network.footprint import (
    Footprint,
    combined,
    disturbed,
    parts,
    restore,
    scope,
)
from controller.domains.network.inventory import inventory
from controller.domains.network.moves import watch_moves
from controller.domains.network.namespace import Inside, Namespace
from controller.domains.network.probe import pings_answered
from controller.domains.network.readout import Reading, Tables, port_states, read
from controller.domains.network.refusal import Arguments, existing, refusal
from controller.domains.network.reinstate import take
from controller.domains.network.restoring import Step, restore_until_equal
from controller.domains.network.state import Cable, End, Node, Role, World, to_json
from controller.domains.world import Json, JsonObject, Operation, OperationRefused

if TYPE_CHECKING:
    from typing import Self

HOST: Final = "host"
"""The host's name in the observed world."""

_DELETING: Final = frozenset({"delete_bridge", "delete_interface"})
"""What takes an interface's sysctls with it."""

Answer = TypeVar("Answer")


class NetlinkKernel:
    """The host in one namespace and its vantages in others, by the names that genes use.

    Vantages without a role in `roles` count as peers. `lacks` are kinds of interfaces that the
    host is to be without, besides those that the kernel cannot make. `disk` is where it keeps what
    outlives a reboot; without one it has nothing such. `permanent` are MACs of NICs that are to
    count as theirs where Linux knows none. Raises `WorldGone`.
    """

    def __init__(
        self,
        host_namespace: str,
        vantages: Mapping[str, str],
        roles: Mapping[str, str],
        host: str = HOST,
        *,
        lacks: Collection[str] = (),
        disk: Disk | None = None,
        permanent: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._host = host
        self._lacks = lacks
        self._permanent = permanent
        self._disk = disk
        self._roles: dict[str, Role] = {
            name: "switch" if roles.get(name) == "switch" else "peer" for name in vantages
        }
        self._spaces: dict[str, Namespace] = {}
        self._numbers: dict[tuple[str, int], str] = {}
        self._prepared: tuple[Operation, Reading] | None = None
        with ExitStack() as opened:
            for name, space in ((host, host_namespace), *vantages.items()):
                self._spaces[name] = opened.enter_context(Namespace(space))
            self._closing = opened.pop_all()

    def close(self) -> None:
        """Leave all namespaces. Closing twice is harmless."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def observe(self) -> JsonObject:
        """The host, its vantages and the cables between them, as JSON."""
        return to_json(self._world())

    def _world(self) -> World:
        readings = {name: self._read(name) for name in self._spaces}
        nodes = tuple(reading.node for reading in readings.values())
        return World(self._host, nodes, tuple(self._cables(readings)))

    def host(self) -> Node:
        """The host alone."""
        return self._read(self._host).node

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What undoes `operation` if it is performed next; nothing if it would be refused."""
        reading, inverse = self._run(self._host, lambda at: self._prepare(at, operation))
        self._prepared = operation, reading
        return () if inverse is None else (inverse,)

    def _prepare(self, inside: Inside, operation: Operation) -> tuple[Reading, Operation | None]:
        """The host, and what undoes the operation there, from one reading of Linux's tables."""
        tables = Tables(inside)
        reading = self._completed(read(inside, self._host, "host", tables, learned=False))
        if refusal(reading.node, self._roles.keys(), operation) is not None:
            return reading, None
        names = scope(reading.node, operation)
        lost = names if operation.name in _DELETING else ()
        return reading, restore(self._inventory(inside, names, tables, deeply=lost))

    def _inventory(
        self,
        inside: Inside,
        names: Collection[str],
        tables: Tables | None = None,
        *,
        deeply: Collection[str],
    ) -> Footprint:
        """The items of interfaces and profiles as they are."""
        found = inventory(inside, names, tables, deeply=deeply)
        return replace(found, items=found.items | keeping.items(self._disk, names))

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that inverses would put back, as it is now."""
        return self._look(combined(inverses)).items

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since it was as `left` says."""
        before = combined(inverses)
        return disturbed(before, left, self._look(before))

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, but for what is spared; what could not be, in words."""
        before = combined(inverses)
        return restore_until_equal(before, spared, lambda: self._look(before), self._take)

    def _look(self, before: Footprint) -> Footprint:
        """The same interfaces as they are, with the sysctls of those that had some kept."""
        deeply = {parts(name)[1] for name in before.items if name.startswith("sysctl ")}
        names = before.interfaces
        return self._run(self._host, lambda at: self._inventory(at, names, deeply=deeply))

    def _take(self, step: Step) -> None:
        if parts(step.item)[0] == keeping.KIND:
            self._run(self._host, lambda _inside: keeping.take(self._disk, step))
            return
        self._run(self._host, lambda inside: take(inside, step))

    def perform(self, operation: Operation) -> Json:
        """Do it and return what the catalogue promises. Raises `OperationRefused`."""
        reading = self._reading_for(operation)
        reason = refusal(reading.node, self._roles.keys(), operation)
        if reason is not None:
            raise OperationRefused(reason)
        ask = query.HOST_QUERIES.get(operation.name)
        if ask is not None:
            return ask(reading.node, operation.arguments)
        look = _LOOKS.get(operation.name)
        if look is not None:
            return look(self, reading, operation.arguments)
        if operation.name in keeping.CHANGES:
            self._run(self._host, lambda _inside: keeping.change(self._disk, operation))
            return None
        change = CHANGES[operation.name]
        self._run(self._host, lambda inside: change(inside, reading, operation.arguments))
        return None

    def _reading_for(self, operation: Operation) -> Reading:
        """The host as it is; as its inverse was read, for the operation that comes next."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared[0] is operation:
            return prepared[1]
        return self._read(self._host)

    def _run(self, node: str, task: Callable[[Inside], Answer]) -> Answer:
        with _refusing():
            return self._spaces[node].run(task)

    def _seen(self, node: str, task: Callable[[Inside], Answer]) -> Answer:
        """What a task that only reads tables finds: no thread has to wake up for it."""
        with _refusing():
            return self._spaces[node].look(task)

    def _read(self, node: str) -> Reading:
        role: Role = self._roles.get(node, "host")
        reading = self._seen(node, lambda inside: read(inside, node, role))
        return self._completed(reading) if node == self._host else reading

    def _completed(self, reading: Reading) -> Reading:
        """What was read of the host, with the kinds that it lacks and what it keeps on its disk."""
        names = {index: name for name, index in reading.index.items()}
        lacks = tuple(sorted({*self._lacks, *lacking()}))
        known = keeping.with_permanent(replace(reading.node, lacks=lacks), self._permanent)
        return replace(reading, node=keeping.with_kept(known, self._disk, names))

    # --- looking beyond the host ---

    def _cables(self, readings: Mapping[str, Reading]) -> Iterator[Cable]:
        seen: set[Cable] = set()
        for node, reading in readings.items():
            for nic in reading.peers:
                far = self._far(readings, End(node, nic))
                if far is not None:
                    cable = Cable(*sorted((End(node, nic), far)))
                    if cable not in seen:
                        seen.add(cable)
                        yield cable

    def _far(self, readings: Mapping[str, Reading], end: End) -> End | None:
        """The other end of a veth, if it is in a known namespace."""
        number, index = readings[end.node].peers[end.nic]
        node = end.node if number is None else self._behind(end.node, number)
        if node is None or node not in readings:
            return None
        nic = readings[node].name(index)
        return None if nic is None else End(node, nic)

    def _behind(self, node: str, number: int) -> str | None:
        """The node that `node` knows as namespace `number` (ip-netns(8), `netnsid`)."""
        if (node, number) not in self._numbers:
            for other, space in self._spaces.items():
                found = self._seen(node, partial(_number, space))
                if found is not None:
                    self._numbers[node, found] = other
        return self._numbers.get((node, number))

    def _vantages(self, _reading: Reading, _arguments: Arguments) -> Json:
        return query.vantage_records(self._roles)

    def _far_end(self, reading: Reading, arguments: Arguments) -> Json:
        nic = text(arguments, "interface")
        if existing(reading.node, nic).kind != "nic":
            return query.far_end_record(leads_to(self._world(), nic))
        if nic not in reading.peers:
            return None
        number = reading.peers[nic][0]
        node = self._host if number is None else self._behind(self._host, number)
        if node is None:
            return None
        readings = {self._host: reading} | {node: self._read(node)}
        return query.far_end_record(self._far(readings, End(self._host, nic)))

    def _vantage_fdb(self, _reading: Reading, arguments: Arguments) -> Json:
        vantage = self._read(text(arguments, "vantage"))
        return query.whereabouts(vantage.node, text(arguments, "mac"))

    def _vantage_neighbours(self, _reading: Reading, arguments: Arguments) -> Json:
        vantage = self._read(text(arguments, "vantage"))
        return query.acquaintances(vantage.node, address.bare(text(arguments, "address")))

    def _vantage_port_vlans(self, _reading: Reading, arguments: Arguments) -> Json:
        vantage = self._read(text(arguments, "vantage"))
        return query.allowed(vantage.node, text(arguments, "interface"))

    def _port_states(self, reading: Reading, arguments: Arguments) -> Json:
        ports = [link.name for link in reading.node.ports(text(arguments, "bridge"))]
        indices = [reading.index[port] for port in ports]
        found = self._seen(self._host, lambda at: port_states(at, indices))
        return query.port_state_records(dict(zip(ports, found)))

    def _vantage_ping(self, _reading: Reading, arguments: Arguments) -> Json:
        to, attempts = address.bare(text(arguments, "address")), int(amount(arguments, "attempts"))
        vantage = self._spaces[text(arguments, "vantage")]
        size = int(amount(arguments, "size")) if arguments.get("size") is not None else None
        answered = vantage.run(lambda _inside: pings_answered(to, attempts, size))
        return {"sent": attempts, "answered": answered}

    def _watch_moves(self, reading: Reading, arguments: Arguments) -> Json:
        bridge = text(arguments, "bridge")
        seconds = amount(arguments, "milliseconds") / 1000
        return query.moved(
            self._run(self._host, lambda inside: watch_moves(inside, reading, bridge, seconds))
        )


_LOOKS: Final[Mapping[str, Callable[[NetlinkKernel, Reading, Arguments], Json]]] = {
    name: getattr(NetlinkKernel, f"_{name}")
    for name in (
        "vantages",
        "far_end",
        "vantage_fdb",
        "vantage_neighbours",
        "vantage_port_vlans",
        "port_states",
        "vantage_ping",
        "watch_moves",
    )
}


@contextmanager
def _refusing() -> Iterator[None]:
    """What Linux refuses meanwhile becomes `OperationRefused`."""
    try:
        yield
    except NetlinkError as error:
        raise OperationRefused(f"Linux refuses: {os.strerror(error.code)}") from error
    except OSError as error:
        raise OperationRefused(f"Linux refuses: {error.strerror}") from error


def _number(space: Namespace, inside: Inside) -> int | None:
    """The number by which the namespace inside which we are knows another one."""
    door = os.open(space.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return inside.dumper.namespace_id(door)
    finally:
        os.close(door)
