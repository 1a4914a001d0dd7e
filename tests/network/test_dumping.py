"""What is decoded of Linux's tables is what pyroute2 says of them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from controller.domains.network import dumping
from controller.domains.network.dumping import Dumper, Table
from controller.domains.network.lab import Lab, materialise
from controller.domains.network.message import Message
from controller.domains.network.namespace import Inside
from tests.network.conftest import needs_root
from tests.network.worlds import PREFIX, dual_world

_HEAD_BYTES = 32
"""A header and `struct ifinfomsg`."""
_AF_BRIDGE = 7


def sent(attributes: list[tuple[str, Any]]) -> tuple[Message, Any]:
    """A link's message as we decode it, and as pyroute2 does."""
    written = ifinfmsg()
    written["attrs"] = attributes
    written.encode()
    data = bytes(written.data)
    theirs = ifinfmsg(data)
    theirs.decode()
    return Message(ifinfmsg, data, _HEAD_BYTES, {}), theirs


def named(kind: str, data: dict[str, int | str]) -> tuple[str, Any]:
    """What a link of a kind says of itself."""
    own = ("IFLA_INFO_DATA", {"attrs": [*data.items()]})
    return "IFLA_LINKINFO", {"attrs": [("IFLA_INFO_KIND", kind), own]}


@given(
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=15),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=6, max_size=6),
    st.integers(-1, 2**31 - 1),
)
def test_a_plain_attribute_is_what_was_sent(name: str, mtu: int, mac: bytes, nsid: int) -> None:
    told = mac.hex(":")
    ours, theirs = sent(
        [
            ("IFLA_IFNAME", name),
            ("IFLA_MTU", mtu),
            ("IFLA_ADDRESS", told),
            ("IFLA_LINK_NETNSID", nsid),
        ]
    )
    for which, value in (
        ("IFLA_IFNAME", name),
        ("IFLA_MTU", mtu),
        ("IFLA_ADDRESS", told),
        ("IFLA_LINK_NETNSID", nsid),
        ("IFLA_MASTER", None),
    ):
        assert ours.get_attr(which) == theirs.get_attr(which) == value


def test_what_a_bond_and_a_vlan_say_of_themselves_is_found_in_their_nests() -> None:
    bond, _ = sent([named("bond", {"IFLA_BOND_MODE": 1, "IFLA_BOND_MIIMON": 100})])
    settings = bond.get_attr("IFLA_LINKINFO").get_attr("IFLA_INFO_DATA")
    assert settings.get_attr("IFLA_BOND_MODE") == 1
    assert settings.get_attr("IFLA_BOND_MIIMON") == 100
    assert settings.get_attr("IFLA_BOND_UPDELAY") is None
    vlan, _ = sent([named("vlan", {"IFLA_VLAN_ID": 100, "IFLA_VLAN_PROTOCOL": 0x8100})])
    settings = vlan.get_attr("IFLA_LINKINFO").get_attr("IFLA_INFO_DATA")
    assert settings.get_attr("IFLA_VLAN_ID") == 100
    assert settings.get_attr("IFLA_VLAN_PROTOCOL") == 0x8100


def test_what_is_no_plain_value_is_decoded_by_pyroute2() -> None:
    flags = {"flags": 1, "mask": 3}
    ours, _ = sent([named("vlan", {"IFLA_VLAN_ID": 5, "IFLA_VLAN_FLAGS": flags})])  # type: ignore[dict-item]
    found = ours.get_attr("IFLA_LINKINFO").get_attr("IFLA_INFO_DATA").get_attr("IFLA_VLAN_FLAGS")
    assert (found["flags"], found["mask"]) == (1, 3)


@given(st.binary(max_size=64))
def test_attributes_that_make_no_sense_end_the_search(rubbish: bytes) -> None:
    message = Message(ifinfmsg, bytes(_HEAD_BYTES) + rubbish, _HEAD_BYTES, {})
    assert message.get_attr("IFLA_LINKINFO") is None or len(rubbish) >= 4


@pytest.fixture
def lab() -> Iterator[Lab]:
    with materialise(dual_world(), f"{PREFIX}d{os.getpid()}") as made:
        yield made


def differing(ours: Message, theirs: Any, described: type) -> list[str]:
    """The attributes of which the two do not say the same."""
    rows = [row if isinstance(row[0], int) else (0, *row) for row in described.nla_map]
    found = []
    for _, name, *_ in rows:
        mine, other = ours.get_attr(name), theirs.get_attr(name)
        if isinstance(mine, Message):
            found += [f"{name}.{one}" for one in differing(mine, other, type(other))]
        elif _said(mine) != _said(other):
            found.append(f"{name}: {mine!r}, {other!r}")
    return found


def _said(value: Any) -> Any:
    return value.dump() if hasattr(value, "dump") else value


TABLES: list[tuple[Table, Callable[[IPRoute], Any]]] = [
    (dumping.LINKS, lambda ip: ip.get_links(ext_mask=8)),
    (dumping.ADDRESSES, lambda ip: ip.get_addr()),
    (dumping.NEIGHBOURS, lambda ip: ip.get_neighbours(family=socket.AF_UNSPEC)),
    (dumping.ROUTES, lambda ip: ip.get_routes(family=socket.AF_UNSPEC)),
    (dumping.FDB, lambda ip: ip.fdb("dump")),
    (dumping.VLANS, lambda ip: ip.get_vlans()),
]
_VOLATILE = ("CACHEINFO", "TIMER", "IFLA_AF_SPEC", "IFLA_PROTINFO", "_ID")
"""Ages and time left, which go on between two dumps; nests that nobody reads as ours."""


@pytest.mark.root
@needs_root[1]
def test_every_table_of_a_namespace_reads_as_pyroute2_reads_it(lab: Lab) -> None:
    def compare(inside: Inside) -> list[str]:
        (bridge,) = inside.ip.link_lookup(ifname="br0")
        hops = [{"gateway": "10.7.0.2", "hops": 1}, {"gateway": "10.7.0.3", "hops": 3}]
        inside.ip.route("add", dst="10.99.0.0/24", multipath=hops)
        inside.ip.route("add", dst="10.98.0.0/24", oif=bridge, metrics={"mtu": 1400})
        wrong: list[str] = []
        for table, asked in TABLES:
            ours, theirs = inside.dumper.rows(table), list(asked(inside.ip))
            assert len(ours) == len(theirs), table
            for mine, other in zip(ours, theirs, strict=True):
                wrong += differing(mine, other, table.described)
        return [one for one in wrong if not any(name in one for name in _VOLATILE)]

    assert lab.spaces[lab.world.host].run(compare) == []


@pytest.mark.root
@needs_root[1]
def test_a_link_that_is_not_there_is_refused_as_linux_refuses_it(lab: Lab) -> None:
    def ask(inside: Inside) -> int:
        with pytest.raises(NetlinkError) as refused:
            inside.dumper.link(1 << 20)
        return int(refused.value.code)

    assert lab.spaces[lab.world.host].run(ask) == errno.ENODEV


def test_the_socket_is_free_again_after_a_refusal() -> None:
    with closing(Dumper()) as dumper:
        with pytest.raises(NetlinkError):
            dumper.link(1 << 20)
        loopback = dumper.link(socket.if_nametoindex("lo"))
        assert loopback.get_attr("IFLA_IFNAME") == "lo"
        assert "lo" in {row.get_attr("IFLA_IFNAME") for row in dumper.rows(dumping.LINKS)}
