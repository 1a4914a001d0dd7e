"""The bytes of the frames that the real kernel sends and understands. Pure.

`netlink` puts them on sockets of a namespace.
"""

from __future__ import annotations

import socket
import struct

from controller.domains.network import address as addresses

ETHERNET_ARP = 0x0806
ETHERNET_IPV6 = 0x86DD
_ETHERNET_IPV4 = 0x0800
_ARP_ETHERNET = 1
_ARP_REQUEST = 1
_FRAME_BYTES = 60
"""The shortest Ethernet frame without its checksum."""
_ECHO_REQUEST = {4: 8, 6: 128}
_ECHO_REPLY = {4: 0, 6: 129}
"""By the version of IP (RFC 792, RFC 4443)."""
_ADVERTISEMENT, _OVERRIDE, _TARGET_MAC = 136, 0x20000000, 2
"""ICMPv6's type, the flag that it replaces what is known, and the option with the MAC (RFC 4861,
sections 4.4 and 4.6.1)."""
_ICMPV6, _HOPS = 58, 255
_ALL_NODES = "ff02::1"


def gratuitous_arp(mac: str, address: str) -> bytes:
    """A broadcast ARP request in which `mac` asks for its own `address` (RFC 5227, section 3)."""
    hardware = bytes.fromhex(mac.replace(":", ""))
    protocol = socket.inet_aton(address)
    ethernet = b"\xff" * 6 + hardware + struct.pack("!H", ETHERNET_ARP)
    kind = struct.pack("!HHBBH", _ARP_ETHERNET, _ETHERNET_IPV4, 6, 4, _ARP_REQUEST)
    arp = kind + hardware + protocol + b"\0" * 6 + protocol
    return (ethernet + arp).ljust(_FRAME_BYTES, b"\0")


def unsolicited_na(mac: str, address: str) -> bytes:
    """An advertisement to all nodes that `mac` has its own `address` (RFC 4861, section 7.2.6)."""
    hardware = bytes.fromhex(mac.replace(":", ""))
    source = socket.inet_pton(socket.AF_INET6, address)
    everybody = socket.inet_pton(socket.AF_INET6, _ALL_NODES)
    option = struct.pack("!BB", _TARGET_MAC, 1) + hardware
    body = struct.pack("!I", _OVERRIDE) + source + option
    length = 4 + len(body)
    pseudo = source + everybody + struct.pack("!II", length, _ICMPV6)
    blank = struct.pack("!BBH", _ADVERTISEMENT, 0, 0) + body
    icmp = struct.pack("!BBH", _ADVERTISEMENT, 0, checksum(pseudo + blank)) + body
    header = struct.pack("!IHBB", 6 << 28, length, _ICMPV6, _HOPS) + source + everybody
    group = bytes.fromhex(addresses.ALL_NODES_MAC.replace(":", ""))
    return group + hardware + struct.pack("!H", ETHERNET_IPV6) + header + icmp


def echo_request(version: int, identifier: int, sequence: int, data: bytes = b"") -> bytes:
    """An ICMP echo request (RFC 792); of IPv6 Linux itself adds the checksum (RFC 3542, 3.1)."""
    kind = _ECHO_REQUEST[version]
    blank = struct.pack("!BBHHH", kind, 0, 0, identifier, sequence) + data
    total = checksum(blank) if version == 4 else 0
    return struct.pack("!BBHHH", kind, 0, total, identifier, sequence) + data


def is_echo_reply(version: int, packet: bytes, identifier: int, sequence: int) -> bool:
    """True when what a raw socket received is the reply to that request: an IPv4 packet, or an
    ICMPv6 message without its header."""
    if version == 4 and len(packet) < 20:
        return False
    message = packet[(packet[0] & 0x0F) * 4 :] if version == 4 else packet
    if len(message) < 8:
        return False
    kind, code, _sum, found, number = struct.unpack("!BBHHH", message[:8])
    return bool((kind, code, found, number) == (_ECHO_REPLY[version], 0, identifier, sequence))


def checksum(message: bytes) -> int:
    """The Internet checksum of a message (RFC 1071)."""
    message += b"\0" * (len(message) % 2)
    total: int = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
