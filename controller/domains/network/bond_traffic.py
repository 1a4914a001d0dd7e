"""By which ports a simulated bond sends a frame, and on which it hears one.

`fabric` asks. The rules are those of Linux's modes (bonding.rst, `mode`; bond_main.c) with its
default policy, the hash of layer 2. Of LACP only the outcome is modelled: the ports that lead to
one bond in the same mode are one aggregate, at once and as long as they are linked. What
balance-tlb and balance-alb do to spread what is received is left out: they send by the active port.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.domains.network.live import LiveBond, LiveLink
from controller.domains.network.state import BondMode

WITH_ACTIVE: frozenset[BondMode] = frozenset({"active-backup", "balance-tlb", "balance-alb"})
"""The modes in which one port is the active one."""


def outlets(bond: LiveBond, source: str, target: str, ether_type: int) -> Sequence[LiveLink]:
    """The ports by which a frame of an Ethernet type leaves: none, one, or all of them."""
    if bond.mode in WITH_ACTIVE:
        return [] if bond.active is None else [bond.active]
    usable = aggregate(bond) if bond.mode == "802.3ad" else [p for p in bond.ports if p.linked]
    if bond.mode == "broadcast" or not usable:
        return usable
    if bond.mode == "balance-rr":
        bond.turn += 1
        return [_next(bond.ports, bond.turn - 1)]
    mixed = int(source[-2:], 16) ^ int(target[-2:], 16) ^ ether_type
    return [usable[mixed % len(usable)]]


def _next(ports: Sequence[LiveLink], turn: int) -> LiveLink:
    """The port whose turn it is, or the next one that is linked."""
    start = turn % len(ports)
    return next(port for port in (*ports[start:], *ports[:start]) if port.linked)


def hears(bond: LiveBond, port: LiveLink) -> bool:
    """True when a bond takes what comes in on a port: a backup is deaf."""
    if bond.mode == "active-backup":
        return port is bond.active
    return bond.mode != "802.3ad" or port in aggregate(bond)


def aggregate(bond: LiveBond) -> list[LiveLink]:
    """The ports of an 802.3ad bond that are in use: the most that lead to one partner.

    Without a partner each port is alone, and the first one is in use.
    """
    groups: dict[int, list[LiveLink]] = {}
    for port in bond.ports:
        if port.linked:
            partner = _partner(port)
            groups.setdefault(id(partner or port), []).append(port)
    return max(groups.values(), key=lambda g: (_partner(g[0]) is not None, len(g)), default=[])


def _partner(port: LiveLink) -> LiveBond | None:
    """The bond in the same mode that a port's cable leads to."""
    far = port.far
    bond = None if far is None or far.master is None else far.master.bond
    return bond if bond is not None and far is not None and far.linked and _is_lacp(bond) else None


def _is_lacp(bond: LiveBond) -> bool:
    return bond.mode == "802.3ad"
