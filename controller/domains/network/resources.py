"""The kinds of resources that a topology may have, and the networks of an intent.

`RESOURCES` is what `germline check` holds `has:` and `networks:` against (seed 003, section 5,
"Topology"). Properties are named as iproute2 names them, where it has the thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from controller.domains.network.operation_links import BOND_MODES
from grammar.sg.terms import TypeRef
from grammar.sg.vocabulary import NETWORK, TEXT, PropertySpec, Vocabulary

_NUMBER: Final = TypeRef("int")
_NUMBERS: Final = TypeRef("int", is_list=True, least=1)
_TEXTS: Final = TypeRef("string", is_list=True, least=1)
_SWITCH: Final = PropertySpec(choices=("enabled", "disabled"))
_ANY: Final = {
    "mtu": PropertySpec(_NUMBER),
    "addresses": PropertySpec(_TEXTS),
}
"""What every interface may have."""
_MAC_POLICY: Final = PropertySpec(choices=("preserve", "inherit"))
"""Keep the MAC address whatever becomes of the ports, or follow them, as Linux does by itself."""
_TRUNK: Final = PropertySpec(required=True, resource=True)

RESOURCES: Final[Vocabulary] = MappingProxyType(
    {
        "nic": {"device": PropertySpec(TEXT, required=True, exclusive=True), **_ANY},
        "bond": {
            "mode": PropertySpec(choices=BOND_MODES),
            "members": PropertySpec(_TEXTS, required=True, resource=True, exclusive=True),
            "mac": _MAC_POLICY,
            **_ANY,
        },
        "bridge": {
            "uplink": PropertySpec(resource=True, exclusive=True),
            "ports": PropertySpec(_TEXTS, resource=True, exclusive=True),
            "mac": _MAC_POLICY,
            "stp": _SWITCH,
            **_ANY,
        },
        "vlan": {"trunk": _TRUNK, "tag": PropertySpec(_NUMBER, required=True), **_ANY},
        "vlan_bridges": {
            "trunk": _TRUNK,
            "vlans": PropertySpec(_NUMBERS, required=True),
            "stp": _SWITCH,
            "mtu": _ANY["mtu"],
        },
        NETWORK: {
            "vlan": PropertySpec(_NUMBER),
            "subnet": PropertySpec(),
            "gateway": PropertySpec(),
        },
    }
)
"""Kind → property → what it may be."""

BUILDERS: Final[Mapping[str, str]] = MappingProxyType(
    {kind: f"provision_{kind}" for kind in RESOURCES if kind != NETWORK}
)
"""Kind → the pathway that builds a resource of it, where a genome has one of this name."""

NEEDED: Final[Mapping[str, str]] = MappingProxyType(
    {"bond": "bond", "vlan": "vlan", "vlan_bridges": "vlan"}
)
"""Kind → what a host's kernel must be able to make for one (`Node.lacks`)."""

RETIRERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bridge": ("bridge_delete", "bridge"),
        "bond": ("interface_delete", "interface"),
        "vlan": ("interface_delete", "interface"),
    }
)
"""Kind of interface → the locus that removes one, and its parameter; NICs are never removed."""
