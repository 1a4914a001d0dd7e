"""Addresses, arguments and frames: what is one and what is not."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domains.network import NETWORK, address, wire
from controller.domains.world import Json
from tests.network.worlds import op

ADDRESSES = st.ip_addresses(v=4)


@given(ADDRESSES, st.integers(0, 32), ADDRESSES)
def test_networks_are_those_of_the_standard_library(
    own: ipaddress.IPv4Address, length: int, other: ipaddress.IPv4Address
) -> None:
    expected = ipaddress.ip_network(f"{own}/{length}", strict=False)
    assert address.covers(f"{own}/{length}", str(other)) == (other in expected)
    if length <= 30:
        assert address.broadcast(f"{own}/{length}") == str(expected.broadcast_address)


@given(ADDRESSES)
def test_an_address_and_its_number_are_one_to_one(own: ipaddress.IPv4Address) -> None:
    assert address.number(str(own)) == int(own)
    assert address.dotted(int(own)) == str(own)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.3",
        "1.2.3.256",
        "1.2.3.04",
        "1.2.3.4.5",
        " 1.2.3.4",
        "1.2.3.4\n",
        "FE80::1",
        "::1%lo",
        "1:0:0:0::1",
    ],
)
def test_what_looks_like_an_address_need_not_be_one(text: str) -> None:
    assert address.number(text) is None
    assert not address.is_cidr(f"{text}/24")


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("add_address", {"interface": "eth0", "address": "10.0.0.1/24"}, None),
        (
            "add_address",
            {"interface": "eth0", "address": "10.0.0.1"},
            "is not an IPv4 or IPv6 address",
        ),
        ("add_address", {"interface": "eth0", "address": "224.0.0.1/4"}, "is not an IPv4"),
        ("add_address", {"interface": "eth0", "address": "10.0.0.1/33"}, "is not an IPv4"),
        ("add_neighbour", {"interface": "e", "address": "10.0.0.1", "mac": "x"}, "unicast MAC"),
        ("set_mac", {"interface": "eth0", "mac": "03:00:00:00:00:01"}, "unicast MAC"),
        ("set_mac", {"interface": "eth0", "mac": "00:00:00:00:00:00"}, "unicast MAC"),
        ("set_mac", {"interface": "eth0", "mac": None}, "set_mac needs mac"),
        ("set_link_state", {"interface": "eth0", "up": 1}, "is not true or false"),
        ("set_link_state", {"interface": "a/b", "up": True}, "is not a name"),
        ("set_link_state", {"interface": "..", "up": True}, "is not a name"),
        ("set_link_state", {"interface": "ü" * 8, "up": True}, "is not a name"),
        ("set_ageing", {"bridge": "br0", "seconds": 9.9}, "10 to 1e+06 seconds"),
        ("set_ageing", {"bridge": "br0", "seconds": float("nan")}, "10 to 1e+06 seconds"),
        ("vantage_ping", {"vantage": "p", "address": "10.0.0.1", "attempts": 11}, "1 to 10"),
        ("vantage_ping", {"vantage": "p", "address": "10.0.0.1", "attempts": True}, "1 to 10"),
        ("watch_moves", {"bridge": "br0", "milliseconds": 5001}, "0 to 5000 milliseconds"),
        ("create_bridge", {"bridge": "br0"}, None),
        ("create_bridge", {"bridge": "br0", "mac": None, "stp": False}, None),
        ("create_bridge", {"bridge": ["br0"]}, "is not a name"),
    ],
)
def test_arguments_that_cannot_be_right_are_named(
    name: str, arguments: dict[str, Json], problem: str | None
) -> None:
    found = NETWORK.problem(op(name, **arguments))
    assert (found is None) == (problem is None)
    assert problem is None or problem in str(found)


def test_an_ipv6_address_is_read_only_as_linux_prints_it() -> None:
    assert address.number("2001:db8::1") == 0x20010DB8 << 96 | 1
    assert address.written(6, 0x20010DB8 << 96 | 1) == "2001:db8::1"
    assert address.network("2001:db8::1/64") == (6, 0x20010DB8 << 96, (1 << 64) - 1 << 64)
    assert address.is_cidr("fd00::1/64")
    assert not any(address.is_cidr(f"{own}/64") for own in ("::1", "fe80::1", "ff02::1"))
    assert not address.covers("10.0.0.0/8", "::a00:1")
    assert not address.covers("::/0", "10.0.0.1")


def test_an_advertisement_tells_all_nodes_of_ones_own_address() -> None:
    frame = wire.unsolicited_na("02:00:00:00:00:b0", "fd00:7::1")
    mac, own = bytes.fromhex("0200000000b0"), bytes.fromhex("fd000007" + "00" * 11 + "01")
    everybody = bytes.fromhex("ff02" + "00" * 13 + "01")
    assert frame[:14] == bytes.fromhex("333300000001") + mac + b"\x86\xdd"
    assert frame[14:22] == bytes.fromhex("6000000000203aff")
    assert frame[22:54] == own + everybody
    icmp = frame[54:]
    assert (icmp[:2], icmp[4:8], icmp[8:24]) == (b"\x88\0", bytes.fromhex("20000000"), own)
    assert icmp[24:] == b"\x02\x01" + mac
    pseudo = own + everybody + len(icmp).to_bytes(4) + (58).to_bytes(4)
    assert wire.checksum(pseudo + icmp) == 0


def test_an_announcement_is_a_broadcast_request_for_ones_own_address() -> None:
    frame = wire.gratuitous_arp("02:00:00:00:00:b0", "10.7.0.1")
    mac, own = bytes.fromhex("0200000000b0"), bytes([10, 7, 0, 1])
    assert frame[:14] == b"\xff" * 6 + mac + b"\x08\x06"
    assert frame[14:22] == bytes.fromhex("0001080006040001")
    assert frame[22:42] == mac + own + b"\0" * 6 + own
    assert len(frame) == 60


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_an_echo_request_adds_up_to_nothing(identifier: int, sequence: int) -> None:
    assert wire.checksum(wire.echo_request(4, identifier, sequence)) == 0


@given(st.binary(max_size=64))
def test_no_packet_is_a_reply_by_accident(packet: bytes) -> None:
    header = bytes([0x45]) + bytes(19)
    reply = header + struct.pack("!BBHHH", 0, 0, 0, 7, 9)
    assert wire.is_echo_reply(4, reply, 7, 9)
    assert not wire.is_echo_reply(4, reply, 7, 8)
    assert not wire.is_echo_reply(4, reply[:27], 7, 9)
    request = header + wire.echo_request(4, 7, 9)
    assert not wire.is_echo_reply(4, request, 7, 9)
    assert wire.is_echo_reply(4, packet, 70_000, 9) is False
