"""What Linux says about VLAN links, and about the VLANs of a bridge's ports.

`readout` and `inventory` ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from controller.domains.network.message import Message
from controller.domains.network.state import PortVlan, VlanSettings
from controller.domains.network.vlan_flags import port_vlan


def vlan_settings(
    message: Message, names: Mapping[int, str], *, mac_pinned: bool
) -> VlanSettings | None:
    """What only a VLAN link has; None for anything else, and if its parent is elsewhere."""
    info, parent = message.get_attr("IFLA_LINKINFO"), message.get_attr("IFLA_LINK")
    if info is None or info.get_attr("IFLA_INFO_KIND") != "vlan":
        return None
    if parent not in names or message.get_attr("IFLA_LINK_NETNSID") is not None:
        return None
    vid = info.get_attr("IFLA_INFO_DATA").get_attr("IFLA_VLAN_ID")
    return VlanSettings(names[parent], vid, mac_pinned)


def port_vlans(messages: Iterable[Message]) -> dict[int, tuple[PortVlan, ...]]:
    """The VLANs of bridges and of their ports, by their indices."""
    found: dict[int, tuple[PortVlan, ...]] = {}
    for message in messages:
        spec = message.get_attr("IFLA_AF_SPEC")
        told = () if spec is None else spec.get_attrs("IFLA_BRIDGE_VLAN_INFO")
        own = (port_vlan(one["vid"], one["flags"]) for one in told)
        found[message["index"]] = tuple(sorted(own, key=lambda one: one.vid))
    return found
