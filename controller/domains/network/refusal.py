"""What a network refuses, and why, in words that a person and a mutation engine can use.

Both kernels ask here first, so that they refuse the same and say the same. The rules are
Linux's, stricter where Linux would do more than was asked: it would take a port away from
another bridge, and it would announce an address that the host does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from controller.domains.network import address, profile, routing
from controller.domains.network.argument import check, text
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.state import Link, Node
from controller.domains.world import Json, Operation

Arguments = Mapping[str, Json]


def refusal(host: Node, vantages: Collection[str], operation: Operation) -> str | None:
    """Why `host`, as it is now, refuses an operation, in one line; None if it does not."""
    wrong = check(operation)
    if wrong is not None:
        return wrong
    for parameter in CATALOGUE[operation.name].parameters:
        value = operation.arguments.get(parameter.name)
        if isinstance(value, str):
            wrong = _missing(host, vantages, parameter.kind, value)
            if wrong is not None:
                return wrong
    rule = _RULES.get(operation.name)
    return None if rule is None else rule(host, operation.arguments)


def _missing(host: Node, vantages: Collection[str], kind: str, value: str) -> str | None:
    if kind == "vantage":
        return None if value in vantages else f"there is no vantage {value}"
    if kind not in {"interface", "bridge", "nic"}:
        return None
    link = host.link(value)
    if link is None:
        return f"there is no interface {value}"
    if kind not in {"interface", link.kind}:
        return f"{value} is not a {'bridge' if kind == 'bridge' else 'NIC'}"
    return None


def _create_bridge(host: Node, arguments: Arguments) -> str | None:
    name = text(arguments, "bridge")
    return None if host.link(name) is None else f"interface {name} exists already"


def _attach_port(host: Node, arguments: Arguments) -> str | None:
    nic = existing(host, text(arguments, "interface"))
    if nic.master in {None, text(arguments, "bridge")}:
        return None
    return f"{nic.name} is a port of {nic.master}"


def _send_gratuitous_arp(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    announced = address.bare(text(arguments, "address"))
    if not link.up:
        return f"{link.name} is down"
    if announced not in {address.bare(own) for own in link.addresses}:
        return f"{link.name} does not have the address {announced}"
    return None


def _add_route(host: Node, arguments: Arguments) -> str | None:
    link = existing(host, text(arguments, "interface"))
    return routing.objection(host, link, routing.wanted(arguments))


def _write_profile(host: Node, arguments: Arguments) -> str | None:
    name = text(arguments, "profile")
    former = profile.found(host.profiles, name)
    wanted = profile.wanted(arguments, former)
    return _several(host, name) or profile.objection(wanted, former)


def _delete_profile(host: Node, arguments: Arguments) -> str | None:
    name, interface = text(arguments, "profile"), text(arguments, "interface")
    former = profile.found(host.profiles, name)
    if former is None:
        return f"there is no profile {name}"
    if former.interface != interface:
        return f"profile {name} is of interface {former.interface or 'whichever fits'}"
    return _several(host, name)


def _several(host: Node, name: str) -> str | None:
    same = sum(one.id == name for one in host.profiles)
    return f"{same} profiles are called {name}" if same > 1 else None


_RULES: Final[Mapping[str, Callable[[Node, Arguments], str | None]]] = {
    "create_bridge": _create_bridge,
    "attach_port": _attach_port,
    "send_gratuitous_arp": _send_gratuitous_arp,
    "add_route": _add_route,
    "write_profile": _write_profile,
    "delete_profile": _delete_profile,
}


def existing(host: Node, name: str) -> Link:
    """The interface of that name, which has been found to exist."""
    link = host.link(name)
    assert link is not None
    return link
