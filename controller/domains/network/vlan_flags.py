"""A port's VLAN as Linux writes it: an id and flags (linux/if_bridge.h, BRIDGE_VLAN_INFO_*).

Items of a footprint are in this form, in both kernels.
"""

from __future__ import annotations

from typing import Final

from controller.domains.network.state import PortVlan

_PVID: Final = 0x2
_UNTAGGED: Final = 0x4
BRIDGE_ENTRY: Final = 0x20
"""A VLAN of the bridge itself."""


def flags_of(own: PortVlan) -> int:
    """The flags of a port's VLAN."""
    return (_PVID if own.pvid else 0) | (_UNTAGGED if own.untagged else 0)


def port_vlan(vid: int, flags: int) -> PortVlan:
    """The VLAN that an id and flags stand for."""
    return PortVlan(vid, pvid=bool(flags & _PVID), untagged=bool(flags & _UNTAGGED))
