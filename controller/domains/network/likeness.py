"""Which worlds are alike: they differ in nothing but MAC and IPv4 addresses, and in marks.

Addresses are renamed to plain ones, and so are the uuids of profiles and the ends of leases. The
order of addresses is kept (a bridge takes the lowest MAC of its ports), and so is which of them are
of one network. What is the same after that is alike: a plan for one holds for the others, once it
is named back. Asked by the plan of a fleet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from controller import run_limits
from controller.domains.world import Json, JsonObject, Likeness

_MAC = re.compile(r'"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})"')
_ADDRESS = re.compile(r'"(\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?)"')
_OTHER = re.compile(
    r'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00)"'
)
"""The uuid of a profile, the end of a lease: in no order that means anything."""
_NOWHERE = ("0.0.0.0/0", "0.0.0.0")


def likeness(observed: JsonObject, values: JsonObject) -> Likeness:
    """What an observed world with an input is like, and what its addresses are called in it."""
    text = json.dumps([observed, values], sort_keys=True)
    names = {
        **_plain_macs(observed, _MAC.findall(text)),
        **_plain_addresses(_ADDRESS.findall(text)),
        **{own: f"mark-{n}" for n, own in enumerate(dict.fromkeys(_OTHER.findall(text)))},
    }
    form = _ADDRESS.sub(lambda found: _renamed(found[1], names), text)
    form = _MAC.sub(lambda found: _renamed(found[1], names), form)
    form = _OTHER.sub(lambda found: _renamed(found[1], names), form)
    return Likeness(form, {plain: own for own, plain in names.items()})


def _renamed(own: str, names: Mapping[str, str]) -> str:
    return f'"{names.get(own, own)}"'


def _plain_macs(observed: JsonObject, found: Iterable[str]) -> dict[str, str]:
    """Unicast ones, in their order on each node: no bridge compares those of two nodes."""
    own = {mac for mac in found if not int(mac[:2], 16) & 1}
    nodes = observed["nodes"]
    assert isinstance(nodes, list)
    groups = [sorted(own & set(_MAC.findall(json.dumps(_links(node))))) for node in nodes]
    ordered = dict.fromkeys([mac for group in groups for mac in group] + sorted(own))
    return {mac: f"02:11:00:00:{n >> 8:02x}:{n & 255:02x}" for n, mac in enumerate(ordered, 1)}


def _links(node: Json) -> Json:
    return node["links"] if isinstance(node, dict) else None


def _plain_addresses(found: Iterable[str]) -> dict[str, str]:
    """Addresses by their rank in their networks; none unless all of them can be told apart."""
    own = {text for text in found if text not in _NOWHERE}
    try:
        networks = sorted({IPv4Interface(text).network for text in own if "/" in text})
    except ValueError:
        return {}
    if (
        any(a.overlaps(b) for a, b in zip(networks, networks[1:]))
        or len(networks) > run_limits.LIKENESS_NETWORKS
    ):
        return {}
    if any(one.prefixlen < run_limits.LIKENESS_PREFIX for one in networks):
        return {}
    plain: dict[str, str] = {}
    for number, one in enumerate(networks, 1):
        plain |= _ranked(own, one, IPv4Network(f"10.{number}.0.0/{one.prefixlen}"))
    return plain if plain.keys() == own else {}


def _ranked(own: Iterable[str], network: IPv4Network, plain: IPv4Network) -> dict[str, str]:
    """The addresses of one network: the first and the last stay that, the others move together."""
    inside = {text: IPv4Address(text.partition("/")[0]) for text in own}
    inside = {text: address for text, address in inside.items() if address in network}
    ends = {network.network_address, network.broadcast_address}
    ranked = sorted({address for address in inside.values() if address not in ends})
    places = {address: plain.network_address + rank for rank, address in enumerate(ranked, 1)}
    places[network.broadcast_address] = plain.broadcast_address
    places[network.network_address] = plain.network_address
    return {
        text: f"{places[address]}{text[text.index('/') :] if '/' in text else ''}"
        for text, address in inside.items()
    }
