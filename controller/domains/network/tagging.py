"""What a simulated bridge does with VLAN tags: who may come in, who may go out, and how tagged.

`fabric` asks at every port. The rules are Linux's (net/bridge/br_vlan.c): a bridge that does not
filter carries tags as they are and learns without them.
"""

from __future__ import annotations

from controller.domains.network.live import LiveBridge, LiveLink

Tags = tuple[int, ...]
"""The VLAN ids of a frame's tags, the outermost first."""

NO_VLAN = 0
"""The VLAN under which a bridge learns that does not filter."""


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
