"""What may be asked of VLANs: links that carry one, bridges that filter them (IEEE 802.1Q).

`operation` has the catalogue that these belong to.
"""

from __future__ import annotations

from typing import Final

from controller.domains.network.specification import NO_CHANGE_NOTE, mutation, query

QUERIES: Final = (
    query(
        "port_vlans",
        "bridge:bridge",
        "record[]",
        "vlans ports",
        "The VLANs of a bridge's ports, and its own: interface, vid, pvid, untagged. They count"
        " while it filters.",
    ),
    query(
        "vantage_port_vlans",
        "vantage:vantage interface:name",
        "record",
        "vlans_elsewhere",
        "What a switch lets through a port: filters (if not, everything), vlans; each with"
        " vid, pvid and untagged. Null where the vantage has no such port.",
    ),
)

MUTATIONS: Final = (
    mutation(
        "create_vlan",
        "vlan:name interface:interface vid:vlan_id mac:mac?",
        "links vlans",
        0,
        "Make a link, which is down, that carries one VLAN of an interface. It is never up while"
        " that is down, and has the MAC of that unless it is given one.",
    ),
    mutation(
        "set_vlan_filtering",
        "bridge:bridge on:bool",
        "vlans reachability fdb",
        3,
        "Let a bridge keep VLANs apart by its ports' VLANs, or ignore tags. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "add_port_vlan",
        "bridge:bridge interface:interface vid:vlan_id pvid:bool? untagged:bool?",
        "vlans reachability fdb",
        2,
        "Let a VLAN through a port of a bridge, or to the bridge itself. With `pvid` frames without"
        " a tag are taken for it, in place of another one; with `untagged` its frames leave without"
        " their tag. What is not said is not so. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "remove_port_vlan",
        "bridge:bridge interface:interface vid:vlan_id",
        "vlans reachability fdb",
        2,
        "Let a VLAN no longer through a port of a bridge, or to the bridge itself. "
        + NO_CHANGE_NOTE,
    ),
)
