"""How IP addresses are told to Linux, and when it has taken one of IPv6 for its own.

`change`, `construction` and `reinstate` ask here.
"""

from __future__ import annotations

import socket
import time
from typing import Any, Final

from controller import link_limits
from controller.domains.network import address, dumping
from controller.domains.network.namespace import Inside
from controller.domains.world import OperationRefused

FAMILIES: Final[dict[address.Version, int]] = {4: socket.AF_INET, 6: socket.AF_INET6}
"""Version of IP → what Linux calls it (linux/socket.h)."""
_IFA_TENTATIVE, _IFA_DADFAILED = 0x40, 0x08
"""What Linux says of an IPv6 address that is not its own yet, or is somebody else's
(linux/if_addr.h)."""
_LOOK_SECONDS: Final = 0.02


def of(own: str) -> dict[str, Any]:
    """An address with its length, as pyroute2 takes it."""
    bare = address.bare(own)
    family = FAMILIES[address.version(own)]
    return {"address": bare, "prefixlen": address.prefix_length(own), "family": family}


def await_detection(inside: Inside, index: int, own: str) -> None:
    """Wait until Linux has asked whether somebody has a new IPv6 address (RFC 4862, section 5.4).

    Where it cannot ask, for the interface is down or has no carrier, nothing is waited for. Raises
    `OperationRefused` if somebody has it; the address is taken away again then.
    """
    deadline = time.monotonic() + link_limits.DAD_SECONDS
    while time.monotonic() < deadline:
        flags = _flags(inside, index, address.bare(own))
        if flags & _IFA_DADFAILED:
            inside.ip.addr("del", index=index, **of(own))
            raise OperationRefused(f"somebody else on the link has {address.bare(own)}")
        if not flags & _IFA_TENTATIVE or not _is_heard(inside, index):
            return
        time.sleep(_LOOK_SECONDS)


def _flags(inside: Inside, index: int, bare: str) -> int:
    for message in inside.dumper.rows(dumping.ADDRESSES):
        if (message["index"], message.get_attr("IFA_ADDRESS")) == (index, bare):
            return int(message.get_attr("IFA_FLAGS") or message["flags"])
    return 0


def _is_heard(inside: Inside, index: int) -> bool:
    return inside.dumper.link(index).get_attr("IFLA_OPERSTATE") in {"UP", "UNKNOWN"}
