"""The bytes of the frames that the real kernel sends and understands. Pure.

`netlink` puts them on sockets of a namespace.
"""

from __future__ import annotations

import socket
import struct

ETHERNET_ARP = 0x0806
_ETHERNET_IPV4 = 0x0800
_ARP_ETHERNET = 1
_ARP_REQUEST = 1
_FRAME_BYTES = 60
"""The shortest Ethernet frame without its checksum."""
_ECHO_REQUEST = 8
_ECHO_REPLY = 0


def gratuitous_arp(mac: str, address: str) -> bytes:
    """A broadcast ARP request in which `mac` asks for its own `address` (RFC 5227, section 3)."""
    hardware = bytes.fromhex(mac.replace(":", ""))
    protocol = socket.inet_aton(address)
    ethernet = b"\xff" * 6 + hardware + struct.pack("!H", ETHERNET_ARP)
    kind = struct.pack("!HHBBH", _ARP_ETHERNET, _ETHERNET_IPV4, 6, 4, _ARP_REQUEST)
    arp = kind + hardware + protocol + b"\0" * 6 + protocol
    return (ethernet + arp).ljust(_FRAME_BYTES, b"\0")


def echo_request(identifier: int, sequence: int, data: bytes = b"") -> bytes:
    """An ICMP echo request (RFC 792)."""
    blank = struct.pack("!BBHHH", _ECHO_REQUEST, 0, 0, identifier, sequence) + data
    header = struct.pack("!BBHHH", _ECHO_REQUEST, 0, checksum(blank), identifier, sequence)
    return header + data


def is_echo_reply(packet: bytes, identifier: int, sequence: int) -> bool:
    """True when an IPv4 packet is the reply to that request."""
    if len(packet) < 20:
        return False
    message = packet[(packet[0] & 0x0F) * 4 :]
    if len(message) < 8:
        return False
    kind, code, _sum, found, number = struct.unpack("!BBHHH", message[:8])
    return bool((kind, code, found, number) == (_ECHO_REPLY, 0, identifier, sequence))


def checksum(message: bytes) -> int:
    """The Internet checksum of a message (RFC 1071)."""
    message += b"\0" * (len(message) % 2)
    total: int = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
