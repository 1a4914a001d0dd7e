"""A small world for tests of the search: a host with bridges, and what is upstream of it.

Upstream remembers at which of the `wired` NICs it last heard each address; nothing corrects
that but an announcement. Genes are run here by plain `exec`: the tests' genes are their own.
"""

from __future__ import annotations

import builtins
import json
import types
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from controller.arena.mutation import Candidate, Complaint, Failure
from controller.arena.search import Score
from controller.domains.world import JsonObject, OperationSpec, Parameter
from grammar.sg.nodes import Family, Field, GeneContract, Risk, Sentence, TypeRef

STEP_LIMIT = 200


GENE_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""How the tests' genes may die."""


class Refused(ValueError):
    """The world said no."""


@dataclass
class Host:
    """Bridges with their ports, NICs with link state, addresses, and the table upstream."""

    ports: dict[str, list[str]]
    up: dict[str, bool]
    addresses: dict[str, list[str]]
    macs: dict[str, str] = field(default_factory=dict)
    upstream: dict[str, str] = field(default_factory=dict)
    wired: tuple[str, ...] = ()
    performed: int = 0

    def bridge(self, name: str) -> list[str]:
        if name not in self.ports:
            raise Refused(f"no bridge {name}")
        return self.ports[name]

    def interface(self, name: str) -> str:
        if name not in self.up:
            raise Refused(f"no interface {name}")
        return name

    # the operations

    def attach_port(self, bridge: str, interface: str) -> None:
        if interface in self.ports:
            raise Refused("a bridge cannot be a port")
        if any(self.interface(interface) in ports for ports in self.ports.values()):
            raise Refused(f"{interface} is a port already")
        self.bridge(bridge).append(interface)

    def detach_port(self, bridge: str, interface: str) -> None:
        if interface not in self.bridge(bridge):
            raise Refused(f"{interface} is no port of {bridge}")
        self.ports[bridge].remove(interface)

    def set_link_state(self, interface: str, up: bool) -> None:
        self.up[self.interface(interface)] = bool(up)

    def set_mac(self, interface: str, mac: str) -> None:
        if self.up[self.interface(interface)]:
            raise Refused(f"{interface} is up")
        self.macs[interface] = mac

    def add_address(self, interface: str, address: str) -> None:
        held = self.addresses.setdefault(self.interface(interface), [])
        if address not in held:
            held.append(address)

    def remove_address(self, interface: str, address: str) -> None:
        if address not in self.addresses.get(self.interface(interface), []):
            raise Refused(f"{interface} has no {address}")
        self.addresses[interface].remove(address)

    def send_gratuitous_arp(self, interface: str, address: str) -> None:
        if address not in self.addresses.get(self.interface(interface), []):
            raise Refused(f"{interface} has no {address}")
        for nic in self.ports.get(interface, [interface]):
            if self.up[nic] and nic in self.wired:
                self.upstream[address] = nic

    def bridge_ports(self, bridge: str) -> list[str]:
        return list(self.bridge(bridge))

    def addresses_of(self, interface: str) -> list[str]:
        return list(self.addresses.get(self.interface(interface), []))

    def link(self, interface: str) -> JsonObject:
        return {"up": self.up[self.interface(interface)], "mac": self.macs.get(interface)}

    # what diagnostics see

    def reachable(self, bridge: str) -> bool:
        """Every address of the bridge is looked for where its traffic really comes from."""
        live = [nic for nic in self.ports.get(bridge, []) if self.up[nic] and nic in self.wired]
        held = self.addresses.get(bridge, [])
        return (
            self.up[bridge]
            and bool(live)
            and all(self.upstream.get(address) in live for address in held)
        )


def _spec(name: str, takes: str, returns: str, facets: str, disruption: int = 0) -> OperationSpec:
    parameters = tuple(Parameter(*item.split(":")) for item in takes.split())
    mutates = returns == "none"
    return OperationSpec(
        name, parameters, returns, mutates, frozenset(facets.split()), name, disruption
    )


CATALOGUE: Mapping[str, OperationSpec] = {
    spec.name: spec
    for spec in (
        _spec("bridge_ports", "bridge:bridge", "interface[]", "ports"),
        _spec("addresses", "interface:interface", "address[]", "addresses"),
        _spec("link", "interface:interface", "record", "link_state"),
        _spec("attach_port", "bridge:bridge interface:interface", "none", "ports reachability", 2),
        _spec("detach_port", "bridge:bridge interface:interface", "none", "ports reachability", 2),
        _spec(
            "set_link_state", "interface:interface up:bool", "none", "link_state reachability", 2
        ),
        _spec("set_mac", "interface:interface mac:mac", "none", "mac", 2),
        _spec(
            "add_address", "interface:interface address:address", "none", "addresses reachability"
        ),
        _spec("remove_address", "interface:interface address:address", "none", "addresses", 2),
        _spec("send_gratuitous_arp", "interface:interface address:address", "none", "upstream", 1),
    )
}

Check = Callable[[Host, JsonObject], bool]


def run(source: str, values: JsonObject, host: Host) -> JsonObject | None:
    """The gene's result as an object, or None when it died or gave something else."""

    def operation(name: str) -> Callable[..., Any]:
        def perform(*args: Any, **kwargs: Any) -> Any:
            spec = CATALOGUE[name]
            host.performed += 1
            if host.performed > STEP_LIMIT:
                raise Refused("too many operations")
            given = dict(zip((p.name for p in spec.parameters), args, strict=False)) | kwargs
            method = {"addresses": host.addresses_of}.get(name) or getattr(host, name)
            return method(**given)

        return perform

    sdk = types.ModuleType("gene_sdk")
    for name in CATALOGUE:
        setattr(sdk, name, operation(name))

    def importing(name: str, *args: Any, **kwargs: Any) -> Any:
        return sdk if name == "gene_sdk" else __import__(name, *args, **kwargs)

    given = {**vars(builtins), "__import__": importing}
    names: dict[str, Any] = {"__builtins__": given, "__name__": "gene"}
    try:
        exec(compile(source, "gene", "exec"), names)
        result = json.loads(names["execute"](json.dumps(values)))
    except GENE_ERRORS:
        return None
    return result if isinstance(result, dict) and result.get("success") is True else None


@dataclass
class Trial:
    """A failing case with a neighbour, what must hold after, and what must be healthy."""

    host: Host
    values: JsonObject
    held_out: Sequence[tuple[Host, JsonObject]]
    postconditions: Sequence[Check]
    diagnostics: Sequence[Check]
    contract: GeneContract
    facets: frozenset[str]
    evaluated: list[Candidate] = field(default_factory=list)

    def evaluate(self, candidate: Candidate) -> Score:
        self.evaluated.append(candidate)
        score = self._score(candidate.source)
        if not (score.perfect and score.valid):
            return score
        passed = sum(self._perfect(candidate.source, *case) for case in self.held_out)
        return Score(
            score.valid,
            score.postconditions_held,
            score.postconditions,
            score.healthy,
            score.diagnostics,
            passed,
            len(self.held_out),
            score.operations,
        )

    def failure(self, source: str, error: str | None = None) -> Failure:
        complaints = (Complaint("check", {"healthy": False}, self.facets),) if self.facets else ()
        kinds = {name: self._kinds(value) for name, value in self.values.items()}
        return Failure(source, self.contract, self.values, kinds, complaints, error)

    def _kinds(self, value: object) -> frozenset[str]:
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, str):
            return frozenset()
        if first in self.host.ports:
            return frozenset({"interface", "bridge"})
        if first in self.host.up:
            return frozenset({"interface", "nic"})
        if first.count(":") == 5:
            return frozenset({"mac"})
        return frozenset({"address"} if first.count(".") == 3 else ())

    def _score(self, source: str) -> Score:
        host = deepcopy(self.host)
        result = run(source, self.values, host)
        held = sum(check(host, self.values) for check in self.postconditions)
        healthy = sum(check(host, self.values) for check in self.diagnostics)
        return Score(
            result is not None,
            held,
            len(self.postconditions),
            healthy,
            len(self.diagnostics),
            0,
            0,
            host.performed,
        )

    def _perfect(self, source: str, host: Host, values: JsonObject) -> bool:
        host = deepcopy(host)
        result = run(source, values, host)
        checks = (*self.postconditions, *self.diagnostics)
        return result is not None and all(check(host, values) for check in checks)


def gene(name: str, takes: str, does: str, after: Sequence[str]) -> GeneContract:
    """A contract whose inputs are `name:type` and that gives back success and the first."""
    fields = []
    for item in takes.split():
        field_name, kind = item.split(":")
        is_list = kind.endswith("[]")
        fields.append(Field(field_name, TypeRef(kind.removesuffix("[]"), is_list=is_list)))
    gives = (Field("success", TypeRef("bool")), fields[0])
    return GeneContract(
        name,
        Family.CONFIGURATION,
        Risk.HIGH,
        does,
        tuple(fields),
        gives,
        after=tuple(Sentence(text) for text in after),
    )


def uplink(facets: str = "reachability upstream") -> Trial:
    """A bridge whose uplink moves from eth0 to eth1 while upstream still looks at eth0."""

    def host(bridge: str, old: str, new: str, addresses: list[str]) -> Host:
        return Host(
            ports={bridge: [old, "vnet0"], "spare0": []},
            up={bridge: True, old: True, new: True, "vnet0": True, "spare0": True},
            addresses={bridge: addresses},
            upstream=dict.fromkeys(addresses, old),
            wired=(old, new),
        )

    values: JsonObject = {"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}
    other: JsonObject = {"bridge": "lan", "from_nic": "p1", "to_nic": "p0"}
    return Trial(
        host=host("br0", "eth0", "eth1", ["10.0.0.2"]),
        values=values,
        held_out=[
            (host("lan", "p1", "p0", ["10.1.0.2", "10.2.0.2"]), other),
            (host("lan", "p1", "p0", []), other),
        ],
        postconditions=[
            lambda h, v: v["to_nic"] in h.ports[str(v["bridge"])],
            lambda h, v: v["from_nic"] not in h.ports[str(v["bridge"])],
            lambda h, v: "vnet0" in h.ports[str(v["bridge"])],
            lambda h, v: h.up[str(v["from_nic"])],
        ],
        diagnostics=[lambda h, v: h.reachable(str(v["bridge"]))],
        contract=gene(
            "bridge_uplink",
            "bridge:string from_nic:string to_nic:string",
            "Move a bridge's uplink from one NIC to another.",
            ["{to_nic} is a port of {bridge}", "{from_nic} is not a port of {bridge}"],
        ),
        facets=frozenset(facets.split()),
    )
