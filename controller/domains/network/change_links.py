"""What the mutations of links made by software ask of Linux: bonds, their ports, dummies.

`change` has the list that these belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from controller.domains.network.argument import miimon_ms, optional_text, text
from controller.domains.network.bond_readout import MODES, wait_for_bonds
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import Reading, wait_for_carrier
from controller.domains.network.refusal import Arguments, existing


def _create_bond(inside: Inside, _reading: Reading, arguments: Arguments) -> None:
    numbers = {str(mode): number for number, mode in enumerate(MODES)}
    settings = {
        "bond_mode": numbers[text(arguments, "mode")],
        "bond_miimon": miimon_ms(arguments),
    }
    _create(inside, text(arguments, "bond"), "bond", arguments, settings)


def _create_dummy(inside: Inside, _reading: Reading, arguments: Arguments) -> None:
    _create(inside, text(arguments, "dummy"), "dummy", arguments, {})


def _create_veth(inside: Inside, _reading: Reading, arguments: Arguments) -> None:
    mac, peer_mac = (optional_text(arguments, which) for which in ("mac", "peer_mac"))
    peer = {"ifname": text(arguments, "peer")} | ({} if peer_mac is None else {"address": peer_mac})
    told = {} if mac is None else {"address": mac}
    inside.ip.link("add", ifname=text(arguments, "veth"), kind="veth", peer=peer, **told)


def _create(
    inside: Inside, name: str, kind: str, arguments: Arguments, settings: Mapping[str, int]
) -> None:
    mac = optional_text(arguments, "mac")
    told = {} if mac is None else {"address": mac}
    inside.ip.link("add", ifname=name, kind=kind, **settings, **told)


def _add_bond_port(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    bond, port = (reading.index[text(arguments, which)] for which in ("bond", "interface"))
    if not _is_joined(reading, arguments):
        inside.ip.link("set", index=port, master=bond)
        wait_for_carrier(inside, port)
        wait_for_bonds(inside)
        wait_for_carrier(inside, bond)


def _remove_bond_port(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    bond, port = (reading.index[text(arguments, which)] for which in ("bond", "interface"))
    if _is_joined(reading, arguments):
        inside.ip.link("set", index=port, master=0)
        wait_for_bonds(inside)
        wait_for_carrier(inside, bond)


def _is_joined(reading: Reading, arguments: Arguments) -> bool:
    port = existing(reading.node, text(arguments, "interface"))
    return port.master == text(arguments, "bond")


def _set_active_port(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    bond, port = (text(arguments, which) for which in ("bond", "interface"))
    settings = existing(reading.node, bond).bond
    if settings is not None and settings.active != port:
        set_active_port(inside, reading.index[bond], reading.index[port])


def set_active_port(inside: Inside, bond: int, port: int) -> None:
    """Let a bond send by this port."""
    inside.ip.link("set", index=bond, kind="bond", bond_active_slave=port)


def _delete_interface(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    inside.ip.link("del", index=reading.index[text(arguments, "interface")])
    wait_for_bonds(inside)


CHANGES: Final[Mapping[str, Callable[[Inside, Reading, Arguments], None]]] = {
    "create_bond": _create_bond,
    "create_dummy": _create_dummy,
    "create_veth": _create_veth,
    "add_bond_port": _add_bond_port,
    "remove_bond_port": _remove_bond_port,
    "set_active_port": _set_active_port,
    "delete_interface": _delete_interface,
}
