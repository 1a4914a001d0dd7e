"""What a simulated bridge does with VLAN tags: who may come in, who may go out, and how tagged.

`fabric` asks at every port. The rules are Linux's (net/bridge/br_vlan.c): a bridge that does not
filter carries tags as they are and learns without them.
"""

from __future__ import annotations

from controller.domains.network.live import LiveBridge, LiveLink
from controller.domains.network.state import PortVlan

Tags = tuple[int, ...]
"""The VLAN ids of a frame's tags, the outermost first."""

NO_VLAN = 0
"""The VLAN under which a bridge learns that does not filter."""


def join(bridge: LiveBridge, member: LiveLink) -> None:
    """Put a new port, or the bridge itself, into the VLAN that all begin with."""
    pvid = bridge.default_pvid
    member.port_vlans = {pvid: PortVlan(pvid, pvid=True, untagged=True)} if pvid else {}


def let_through(bridge: LiveBridge, member: LiveLink, wanted: PortVlan) -> None:
    """Let a VLAN through. Only one can be that of frames without a tag."""
    if wanted.pvid:
        for vid, own in member.port_vlans.items():
            member.port_vlans[vid] = PortVlan(vid, untagged=own.untagged)
    member.port_vlans[wanted.vid] = wanted
    bridge.owns(member)


def shut_out(bridge: LiveBridge, member: LiveLink, vid: int) -> None:
    """Let a VLAN no longer through, and forget what was known there."""
    if member.port_vlans.pop(vid, None) is not None:
        bridge.table = {
            at: entry
            for at, entry in bridge.table.items()
            if at[1] != vid or entry.port is not member
        }


def begin_with(link: LiveLink, pvid: int) -> None:
    """Change the VLAN that all begin with; who was in the former one only by that follows."""
    bridge = link.bridge
    assert bridge is not None
    former, bridge.default_pvid = bridge.default_pvid, pvid
    for member in (link, *bridge.ports):
        if former and member.port_vlans.get(former) != PortVlan(former, pvid=True, untagged=True):
            continue
        if former:
            shut_out(bridge, member, former)
        if pvid and pvid not in member.port_vlans:
            let_through(bridge, member, PortVlan(pvid, pvid=True, untagged=True))


def entered(bridge: LiveBridge, member: LiveLink, tags: Tags) -> Tags | None:
    """The tags of a frame inside a bridge, into which it came by a port or from the host.

    Inside a bridge that filters every frame has a tag. None if it is dropped.
    """
    if not bridge.vlan_filtering:
        return tags
    if tags:
        return tags if tags[0] in member.port_vlans else None
    pvid = next((own.vid for own in member.port_vlans.values() if own.pvid), None)
    return None if pvid is None else (pvid,)


def left(bridge: LiveBridge, member: LiveLink, tags: Tags) -> Tags | None:
    """The tags with which a frame leaves a bridge by a port or to the host; None if it may not."""
    if not bridge.vlan_filtering:
        return tags
    own = member.port_vlans.get(tags[0])
    if own is None:
        return None
    return tags[1:] if own.untagged else tags


def learned_in(bridge: LiveBridge, tags: Tags) -> int:
    """The VLAN under which a bridge learns, and looks up, what such a frame tells it."""
    return tags[0] if bridge.vlan_filtering else NO_VLAN
