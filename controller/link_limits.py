"""Every number that bounds a frame or a VLAN: name, unit, default and reason.

`limits` has the others.
"""

from __future__ import annotations

from typing import Final

MTU_MIN: Final = 68
"""Bytes of the smallest frame that every IPv4 host must take (RFC 791; Linux, IPV4_MIN_MTU)."""
MTU_DEFAULT: Final = 1500
"""Bytes that an Ethernet frame carries unless somebody sets more or less (IEEE 802.3)."""
MTU_MAX: Final = 65_535
"""Bytes of the largest IPv4 packet (RFC 791; Linux, ETH_MAX_MTU); most NICs take far less."""
MTU_MIN_IPV6: Final = 1280
"""Bytes of the smallest frame on a link that has IPv6 (RFC 8200, section 5): Linux takes IPv6 away
from an interface whose frames are smaller."""
ROUTE_METRIC_6: Final = 1024
"""Metric of an IPv6 route that is given none (linux/ipv6_route.h, IP6_RT_PRIO_USER)."""
CONNECTED_METRIC: Final = {4: 0, 6: 256}
"""By the version of IP, the metric of routes that come with addresses (IP6_RT_PRIO_ADDRCONF)."""
DAD_SECONDS: Final = 5.0
"""Wait until Linux has found out whether somebody else has an IPv6 address: a delay of up to a
second, then one second for each probe (RFC 4862, section 5.4), of which there is one by default."""
VLAN_ID_MIN: Final = 1
"""Lowest VLAN id: 0 says that a frame has a priority and no VLAN (IEEE 802.1Q, table 9-2)."""
VLAN_ID_MAX: Final = 4094
"""Highest VLAN id: 4095 is reserved (IEEE 802.1Q, table 9-2)."""
VLAN_DEFAULT_PVID: Final = 1
"""VLAN that the ports of a new Linux bridge are in (IEEE 802.1Q, table 9-2)."""
