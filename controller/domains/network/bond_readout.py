"""What Linux says about bonds and their ports, and when a bond has drawn its conclusions.

`readout` asks for settings, `change` and `reinstate` wait for bonds after what they did.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from controller import limits
from controller.domains.network import dumping
from controller.domains.network.message import Message
from controller.domains.network.namespace import Inside
from controller.domains.network.state import BondMode, BondPort, BondSettings

MODES: Final[tuple[BondMode, ...]] = get_args(BondMode)
"""The modes by their numbers (linux/if_bonding.h)."""
_LINK_UP: Final = 0
"""BOND_LINK_UP: the bond believes that a port has a carrier."""
_IFF_UP: Final = 0x1
_IFF_LOWER_UP: Final = 0x10000
_POLL_SECONDS: Final = 0.02


def attributes(message: Message, part: str, of: str) -> Any:
    """What a link's message says as one of a kind: its own settings, or those of a port."""
    info = message.get_attr("IFLA_LINKINFO")
    which = "IFLA_INFO_KIND" if part == "IFLA_INFO_DATA" else "IFLA_INFO_SLAVE_KIND"
    if info is None or info.get_attr(which) != of:
        return None
    return info.get_attr(part)


def bond_settings(
    inside: Inside, message: Message, names: Mapping[int, str], *, mac_pinned: bool
) -> BondSettings | None:
    """What only a bond has; None for anything else. `names` are by index."""
    data = attributes(message, "IFLA_INFO_DATA", "bond")
    if data is None:
        return None
    active = data.get_attr("IFLA_BOND_ACTIVE_SLAVE")
    name = str(message.get_attr("IFLA_IFNAME"))
    return BondSettings(
        MODES[data.get_attr("IFLA_BOND_MODE")],
        int(data.get_attr("IFLA_BOND_MIIMON")),
        names.get(active) if active else None,
        joined(inside, name),
        mac_pinned,
    )


def joined(inside: Inside, bond: str) -> tuple[str, ...]:
    """The ports in the order in which they joined, which only sysfs tells."""
    if inside.sysfs is None:
        return ()
    found = os.open(f"class/net/{bond}/bonding/slaves", os.O_RDONLY, dir_fd=inside.sysfs)
    try:
        return tuple(os.read(found, os.sysconf("SC_PAGESIZE")).decode().split())
    finally:
        os.close(found)


def bond_port(message: Message) -> BondPort | None:
    """What a port of a bond has besides; None for anything else."""
    data = attributes(message, "IFLA_INFO_SLAVE_DATA", "bond")
    if data is None:
        return None
    linked = data.get_attr("IFLA_BOND_SLAVE_MII_STATUS") == _LINK_UP
    return BondPort(str(data.get_attr("IFLA_BOND_SLAVE_PERM_HWADDR")), linked)


def wait_for_bonds(inside: Inside) -> None:
    """Wait until every bond that looks believes of its ports what is so, but not for long."""
    began = time.monotonic()
    while True:
        links = inside.dumper.rows(dumping.LINKS)
        behind = [bond for bond in links if _is_behind(bond, links)]
        longest_ms = max((_miimon_ms(bond) for bond in behind), default=0)
        wanted_s = limits.BOND_LOOKS_AWAITED * longest_ms / 1000
        if time.monotonic() - began >= min(wanted_s, limits.BOND_SETTLE_SECONDS):
            return
        time.sleep(_POLL_SECONDS)


def _miimon_ms(bond: Message) -> int:
    data = attributes(bond, "IFLA_INFO_DATA", "bond")
    return 0 if data is None else int(data.get_attr("IFLA_BOND_MIIMON"))


def _is_behind(bond: Message, links: Iterable[Message]) -> bool:
    """True while a bond that is up believes something else than its ports show."""
    data = attributes(bond, "IFLA_INFO_DATA", "bond")
    if data is None or not bond["flags"] & _IFF_UP or not _miimon_ms(bond):
        return False
    ports = [link for link in links if link.get_attr("IFLA_MASTER") == bond["index"]]
    believed = {port["index"]: _believed(port) for port in ports}
    if any(believed[port["index"]] != _has_carrier(port) for port in ports):
        return True
    active = data.get_attr("IFLA_BOND_ACTIVE_SLAVE")
    has_active = MODES[data.get_attr("IFLA_BOND_MODE")] == "active-backup"
    return has_active and any(believed.values()) and not believed.get(active, False)


def _believed(port: Message) -> bool:
    told = bond_port(port)
    return told is not None and told.linked


def _has_carrier(port: Message) -> bool:
    return bool(port["flags"] & _IFF_UP and port["flags"] & _IFF_LOWER_UP)
