"""Which key of a keyfile says what of a profile, and how it is spelt (nm-settings-keyfile(5)).

`keyfile` reads by this table, `keyfile_writing` writes by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from controller.domains.network import address
from controller.domains.network.profile import BOND_MODES

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_ETHERNET: Final = ("ethernet", "802-3-ethernet")
NOWHERE: Final[dict[address.Version, str]] = {4: "0.0.0.0", 6: "::"}
"""By the version of IP, the gateway of a route that has none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of `Profile`, and the keys that say it, the first of which is written."""

    field: str
    places: tuple[tuple[str, str], ...]
    read: Callable[[str], object]
    write: Callable[[object], str]
    wanted: str


def is_gateway(text: str | None) -> bool:
    """True for the address of a gateway, and for what stands where there is none."""
    return text in {None, "", *NOWHERE.values()} or address.is_gateway(str(text))


def usable(gateway: str | None) -> str | None:
    """A gateway; None for what stands where there is none."""
    return None if gateway in {"", *NOWHERE.values()} else gateway


def _said(text: str) -> str | None:
    return text or None


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError(text)


def _ternary(text: str) -> bool | None:
    return None if text == "-1" else _boolean(text)


def _number(text: str) -> int:
    return int(text, 10)


def _positive(text: str) -> int | None:
    return None if text == "auto" else max(int(text, 10), 0) or None


def _metric(text: str) -> int | None:
    return None if text == "-1" else int(text, 10)


def _type(text: str) -> str:
    return "ethernet" if text == "802-3-ethernet" else text


def _mac(text: str) -> str:
    return text.lower()


def _mode(text: str) -> str:
    return BOND_MODES[int(text)] if text.isdecimal() and int(text) < len(BOND_MODES) else text


def _gateway(text: str) -> str | None:
    if not is_gateway(text):
        raise ValueError(text)
    return usable(text)


def _text(value: object) -> str:
    """With GLib's escapes; a leading space would be lost without one."""
    escaped = str(value).replace("\\", "\\\\")
    return re.sub(r"^ ", r"\\s", escaped)


def _word(value: object) -> str:
    return str(value).lower()


def _digit(value: object) -> str:
    return str(int(value is True))


_TEXT: Final = (_said, _text, "a text")
_FLAG: Final = (_boolean, _word, "true or false")
_TERNARY: Final = (_ternary, _digit, "-1, 0 or 1")
_COUNT: Final = (_positive, _word, "a whole number")
_A_MAC: Final = (_mac, _text, "a MAC address")


def _setting(
    field: str,
    where: str,
    form: tuple[Callable[[str], object], Callable[[object], str], str],
    *aliases: str,
) -> Setting:
    """`where` is `group.key`; a key of ethernet may be in the group of its older name too."""
    places = [tuple(place.split(".", 1)) for place in (where, *aliases)]
    both = [
        (g, key) for group, key in places for g in (_ETHERNET if group == "ethernet" else (group,))
    ]
    read, write, said = form
    return Setting(field, tuple(both), read, write, said)


SETTINGS: Final = (
    _setting("id", "connection.id", _TEXT),
    _setting("uuid", "connection.uuid", _TEXT),
    _setting("type", "connection.type", (_type, _text, "a type")),
    _setting("interface", "connection.interface-name", _TEXT),
    _setting("autoconnect", "connection.autoconnect", _FLAG),
    _setting("priority", "connection.autoconnect-priority", (_number, _word, "a whole number")),
    _setting("controller", "connection.master", _TEXT, "connection.controller"),
    _setting("port_type", "connection.slave-type", _TEXT, "connection.port-type"),
    _setting(
        "autoconnect_ports",
        "connection.autoconnect-slaves",
        _TERNARY,
        "connection.autoconnect-ports",
    ),
    _setting("hardware_mac", "ethernet.mac-address", _A_MAC),
    _setting("cloned_mac", "ethernet.cloned-mac-address", _A_MAC),
    _setting("mtu", "ethernet.mtu", _COUNT),
    _setting("stp", "bridge.stp", _FLAG),
    _setting("bridge_mac", "bridge.mac-address", _A_MAC),
    _setting("mode", "bond.mode", (_mode, _text, "a mode")),
    _setting("miimon", "bond.miimon", _COUNT),
    _setting("vlan", "vlan.id", (_number, _word, "a whole number")),
    _setting("parent", "vlan.parent", _TEXT),
    _setting("method", "ipv4.method", _TEXT),
    _setting("gateway", "ipv4.gateway", (_gateway, _text, "an IPv4 address")),
    _setting("metric", "ipv4.route-metric", (_metric, _word, "a whole number")),
)
"""Which key says what, in the order in which they are written."""
