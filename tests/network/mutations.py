"""Mutations drawn by chance, sensible or not, for the worlds of the conformance suite."""

from __future__ import annotations

from hypothesis import strategies as st

from controller.domains.world import Operation
from tests.network.worlds import ADDRESS, ADDRESS_6, BR0_MAC, ETH1_MAC, PEER, PEER_6, op

_BRIDGES = st.sampled_from(["br0", "br1", "br2"])
_NICS = st.sampled_from(["eth0", "eth1", "tap0"])
_INTERFACES = st.one_of(_NICS, _BRIDGES, st.just("gone0"))
_MACS = st.sampled_from([BR0_MAC, ETH1_MAC, "02:00:00:00:00:01", "02:00:00:00:0f:ff"])
_CIDRS = st.sampled_from(
    [
        *(ADDRESS, "10.7.0.9/24", "10.7.0.10/24", "10.8.0.1/16", "10.8.0.1/24"),
        *(ADDRESS_6, ADDRESS_6, "fd00:7::9/64", "fd00:7::9/80", "fd00:8::1/64"),
    ]
)
_HOSTS = st.sampled_from(["10.7.0.77", "10.7.0.2", "10.8.0.5", "fd00:7::77", PEER_6])
_FLAGS = st.booleans()
_PROFILES = st.sampled_from(["br0", "uplink", "a name / with marks"])
_LIKELY = st.sampled_from(["br0", "br0", "br0", "eth1", "br1"])
"""Where most of what can be lost is."""

_BONDS = st.sampled_from(["bond0", "bond0", "bond1"])
_MEMBERS = st.sampled_from(["eth0", "eth1", "tap0", "dummy0", "bond0", "veth0", "veth1"])

BONDING: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        op,
        st.just("create_bond"),
        bond=_BONDS,
        mode=st.sampled_from(["active-backup", "active-backup", "balance-rr"]),
        mac=st.one_of(st.none(), _MACS),
    ),
    st.builds(
        op,
        st.just("create_veth"),
        veth=st.just("veth0"),
        peer=st.sampled_from(["veth1", "veth1", "veth0"]),
        mac=st.just("02:00:00:00:00:50"),
        peer_mac=_MACS,
    ),
    st.builds(op, st.just("create_dummy"), dummy=st.sampled_from(["dummy0", "dummy1"]), mac=_MACS),
    st.builds(op, st.just("add_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("add_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("remove_bond_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("set_active_port"), bond=_BONDS, interface=_MEMBERS),
    st.builds(op, st.just("delete_interface"), interface=_MEMBERS),
    st.builds(op, st.just("set_link_state"), interface=_MEMBERS, up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=_MEMBERS, mac=_MACS, if_different=_FLAGS),
    st.builds(op, st.just("set_mtu"), interface=_MEMBERS, mtu=st.sampled_from([1400, 1500, 2000])),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_MEMBERS),
    st.builds(op, st.just("add_address"), interface=_MEMBERS, address=_CIDRS),
    st.builds(op, st.just("remove_address"), interface=_MEMBERS, address=_CIDRS),
)
"""One change of a bond, of a dummy, or of what may be a port of one."""

MUTATIONS: st.SearchStrategy[Operation] = st.one_of(
    BONDING,
    st.builds(op, st.just("create_bridge"), bridge=_BRIDGES, mac=st.one_of(st.none(), _MACS)),
    st.builds(op, st.just("delete_bridge"), bridge=_INTERFACES),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_INTERFACES),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=_NICS),
    st.builds(op, st.just("detach_port"), bridge=_BRIDGES, interface=_NICS),
    st.builds(op, st.just("set_link_state"), interface=_INTERFACES, up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=_INTERFACES, mac=_MACS, if_different=_FLAGS),
    st.builds(op, st.just("add_address"), interface=_LIKELY, address=_CIDRS),
    st.builds(op, st.just("remove_address"), interface=_LIKELY, address=_CIDRS),
    st.builds(
        op, st.just("set_ageing"), bridge=_BRIDGES, seconds=st.sampled_from([10, 300, 900.5])
    ),
    st.builds(op, st.just("add_neighbour"), interface=_INTERFACES, address=_HOSTS, mac=_MACS),
    st.builds(op, st.just("remove_neighbour"), interface=_LIKELY, address=_HOSTS),
    st.builds(
        op,
        st.just("add_route"),
        interface=_LIKELY,
        destination=st.sampled_from(
            ["0.0.0.0/0", "10.7.0.0/24", "10.20.0.0/16", "::/0", "fd00:9::/64"]
        ),
        gateway=st.sampled_from([None, PEER, PEER, "10.8.0.9", PEER_6, PEER_6]),
        metric=st.sampled_from([None, 0, 5]),
        source=st.sampled_from([None, None, "10.7.0.1", "10.7.0.9", "fd00:7::9"]),
    ),
    st.builds(
        op,
        st.just("remove_route"),
        interface=_LIKELY,
        destination=st.sampled_from(
            ["0.0.0.0/0", "0.0.0.0/0", "10.20.0.0/16", "::/0", "fd00:9::/64"]
        ),
        metric=st.sampled_from([None, None, 5]),
    ),
    st.builds(
        op,
        st.just("write_profile"),
        profile=_PROFILES,
        interface=st.sampled_from(["br0", "br0", "eth1"]),
        type=st.sampled_from(["bridge", "ethernet"]),
        autoconnect=st.sampled_from([None, True, False]),
        controller=st.sampled_from([None, None, "br1"]),
        addresses=st.sampled_from([None, [], [ADDRESS], ["10.7.0.9/24", "10.8.0.1/16"]]),
        gateway=st.sampled_from([None, None, PEER]),
        stp=st.sampled_from([None, False]),
    ),
    st.builds(
        op,
        st.just("delete_profile"),
        profile=_PROFILES,
        interface=st.sampled_from(["br0", "br0", "eth1"]),
    ),
    st.builds(
        op,
        st.sampled_from(["send_gratuitous_arp", "send_unsolicited_na"]),
        interface=_BRIDGES,
        address=_CIDRS,
    ),
    st.builds(
        op,
        st.just("set_mtu"),
        interface=_INTERFACES,
        mtu=st.sampled_from([1000, 1280, 1400, 1500, 9000]),
    ),
    st.builds(op, st.just("set_stp"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(op, st.just("set_multicast_snooping"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(
        op,
        st.sampled_from(["add_fdb_entry", "add_fdb_entry", "remove_fdb_entry"]),
        bridge=_BRIDGES,
        mac=_MACS,
        interface=_NICS,
    ),
)
"""One mutation of the small world, sensible or not."""

_VLANS = st.sampled_from(["eth1.100", "eth1.100", "br0.7", "eth0.7"])
_VIDS = st.sampled_from([1, 7, 100])
_PARENTS = st.sampled_from(["eth1", "br0", "eth0", "br1", "eth1.100"])
_MEMBERS = st.sampled_from(["br0", "br1", "eth0", "eth1", "eth1.100"])
VLANNING: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        op,
        st.just("create_vlan"),
        vlan=_VLANS,
        interface=_PARENTS,
        vid=_VIDS,
        mac=st.one_of(st.none(), st.none(), _MACS),
    ),
    st.builds(op, st.just("delete_interface"), interface=_VLANS),
    st.builds(op, st.just("attach_port"), bridge=_BRIDGES, interface=st.one_of(_VLANS, _NICS)),
    st.builds(op, st.just("detach_port"), bridge=_BRIDGES, interface=st.one_of(_VLANS, _NICS)),
    st.builds(op, st.just("set_link_state"), interface=st.one_of(_VLANS, _INTERFACES), up=_FLAGS),
    st.builds(op, st.just("set_mac"), interface=st.one_of(_VLANS, _INTERFACES), mac=_MACS),
    st.builds(
        op,
        st.just("set_mtu"),
        interface=st.one_of(_VLANS, st.just("eth1"), st.just("br0")),
        mtu=st.sampled_from([1280, 1400, 1500]),
    ),
    st.builds(op, st.just("add_address"), interface=_VLANS, address=_CIDRS),
    st.builds(op, st.just("set_vlan_filtering"), bridge=_BRIDGES, on=_FLAGS),
    st.builds(
        op,
        st.just("add_port_vlan"),
        bridge=_BRIDGES,
        interface=_MEMBERS,
        vid=_VIDS,
        pvid=_FLAGS,
        untagged=_FLAGS,
    ),
    st.builds(op, st.just("remove_port_vlan"), bridge=_BRIDGES, interface=_MEMBERS, vid=_VIDS),
)
"""One mutation of the tagged world that has to do with VLANs."""
