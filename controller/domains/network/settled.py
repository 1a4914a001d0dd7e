"""What of a world is configuration: what a rollback restores, plans compare and drift is seen by.

`domain` offers it. No caches are in it, no carriers, nothing that the kernel derives by itself.
"""

from __future__ import annotations

from controller.domains.network import profile
from controller.domains.network.state import (
    Link,
    Node,
    World,
    canonical,
    own_mac,
)
from controller.domains.world import JsonObject


def settled(world: World) -> JsonObject:
    """What a rollback must restore: the host's own configuration, without caches or carrier.

    A MAC address that means nothing (`own_mac`) is None.
    """
    host = canonical(world).subject
    return {
        "links": {link.name: _settled_link(host, link) for link in host.links},
        "neighbours": [
            {"interface": n.interface, "address": n.address, "mac": n.mac}
            for n in host.neighbours
            if n.permanent
        ],
        "fdb": [
            {
                "bridge": entry.bridge,
                "mac": entry.mac,
                "port": entry.port,
                "vlan": entry.vlan,
            }
            for entry in host.fdb
            if entry.static
        ],
        "routes": [
            {
                "interface": route.interface,
                "destination": route.destination,
                "gateway": route.gateway,
                "metric": route.metric,
                "source": route.source,
            }
            for route in host.routes
        ],
        "profiles": {one.id: profile.settled(one) for one in host.profiles},
    }


def _settled_link(host: Node, link: Link) -> JsonObject:
    settings = link.bridge
    kept: JsonObject = {
        "kind": link.kind,
        "mac": own_mac(host, link),
        "up": link.up,
        "master": link.master,
        "addresses": [*sorted(link.addresses)],
        "mtu": link.mtu,
    }
    if settings is not None:
        kept["ageing_s"] = settings.ageing_s
        kept["stp"] = settings.stp
        kept["multicast_snooping"] = settings.multicast_snooping
        kept["vlan_filtering"] = settings.vlan_filtering
        kept["default_pvid"] = settings.default_pvid
    if settings is not None or link.master is not None:
        kept["port_vlans"] = [
            {"vid": own.vid, "pvid": own.pvid, "untagged": own.untagged} for own in link.port_vlans
        ]
    if link.vlan is not None:
        kept["vlan"] = {"parent": link.vlan.parent, "vid": link.vlan.vid}
    if link.peer is not None:
        kept["peer"] = link.peer
    if link.bond is not None:
        kept["mode"] = link.bond.mode
        kept["miimon_ms"] = link.bond.miimon_ms
        kept["active"] = link.bond.active
    if link.bond_port is not None:
        kept["own_mac"] = link.bond_port.mac
    return kept
