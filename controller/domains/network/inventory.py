"""The items of some interfaces (`footprint`), read from Linux: everything that can be lost.

`netlink` reads them before an operation, after a gene, and while it undoes. Left out is what
comes by itself: routes and addresses that the kernel makes, or a router advertises, and learned
entries.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from controller.domains.network.bond_readout import bond_port, joined
from controller.domains.network.footprint import Footprint, Items, key
from controller.domains.network.message import Message
from controller.domains.network.namespace import Inside
from controller.domains.network.readout import (
    BY_ITSELF,
    IFA_PERMANENT,
    NTF_STICKY,
    NUD_NOARP,
    NUD_PERMANENT,
    Tables,
    info,
    is_pinned,
    kind,
    local_peer,
    ports_mtu,
)
from controller.domains.network.vlan_flags import flags_of
from controller.domains.network.vlan_readout import port_vlans
from controller.domains.world import Json

_BRIDGE_SETTINGS: Final = (
    "br_ageing_time br_forward_delay br_hello_time br_max_age br_stp_state "
    "br_priority br_group_fwd_mask br_vlan_filtering br_vlan_protocol "
    "br_vlan_default_pvid br_mcast_snooping br_mcast_router br_mcast_querier "
    "br_mcast_query_use_ifaddr br_mcast_igmp_version br_mcast_mld_version "
    "br_mcast_query_intvl br_mcast_querier_intvl br_mcast_membership_intvl "
    "br_mcast_query_response_intvl br_mcast_last_member_cnt "
    "br_mcast_last_member_intvl br_mcast_startup_query_cnt br_nf_call_iptables "
    "br_nf_call_ip6tables br_nf_call_arptables"
)
"""What a bridge is configured with, as pyroute2 names it (linux/if_link.h, IFLA_BR_*)."""

_PORT_SETTINGS: Final = (
    "cost priority mode guard protect fast_leave mcast_to_ucast learning "
    "unicast_flood mcast_flood bcast_flood proxyarp proxyarp_wifi vlan_tunnel "
    "group_fwd_mask neigh_suppress isolated locked mab multicast_router"
)
"""What a port is configured with (IFLA_BRPORT_*): Linux forgets it when the port leaves."""

_BOND_SETTINGS: Final = (
    "bond_mode bond_miimon bond_updelay bond_downdelay bond_use_carrier bond_arp_interval "
    "bond_arp_ip_target "
    "bond_arp_validate bond_arp_all_targets bond_primary_reselect bond_fail_over_mac "
    "bond_xmit_hash_policy bond_resend_igmp bond_num_peer_notif bond_all_slaves_active "
    "bond_min_links bond_lp_interval bond_packets_per_slave bond_ad_lacp_rate bond_ad_select "
    "bond_ad_actor_sys_prio bond_ad_user_port_key bond_tlb_dynamic_lb"
)
"""What a bond is configured with (IFLA_BOND_*), as far as pyroute2 can write it."""
_PREFIXES: Final = {"bridge": "IFLA_", "bond": "IFLA_", "port": "IFLA_BRPORT_"}

_IFF_UP: Final = 0x1
_IFA_KEPT: Final = 0x02 | 0x10 | 0x100 | 0x200 | 0x400
"""nodad, homeaddress, managetempaddr, noprefixroute, autojoin (linux/if_addr.h)."""
_NTF_EXTERN_LEARN: Final = 0x10
_NUD_STATIC: Final = NUD_NOARP | NUD_PERMANENT
_CLONED: Final = 0x200


def inventory(
    inside: Inside,
    names: Collection[str],
    tables: Tables | None = None,
    *,
    deeply: Collection[str] = (),
) -> Footprint:
    """The items of the named interfaces as they are; of those in `deeply`, their sysctls too."""
    tables = tables or Tables(inside)
    links = {message["index"]: message for message in tables.links}
    index = {i: str(message.get_attr("IFLA_IFNAME")) for i, message in links.items()}
    mine = {i: name for i, name in index.items() if name in names}
    items: Items = {}
    for number, name in mine.items():
        items.update(_link(inside, links, index, number, name))
    items.update(_addresses(tables.addresses, mine))
    items.update(_neighbours(tables.neighbours, mine))
    if any(items.get(key("master", name)) for name in mine.values()):
        own = {message.get_attr("IFLA_ADDRESS") for message in links.values()}
        items.update(_fdb(tables.fdb, mine, own))
    items.update(_vlans(tables.vlans, mine))
    items.update(_routes(tables.routes, index, frozenset(mine.values()), _sources(items)))
    for name in deeply:
        items.update(_sysctls(name))
    return Footprint(frozenset(names), items)


def _link(
    inside: Inside,
    links: Mapping[int, Message],
    index: Mapping[int, str],
    number: int,
    name: str,
) -> Iterator[tuple[str, Json]]:
    message = links[number]
    kept = {"mtu": "IFLA_MTU", "queue": "IFLA_TXQLEN", "group": "IFLA_GROUP"}
    yield key("link", name), kind(message) or "device"
    yield key("up", name), bool(message["flags"] & _IFF_UP)
    yield key("master", name), index.get(message.get_attr("IFLA_MASTER"))
    yield from ((key(item, name), message.get_attr(attr)) for item, attr in kept.items())
    mac = message.get_attr("IFLA_ADDRESS")
    if kind(message) == "bridge":
        yield key("pinned", name), is_pinned(inside, links, number, name)
        yield key("follows_mtu", name), message.get_attr("IFLA_MTU") == ports_mtu(links, number)
        data = info(message, "IFLA_INFO_DATA")
        for item, value in _settings("bridge", name, data, _BRIDGE_SETTINGS):
            if not (item.endswith("br_ageing_time") and _shortened(data)):
                yield item, value
    if kind(message) == "bond":
        yield key("pinned", name), is_pinned(inside, links, number, name)
        yield from _bond(inside, message, index, name)
    if kind(message) == "vlan":
        yield key("pinned", name), is_pinned(inside, links, number, name)
        yield from _parent(message, index, name)
    peer = local_peer(message, links)
    if peer is not None:
        yield key("peer", name), index[peer]
    lent = bond_port(message)
    if lent is not None:
        yield key("worn", name), mac
    yield key("mac", name), _own_mac(inside, links, number) if lent is None else lent.mac
    port = info(message, "IFLA_INFO_SLAVE_DATA")
    master = links.get(message.get_attr("IFLA_MASTER"))
    if port is not None and master is not None and kind(master) == "bridge":
        yield from _settings("port", name, port, _PORT_SETTINGS)


def _bond(
    inside: Inside, message: Message, index: Mapping[int, str], name: str
) -> Iterator[tuple[str, Json]]:
    data = info(message, "IFLA_INFO_DATA")
    yield from _settings("bond", name, data, _BOND_SETTINGS)
    yield key("joined", name), [*joined(inside, name)]
    for item, attr in (("active", "ACTIVE_SLAVE"), ("primary", "PRIMARY")):
        port = data.get_attr(f"IFLA_BOND_{attr}")
        if port:
            yield key(item, name), index.get(port)


def _parent(message: Message, index: Mapping[int, str], name: str) -> Iterator[tuple[str, Json]]:
    """What a VLAN link is made of, where its parent is in this namespace."""
    data, parent = info(message, "IFLA_INFO_DATA"), message.get_attr("IFLA_LINK")
    if parent in index and message.get_attr("IFLA_LINK_NETNSID") is None:
        yield (
            key("parent", name),
            {
                "interface": index[parent],
                "vid": data.get_attr("IFLA_VLAN_ID"),
                "protocol": data.get_attr("IFLA_VLAN_PROTOCOL"),
                "flags": data.get_attr("IFLA_VLAN_FLAGS")["flags"],
            },
        )


def _own_mac(inside: Inside, links: Mapping[int, Message], number: int) -> Json:
    """The MAC, None where it means nothing: what `state.own_mac` says, of what Linux tells."""
    message = links[number]
    mac: str | None = message.get_attr("IFLA_ADDRESS")
    if kind(message) not in {"bridge", "bond", "vlan"}:
        return mac
    if is_pinned(inside, links, number, str(message.get_attr("IFLA_IFNAME"))):
        return mac
    if kind(message) == "vlan":
        parent = message.get_attr("IFLA_LINK")
        return _own_mac(inside, links, parent) if parent in links else mac
    ports = [i for i, m in links.items() if m.get_attr("IFLA_MASTER") == number]
    if kind(message) == "bond":
        return mac if ports else None
    return mac if any(_own_mac(inside, links, port) for port in ports) else None


def _shortened(bridge: Message) -> bool:
    """True while STP, seeing the topology change, ages by two forward delays instead of what was
    set (net/bridge/br_stp.c, `__br_set_topology_change`): then nobody can read what was set."""
    ageing, delay = (bridge.get_attr(f"IFLA_BR_{a}") for a in ("AGEING_TIME", "FORWARD_DELAY"))
    return bool(bridge.get_attr("IFLA_BR_TOPOLOGY_CHANGE")) and ageing == 2 * delay


def _settings(item: str, name: str, data: Message, wanted: str) -> Iterator[tuple[str, Json]]:
    for setting in wanted.split():
        value = data.get_attr(_PREFIXES[item] + setting.upper())
        if value is not None:
            yield key(item, name, setting), value


def _addresses(messages: Iterable[Message], mine: Mapping[int, str]) -> Items:
    found: Items = {}
    order: dict[str, list[Json]] = {}
    for message in messages:
        name = mine.get(message["index"])
        flags = message.get_attr("IFA_FLAGS") or message["flags"]
        inet = message["family"] == socket.AF_INET
        if name is None or not (inet or flags & IFA_PERMANENT):
            continue
        peer = message.get_attr("IFA_ADDRESS")
        own = message.get_attr("IFA_LOCAL") or peer
        cidr = f"{own}/{message['prefixlen']}"
        value: dict[str, Json] = {"scope": message["scope"], "flags": flags & _IFA_KEPT}
        value |= {"peer": peer} if peer != own else {}
        for part in ("broadcast", "label"):
            text = message.get_attr(f"IFA_{part.upper()}")
            value |= {part: text} if text is not None else {}
        found[key("address", name, cidr)] = value
        if inet:
            order.setdefault(name, []).append(cidr)
    return found | {key("order", name): [*own] for name, own in order.items()}


def _sources(items: Items) -> frozenset[str]:
    """The addresses, without their lengths, from which routes may send."""
    names = (name.split(" ") for name in items if name.startswith("address "))
    return frozenset(parts[2].partition("/")[0] for parts in names)


def _neighbours(messages: Iterable[Message], mine: Mapping[int, str]) -> Iterator[tuple[str, Json]]:
    for message in messages:
        name = mine.get(message["ifindex"])
        if name is not None and message["state"] & NUD_PERMANENT:
            mac = message.get_attr("NDA_LLADDR")
            yield key("neighbour", name, message.get_attr("NDA_DST")), {"mac": mac}


def _fdb(
    messages: Iterable[Message], mine: Mapping[int, str], own: Collection[str]
) -> Iterator[tuple[str, Json]]:
    """What somebody put into a bridge's table; not the addresses of its own interfaces."""
    for message in messages:
        name, mac = mine.get(message["ifindex"]), message.get_attr("NDA_LLADDR")
        if name is None or message.get_attr("NDA_MASTER") is None:
            continue
        if message["state"] & NUD_PERMANENT and mac in own:
            continue
        if message["state"] & _NUD_STATIC and not message["flags"] & _NTF_EXTERN_LEARN:
            vlan = message.get_attr("NDA_VLAN") or 0
            sticky = bool(message["flags"] & NTF_STICKY)
            value: Json = {"state": message["state"] & _NUD_STATIC, "sticky": sticky}
            yield key("fdb", name, mac, vlan), value


def _vlans(messages: Iterable[Message], mine: Mapping[int, str]) -> Iterator[tuple[str, Json]]:
    for index, own in port_vlans(messages).items():
        for one in own if index in mine else ():
            yield key("vlan", mine[index], one.vid), {"flags": flags_of(one)}


def _routes(
    messages: Iterable[Message],
    index: Mapping[int, str],
    mine: Collection[str],
    sources: Collection[str],
) -> Iterator[tuple[str, Json]]:
    """All configured routes over these interfaces, and those that send from their addresses."""
    for message in messages:
        if message["proto"] in BY_ITSELF or message["flags"] & _CLONED:
            continue
        value = _route(message, index)
        ways = {str(way["interface"]) for way in _ways(message, index)}
        if ways & set(mine) or (ways and value.get("source") in sources):
            yield _route_key(value), value


def _route(message: Message, index: Mapping[int, str]) -> dict[str, Json]:
    value: dict[str, Json] = {name: message[name] for name in ("family", "proto", "type", "scope")}
    anywhere = "::" if message["family"] == socket.AF_INET6 else "0.0.0.0"
    value["table"] = message.get_attr("RTA_TABLE") or message["table"]
    value["destination"] = f"{message.get_attr('RTA_DST') or anywhere}/{message['dst_len']}"
    value["metric"] = message.get_attr("RTA_PRIORITY") or 0
    value["tos"] = message["tos"]
    value["source"] = message.get_attr("RTA_PREFSRC")
    metrics = message.get_attr("RTA_METRICS")
    attrs = {} if metrics is None else dict(metrics["attrs"])
    value["metrics"] = {name: n for name, n in attrs.items() if isinstance(n, int)}
    value["ways"] = [*_ways(message, index)]
    return value


def _ways(message: Message, index: Mapping[int, str]) -> list[dict[str, Json]]:
    several = message.get_attr("RTA_MULTIPATH")
    if several is None:
        oif = message.get_attr("RTA_OIF")
        return [_way(message, 0, index[oif])] if oif in index else []
    return [_way(hop, hop["hops"], index[hop["oif"]]) for hop in several]


def _way(message: Message, hops: int, interface: str) -> dict[str, Json]:
    """A way; `onlink` is left out, since it only tells how somebody had it accepted."""
    return {"interface": interface, "gateway": message.get_attr("RTA_GATEWAY"), "hops": hops}


def _route_key(value: Mapping[str, Json]) -> str:
    ways = value["ways"]
    assert isinstance(ways, list)
    told = ",".join(f"{w['interface']}>{w['gateway'] or ''}" for w in ways if isinstance(w, dict))
    return key("route", str(value["table"]), value["destination"], value["metric"], told)


def _sysctls(name: str) -> Iterator[tuple[str, Json]]:
    """The interface's own sysctls, which a new one of its name does not have."""
    for family in ("ipv4", "ipv6"):
        for group in ("conf", "neigh"):
            folder = Path("/proc/sys/net") / family / group / name
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if os.access(path, os.R_OK | os.W_OK) and path.is_file():
                    yield key("sysctl", name, f"{family}/{group}/{path.name}"), _value(path)


def _value(path: Path) -> Json:
    try:
        return path.read_text().strip()
    except OSError:
        return None  # such as stable_secret, which cannot be read until it is set
