"""What may be asked of links that software makes: bonds, their ports, dummies, pairs of veths.

`operation` has the catalogue that these belong to.
"""

from __future__ import annotations

from typing import Final

from controller.domains.network.specification import NO_CHANGE_NOTE, mutation, query
from controller.domains.network.state import BondMode

BOND_MODES: Final[tuple[BondMode, ...]] = (
    "balance-rr",
    "active-backup",
    "balance-xor",
    "broadcast",
    "802.3ad",
)
"""The modes in which a bond can be made: not those that give each port a MAC of its own."""

QUERIES: Final = (
    query(
        "bond",
        "bond:bond",
        "record",
        "ports link_state mac",
        "One bond: name, mode, miimon_ms, active (the port that it sends by, or null), ports; each"
        " with name, up, carrier, linked (what the bond believes) and its own mac.",
    ),
)

MUTATIONS: Final = (
    mutation(
        "create_bond",
        "bond:name mode:bond_mode miimon:miimon? mac:mac?",
        "links",
        0,
        "Make a bond, which is down. Without a MAC it takes that of its first port. It looks at its"
        " ports' carriers every `miimon` milliseconds (100).",
    ),
    mutation(
        "add_bond_port",
        "bond:bond interface:nic",
        "ports mac link_state neighbours reachability",
        2,
        "Make a NIC a port of a bond: it gets the bond's MAC and goes up. As for Linux, it must be"
        " down before. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "remove_bond_port",
        "bond:bond interface:nic",
        "ports mac link_state neighbours routes reachability",
        2,
        "Take a port out of a bond: it goes down and has its own MAC again. No change if it is not"
        " one of its ports.",
    ),
    mutation(
        "set_active_port",
        "bond:bond interface:nic",
        "ports fdb_elsewhere reachability",
        1,
        "Let an active-backup bond send by this port, which must be linked. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "create_dummy",
        "dummy:name mac:mac?",
        "links",
        0,
        "Make an interface, which is down, that swallows what is sent over it.",
    ),
    mutation(
        "delete_interface",
        "interface:interface",
        "links ports mac addresses link_state fdb neighbours routes reachability",
        3,
        "Remove an interface that software made (a bond, a dummy, a VLAN, a veth and its other end)"
        " with its addresses; its ports are ordinary NICs again.",
    ),
    mutation(
        "create_veth",
        "veth:name peer:name mac:mac? peer_mac:mac?",
        "links",
        0,
        "Make two interfaces, which are down: what is sent over one comes out of the other.",
    ),
)
