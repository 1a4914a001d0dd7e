"""The catalogue: what a gene may ask of a network.

The core reads the catalogue through `domain.NETWORK`. Which arguments fit is decided in
`argument`, what the world refuses in `refusal`, what undoes an operation in `footprint`.

Facets are the parts of a network that an operation reads or touches:

links            which interfaces exist
ports            which NIC belongs to which bridge
mac, addresses   what the host is called
link_state       up or down
mtu              how large a frame may be
fdb, ageing      the host's own forwarding tables
vlans            which VLANs there are, and who is in them
stp, snooping    what a bridge holds back: loops, multicast
neighbours       whom the host knows, by ARP and NDP
routes           the ways that somebody configured
fdb_elsewhere    the forwarding tables of switches
neighbours_elsewhere   whom peers know, by ARP and NDP
vlans_elsewhere  the VLANs that switches let through
reachability     whether frames arrive
cabling          what is plugged in where
profiles         what the host starts from
leases           what DHCP servers lent to it
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from controller.domains.network import operation_bridging, operation_links, operation_vlans
from controller.domains.network.specification import NO_CHANGE_NOTE
from controller.domains.network.specification import mutation as _mutation
from controller.domains.network.specification import query as _query
from controller.domains.world import OperationSpec

_QUERIES: Final = (
    _query(
        "list_links",
        "",
        "record[]",
        "links ports mac addresses link_state mtu",
        "Every interface of the host, as `link` gives it, with its `name`.",
    ),
    _query(
        "link",
        "interface:interface",
        "record",
        "links ports mac addresses link_state mtu",
        "One interface: name, kind (nic, bridge, bond, dummy, vlan or veth), mac, up, carrier,"
        " master, addresses, derived (IPv6 addresses that the kernel made or a router gave), mtu,"
        " permanent_mac (null where nobody knows); of a bridge also stp,"
        " multicast_snooping and vlan_filtering, of a VLAN link parent and vid, of a veth its peer,"
        " of what has ports"
        " mac_pinned (was it given its MAC?).",
    ),
    _query("bridge_ports", "bridge:bridge", "nic[]", "ports", "The ports of a bridge, by name."),
    _query(
        "port_states",
        "bridge:bridge",
        "record[]",
        "ports link_state",
        "What the bridge lets each port do: port, state (disabled, listening, learning,"
        " forwarding or blocking; see STP in IEEE 802.1D).",
    ),
    _query(
        "addresses",
        "interface:interface",
        "address[]",
        "addresses",
        "The addresses of an interface with their prefix lengths, the primary ones first.",
    ),
    _query(
        "bridge_fdb",
        "bridge:bridge",
        "record[]",
        "fdb",
        "What the host's bridge has learned, or was told (static): mac, port, vlan, static.",
    ),
    _query(
        "neighbours",
        "interface:interface",
        "record[]",
        "neighbours",
        "Whom the host knows on one interface by ARP and NDP: address, mac, permanent.",
    ),
    _query(
        "routes",
        "",
        "record[]",
        "routes",
        "The configured routes: destination, gateway, interface, metric, source.",
    ),
    _query(
        "vantages",
        "",
        "record[]",
        "cabling",
        "The places from which one may look: name, role (switch or peer).",
    ),
    _query(
        "far_end",
        "interface:nic",
        "record",
        "cabling",
        "Where the NIC's cable ends (what LLDP would tell): vantage, interface; or null. A bond's"
        " is that of its active port, or the bond at the other end.",
    ),
    _query(
        "vantage_fdb",
        "vantage:vantage mac:mac",
        "record[]",
        "fdb_elsewhere",
        "Where a switch would send frames for a MAC: bridge, port. Sends nothing itself.",
    ),
    _query(
        "vantage_neighbours",
        "vantage:vantage address:address",
        "record[]",
        "neighbours_elsewhere",
        "Who has an address, as a vantage knows it by ARP or NDP: interface, mac, permanent.",
    ),
    _query(
        "vantage_ping",
        "vantage:vantage address:address attempts:int size:mtu?",
        "record",
        "reachability fdb_elsewhere neighbours_elsewhere",
        "Echo requests from a peer to an address: sent, answered. With a `size` their packets are"
        " as large, in bytes, and never sent in pieces.",
    ),
    _query(
        "watch_moves",
        "bridge:bridge milliseconds:milliseconds",
        "record[]",
        "fdb ports",
        "Listen to a bridge: MACs that moved between ports: mac, ports, transitions.",
    ),
    _query(
        "profiles",
        "",
        "record[]",
        "profiles",
        "What the host starts from: connection profiles, with the parameters of `write_profile`.",
    ),
    _query(
        "leases",
        "",
        "record[]",
        "leases",
        "What DHCP lent: interface, address, server, mac (whose it is), expires, gateway.",
    ),
)

_MUTATIONS: Final = (
    _mutation(
        "create_bridge",
        "bridge:name mac:mac? stp:bool? multicast_snooping:bool?",
        "links",
        0,
        "Make a bridge, which is down. With a MAC it keeps it, without it follows its ports.",
    ),
    _mutation(
        "delete_bridge",
        "bridge:bridge",
        "links ports mac addresses link_state fdb neighbours routes reachability",
        3,
        "Remove a bridge with its addresses; its ports become ordinary NICs.",
    ),
    _mutation(
        "attach_port",
        "bridge:bridge interface:nic",
        "ports mac fdb reachability",
        2,
        "Make a NIC a port of a bridge. " + NO_CHANGE_NOTE,
    ),
    _mutation(
        "detach_port",
        "bridge:bridge interface:nic",
        "ports mac fdb reachability",
        2,
        "Take a port out of a bridge. No change if it is not one of its ports.",
    ),
    _mutation(
        "set_link_state",
        "interface:interface up:bool",
        "link_state fdb neighbours routes fdb_elsewhere reachability",
        2,
        "Bring an interface up or down. Down forgets what was learned about it, here and there,"
        " the routes that lead over it, and its own IPv6 addresses.",
    ),
    _mutation(
        "set_mac",
        "interface:interface mac:mac if_different:bool?",
        "mac neighbours reachability",
        2,
        "Give an interface a MAC; a bridge keeps it from then on. With `if_different`, nothing"
        " at all happens if it has this MAC already.",
    ),
    _mutation(
        "add_address",
        "interface:interface address:address",
        "addresses reachability",
        0,
        "Give an interface an address with its prefix length. One of IPv6 is refused if somebody"
        " else on the link has it. " + NO_CHANGE_NOTE,
    ),
    _mutation(
        "remove_address",
        "interface:interface address:address",
        "addresses neighbours routes reachability",
        2,
        "Take an address, and of IPv4 the secondary ones of its network, away. " + NO_CHANGE_NOTE,
    ),
    _mutation(
        "set_ageing",
        "bridge:bridge seconds:seconds",
        "ageing fdb",
        0,
        "How long the host's bridge remembers a silent MAC.",
    ),
    _mutation(
        "add_neighbour",
        "interface:interface address:address mac:mac",
        "neighbours",
        2,
        "Pin who has an address, in place of what was known.",
    ),
    _mutation(
        "remove_neighbour",
        "interface:interface address:address",
        "neighbours",
        1,
        "Forget who has an address. No change if it is not known.",
    ),
    _mutation(
        "add_route",
        "interface:interface destination:network gateway:address? metric:metric?"
        " source:address? onlink:bool?",
        "routes reachability",
        2,
        "Send what is for a network over a gateway, or straight to it. 0.0.0.0/0 and ::/0 are the"
        " default routes. Without a metric, 0 and for IPv6 1024. " + NO_CHANGE_NOTE,
    ),
    _mutation(
        "remove_route",
        "interface:interface destination:network metric:metric?",
        "routes reachability",
        2,
        "Take a configured route away. " + NO_CHANGE_NOTE,
    ),
    _mutation(
        "send_gratuitous_arp",
        "interface:interface address:address",
        "fdb_elsewhere neighbours_elsewhere",
        1,
        "Broadcast that this interface has an address of its own, so that switches and peers"
        " learn where it is (RFC 5227, section 3). Of an IPv6 address nothing is said.",
    ),
    _mutation(
        "send_unsolicited_na",
        "interface:interface address:address",
        "fdb_elsewhere neighbours_elsewhere",
        1,
        "The same for an IPv6 address: an unsolicited neighbour advertisement to all nodes of the"
        " link (RFC 4861, section 7.2.6). Of an IPv4 address nothing is said.",
    ),
    _mutation(
        "write_profile",
        "profile:profile interface:name type:profile_type autoconnect:bool?"
        " controller:name? port_type:port_type? autoconnect_ports:bool? method:method?"
        " addresses:addresses? gateway:address? routes:routes? cloned_mac:mac? mtu:mtu?"
        " stp:bool? mode:bond_mode? miimon:miimon? parent:name? vlan:vlan_id?",
        "profiles",
        0,
        "Write what an interface is to be after a reboot. An existing profile keeps what has no"
        " parameter here, and its interface. Nothing else changes now, but NetworkManager may"
        " bring up at once what nothing else configures.",
    ),
    _mutation(
        "delete_profile",
        "profile:profile interface:name",
        "profiles",
        0,
        "Remove the profile of an interface, and those that come to nothing without it: of its"
        " ports, of the VLANs on it. Nothing changes before the next reboot.",
    ),
)

CATALOGUE: Final[Mapping[str, OperationSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            *_QUERIES,
            *operation_links.QUERIES,
            *operation_vlans.QUERIES,
            *_MUTATIONS,
            *operation_bridging.MUTATIONS,
            *operation_vlans.MUTATIONS,
            *operation_links.MUTATIONS,
        )
    }
)
