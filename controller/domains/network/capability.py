"""Which kinds of interfaces this machine's kernel cannot make, found by trying.

`netlink` says it of every host that it observes (`Node.lacks`), so that a plan knows before
anything is touched. Each kind is tried in a namespace of its own, where nobody sees it; the
first real use would load the same modules. A kernel stays what it is until the next boot, and so
does the answer of a process.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from pyroute2.netlink.exceptions import NetlinkError

from controller.domains.network.namespace import Inside, aside
from controller.domains.network.readout import info

_TRIED: Final = "tried0"
_VLAN_TAG: Final = 7
_UNSUPPORTED: Final = frozenset({errno.EOPNOTSUPP, errno.ENODEV, errno.EPROTONOSUPPORT})


@cache
def lacking() -> tuple[str, ...]:
    """The kinds that the kernel lacks, sorted; none where nobody may try."""
    try:
        return aside(lambda inside: tuple(sorted(k for k in _TRIALS if not _has(inside, k))))
    except OSError:
        return ()


def _has(inside: Inside, kind: str) -> bool:
    try:
        return _TRIALS[kind](inside)
    except NetlinkError as error:
        if error.code in _UNSUPPORTED:
            return False
        raise


def _makes(kind: str) -> Callable[[Inside], bool]:
    def trial(inside: Inside) -> bool:
        inside.ip.link("add", ifname=_TRIED, kind=kind)
        inside.ip.link("del", index=socket.if_nametoindex(_TRIED))
        return True

    return trial


def _makes_vlans(inside: Inside) -> bool:
    inside.ip.link("add", ifname="below0", kind="bridge")
    below = socket.if_nametoindex("below0")
    try:
        inside.ip.link("add", ifname=_TRIED, kind="vlan", link=below, vlan_id=_VLAN_TAG)
    finally:
        inside.ip.link("del", index=below)
    return True


def _filters_vlans(inside: Inside) -> bool:
    """A kernel built without it may ignore the setting, so the bridge is read again."""
    inside.ip.link("add", ifname=_TRIED, kind="bridge", br_vlan_filtering=1)
    index = socket.if_nametoindex(_TRIED)
    (message,) = inside.ip.get_links(index)
    inside.ip.link("del", index=index)
    return bool(info(message, "IFLA_INFO_DATA").get_attr("IFLA_BR_VLAN_FILTERING"))


_TRIALS: Final[Mapping[str, Callable[[Inside], bool]]] = {
    "bond": _makes("bond"),
    "dummy": _makes("dummy"),
    "vlan": _makes_vlans,
    "vlan_filtering": _filters_vlans,
}
