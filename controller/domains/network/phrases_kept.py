"""Phrases that compare the host with what it was before a gene ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from controller.domains.network.phrase import Found, Phrase, View, listed
from controller.domains.network.state import Link, Node, sorted_routes

Aspect = Callable[[Node, Link], tuple[str, ...]]


def _kept(aspect: Aspect) -> Callable[[View], Found]:
    def keeps(view: View) -> Found:
        name = view.names["interface"]
        before, now = view.before.subject.link(name), view.link("interface")
        if before is None:
            return False, f"{name} did not exist before"
        if now is None:
            return False, f"{name} does not exist any more"
        had, has = aspect(view.before.subject, before), aspect(view.now.subject, now)
        return had == has, f"{name} had {listed(had)} and has {listed(has)}"

    return keeps


def _mac(_node: Node, link: Link) -> tuple[str, ...]:
    return (link.mac,)


def _addresses(_node: Node, link: Link) -> tuple[str, ...]:
    return tuple(sorted(link.addresses))


def _ports(node: Node, link: Link) -> tuple[str, ...]:
    return tuple(sorted(port.name for port in node.ports(link.name)))


def _routes(node: Node, link: Link) -> tuple[str, ...]:
    return tuple(
        f"{route.destination} via {route.gateway or link.name}"
        for route in sorted_routes(node.routes)
        if route.interface == link.name
    )


def _state(_node: Node, link: Link) -> tuple[str, ...]:
    return ("the state up" if link.up else "the state down",)


def _wordings(what: str) -> tuple[str, ...]:
    """The ways to say that something is kept; `its` and number do not matter."""
    return (
        f"<interface> keeps/retains/preserves [all] {what}",
        f"<interface> does not change/lose [any] [of] {what}",
    )


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase("Bridge {interface} keeps its MAC address", _wordings("mac [address]"), _kept(_mac)),
    Phrase(
        "Interface {interface} keeps its addresses",
        _wordings("[ip] address"),
        _kept(_addresses),
    ),
    Phrase("Bridge {interface} keeps its ports", _wordings("port"), _kept(_ports)),
    Phrase("Interface {interface} keeps its routes", _wordings("route"), _kept(_routes)),
    Phrase("Interface {interface} keeps its state", _wordings("[link] state"), _kept(_state)),
)
"""None can be arranged: what a gene keeps is not a world, it is what the gene does."""
