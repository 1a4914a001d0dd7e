"""What may be asked of interfaces as parts of bridges: frame sizes, STP, snooping, static entries.

`operation` has the catalogue that these belong to.
"""

from __future__ import annotations

from typing import Final

from controller.domains.network.specification import NO_CHANGE_NOTE, mutation

MUTATIONS: Final = (
    mutation(
        "set_mtu",
        "interface:interface mtu:mtu",
        "mtu",
        2,
        "Set how many bytes a frame of an interface may carry. A bridge keeps what it was set to;"
        " otherwise it follows the lowest of its ports. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "set_stp",
        "bridge:bridge on:bool",
        "stp reachability",
        3,
        "Let a bridge look for loops (IEEE 802.1D), or not. With it a port that comes to life is"
        " silent for two forward delays. " + NO_CHANGE_NOTE,
    ),
    mutation(
        "set_multicast_snooping",
        "bridge:bridge on:bool",
        "snooping",
        2,
        "Let a bridge send multicast only where somebody asked for it, or everywhere. "
        + NO_CHANGE_NOTE,
    ),
    mutation(
        "add_fdb_entry",
        "bridge:bridge mac:mac interface:nic",
        "fdb reachability",
        2,
        "Tell a bridge behind which of its ports a MAC is; what it learns does not change that.",
    ),
    mutation(
        "remove_fdb_entry",
        "bridge:bridge mac:mac interface:nic",
        "fdb reachability",
        1,
        "Forget that a MAC is behind a port, told or learned. No change if it is not known there.",
    ),
)
