"""What the operations of `operation_bridging` ask of Linux, inside the host's namespace.

`change` has the list that these belong to.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Final

from pyroute2.netlink.exceptions import NetlinkError

from controller.domains.network.argument import flag, text, whole
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import NTF_MASTER, NTF_STICKY, NUD_NOARP, Reading
from controller.domains.network.refusal import Arguments


def _set_mtu(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    index = reading.index[text(arguments, "interface")]
    inside.ip.link("set", index=index, mtu=whole(arguments, "mtu"))


def _set_stp(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    _set(inside, reading, arguments, "br_stp_state")


def _set_multicast_snooping(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    _set(inside, reading, arguments, "br_mcast_snooping")


def _set(inside: Inside, reading: Reading, arguments: Arguments, setting: str) -> None:
    index = reading.index[text(arguments, "bridge")]
    inside.ip.link("set", index=index, kind="bridge", **{setting: int(flag(arguments, "on"))})


def _add_fdb_entry(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    """One that stays where it is: what is only static moves with the first frame from elsewhere."""
    flags = NTF_MASTER | NTF_STICKY
    inside.ip.fdb("replace", state=NUD_NOARP, **_entry(reading, arguments) | {"flags": flags})


def _remove_fdb_entry(inside: Inside, reading: Reading, arguments: Arguments) -> None:
    try:
        inside.ip.fdb("del", **_entry(reading, arguments))
    except NetlinkError as error:
        if error.code != errno.ENOENT:
            raise


def _entry(reading: Reading, arguments: Arguments) -> dict[str, object]:
    port = reading.index[text(arguments, "interface")]
    return {"ifindex": port, "lladdr": text(arguments, "mac"), "flags": NTF_MASTER}


CHANGES: Final[Mapping[str, Callable[[Inside, Reading, Arguments], None]]] = {
    "set_mtu": _set_mtu,
    "set_stp": _set_stp,
    "set_multicast_snooping": _set_multicast_snooping,
    "add_fdb_entry": _add_fdb_entry,
    "remove_fdb_entry": _remove_fdb_entry,
}
