"""What the operations of `operation_vlans` ask of Linux, inside the host's namespace.

`change` has the list that these belong to, `reinstate` and `construction` use the rest.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Final

from pyroute2.netlink.exceptions import NetlinkError

from controller.domains.network.argument import flag, optional_text, text, whole
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import NTF_MASTER, NUD_NOARP, Reading, Tables, kind
from controller.domains.network.refusal import Arguments
from controller.domains.network.state import PortVlan
from controller.domains.network.vlan_flags import BRIDGE_ENTRY, flags_of


def _create_vlan(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    mac = optional_text(arguments, "mac")
    inside.ip.link(
        "add",
        ifname=text(arguments, "vlan"),
        kind="vlan",
        link=reading.index[text(arguments, "interface")],
        vlan_id=whole(arguments, "vid"),
        **({} if mac is None else {"address": mac}),
    )


def _set_vlan_filtering(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    index, on = reading.index[text(arguments, "bridge")], flag(arguments, "on")
    inside.ip.link("set", index=index, kind="bridge", br_vlan_filtering=int(on))


def _add_port_vlan(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    wanted = PortVlan(
        whole(arguments, "vid"), pvid=flag(arguments, "pvid"), untagged=flag(arguments, "untagged")
    )
    let_through(inside, reading.index[text(arguments, "interface")], wanted.vid, flags_of(wanted))


def _remove_port_vlan(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    """What was told of the VLAN behind the port goes with it: nobody could put it back alone."""
    port, vid = reading.index[text(arguments, "interface")], whole(arguments, "vid")
    known = any(own.vid == vid for own in _own(reading, text(arguments, "interface")))
    if not known:
        return
    for message in Tables(inside).fdb:
        told = message["state"] & NUD_NOARP and message.get_attr("NDA_MASTER") is not None
        if told and (message["ifindex"], message.get_attr("NDA_VLAN")) == (port, vid):
            mac = message.get_attr("NDA_LLADDR")
            inside.ip.fdb("del", ifindex=port, lladdr=mac, flags=NTF_MASTER, vlan=vid)
    shut_out(inside, port, vid)


def _own(reading: Reading, interface: str) -> tuple[PortVlan, ...]:
    link = reading.node.link(interface)
    return () if link is None else link.port_vlans


def let_through(inside: Inside, index: int, vid: int, flags: int) -> None:
    """Let a VLAN through a port, or to the bridge that `index` is itself."""
    told, where = _place(inside, index, vid, flags)
    inside.ip.vlan_filter("add", index=index, vlan_info=told, **where)


def shut_out(inside: Inside, index: int, vid: int) -> None:
    """Let a VLAN no longer through a port, or to the bridge that `index` is itself."""
    told, where = _place(inside, index, vid, 0)
    try:
        inside.ip.vlan_filter("del", index=index, vlan_info=told, **where)
    except NetlinkError as error:
        if error.code != errno.ENOENT:
            raise


def _place(
    inside: Inside, index: int, vid: int, flags: int
) -> tuple[dict[str, int], dict[str, object]]:
    """The VLAN, and whether it is the bridge's own (bridge(8), `self`)."""
    (message,) = inside.ip.get_links(index)
    if kind(message) != "bridge":
        return {"vid": vid, "flags": flags}, {}
    return {"vid": vid, "flags": flags | BRIDGE_ENTRY}, {"vlan_flags": "self"}


CHANGES: Final[Mapping[str, Callable[[Inside, Reading, Arguments], None]]] = {
    "create_vlan": _create_vlan,
    "set_vlan_filtering": _set_vlan_filtering,
    "add_port_vlan": _add_port_vlan,
    "remove_port_vlan": _remove_port_vlan,
}
