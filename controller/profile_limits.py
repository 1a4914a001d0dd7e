"""Every number that bounds what a host starts from: name, unit, default and reason."""

from __future__ import annotations

from typing import Final

PROFILE_ID_BYTES: Final = 80
"""A profile's id in UTF-8: each byte may take three characters of a file name of at most 255."""
PROFILE_BYTES: Final = 64 * 1024
"""One keyfile: profiles have a few hundred bytes, with certificates inside some kilobytes."""
PROFILES: Final = 512
"""Profiles of a host that are read, by file name: NICs are tens, VLANs seldom hundreds."""
PROFILE_ADDRESSES: Final = 64
"""Addresses, and routes, of one profile that an operation may write."""
LEASE_BYTES: Final = 1024 * 1024
"""One file of leases: dhclient appends a few hundred bytes with each renewal, and rewrites it."""
LEASE_FILES: Final = 512
"""Files of leases that are read, by name: one for each interface, and some that are left over."""
RELOAD_SECONDS: Final = 10.0
"""NetworkManager answers a reload within milliseconds; one that hangs must not hold a gene up."""
BOOT_SECONDS: Final = 35.0
"""After a start in an ordeal: NetworkManager takes some seconds, STP two forward delays of 15."""
ROUTE_METRICS: Final = {"ethernet": 100, "bond": 300, "vlan": 400, "bridge": 425}
"""What NetworkManager gives routes without one, by the type of the profile; the next interface of
that type gets one more. Seen in version 1.42."""
