"""Reads profiles from NetworkManager's keyfiles: bytes → `Profile` (nm-settings-keyfile(5)).

`disk` reads the files, `keyfile_writing` writes their bytes. Older names of keys are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from controller import profile_limits
from controller.domains.network import address
from controller.domains.network.keyfile_settings import SETTINGS, Setting, is_gateway, usable
from controller.domains.network.profile import Profile, Way

ENDING: Final = ".nmconnection"

GROUP: Final = re.compile(r"\[([^\[\]\x00-\x1f]+)\]\s*")
_PAIR: Final = re.compile(r"\s*([^\s=\[\]#][^=\[\]]*?)(?:\[[^\]]*\])?\s*=\s*(.*)")
LISTED: Final = re.compile(r"(address|route)(es|s)?\d*(_options)?")
_ESCAPES: Final = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\", ";": ";"}


class Malformed(Exception):
    """A file that NetworkManager would not take, with the line where that shows, and a hint."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason
        self.hint = "mend the file as nm-settings-keyfile(5) has it, or remove it"


GROUPS: Final[Mapping[address.Version, str]] = {4: "ipv4", 6: "ipv6"}
"""Where the addresses and the routes of a version of IP are."""
GATEWAY_6: Final = ("ipv6", "gateway")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its value as it is written, in a group, on a line."""

    group: str
    key: str
    raw: str
    line: int


def file_name(profile_id: str) -> str:
    """The file for a profile of that id: never hidden, never in another directory, one for each."""
    kept = (c if c.isascii() and (c.isalnum() or c in "-_ ") else _escaped(c) for c in profile_id)
    return "".join(kept).replace(" ", "%20") + ENDING


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


# --- reading ----------------------------------------------------------------------------


def parse(data: bytes) -> Profile:
    """The profile in a keyfile. Raises `Malformed`."""
    pairs = [*pairs_of(lines_of(data))]
    known = {(pair.group, pair.key): pair for pair in pairs}
    found: dict[str, object] = {}
    for setting in SETTINGS:
        pair = next((known[place] for place in setting.places if place in known), None)
        if pair is not None:
            found[setting.field] = _read(setting, pair)
    for required in ("id", "type"):
        if not found.get(required):
            raise Malformed(len(data.splitlines()) or 1, f"[connection] has no {required}")
    both = {version: _listed(pairs, group) for version, group in GROUPS.items()}
    found["addresses"] = tuple(own for addresses, _, _ in both.values() for own in addresses)
    found["gateway"] = found.get("gateway") or both[4][1]
    default = [pair for pair in pairs if (pair.group, pair.key) == GATEWAY_6 and pair.raw.strip()]
    router = _router(default[-1]) if default else both[6][1]
    ways = [Way(address.EVERYWHERE[6], router)] if router is not None else []
    found["routes"] = (*both[4][2], *both[6][2], *ways)
    return Profile(**found)  # type: ignore[arg-type]


def _listed(
    pairs: Iterable[Pair], group: str
) -> tuple[tuple[str, ...], str | None, tuple[Way, ...]]:
    """The addresses of a group, the first gateway that stands beside one, and its routes."""
    own = [pair for pair in pairs if pair.group == group and pair.raw.strip()]
    addresses = [_address(pair) for pair in own if _kind(pair.key) == "address"]
    gateways = (gateway for _own, gateway in addresses if gateway is not None)
    routes = tuple(_route(pair) for pair in own if _kind(pair.key) == "route")
    return tuple(cidr for cidr, _gateway in addresses), next(gateways, None), routes


def _router(pair: Pair) -> str | None:
    """The gateway of [ipv6], which is a profile's route to everywhere."""
    if not is_gateway(_plain(pair.raw)):
        raise Malformed(pair.line, f"{pair.key}={pair.raw} is not an IPv6 address")
    return usable(_plain(pair.raw))


def lines_of(data: bytes) -> list[str]:
    """The lines of a keyfile. Raises `Malformed` for what cannot be one."""
    if len(data) > profile_limits.PROFILE_BYTES:
        raise Malformed(1, f"it has more than {profile_limits.PROFILE_BYTES} bytes")
    try:
        return data.decode().split("\n")
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise Malformed(line, "it is not UTF-8") from wrong


def pairs_of(lines: list[str]) -> Iterator[Pair]:
    """Every key of a document, in order. Raises `Malformed`."""
    group: str | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        header, pair = GROUP.fullmatch(line), _PAIR.fullmatch(line)
        if header is not None:
            group = header[1]
        elif pair is None:
            raise Malformed(number, "it is no key=value, no [group] and no # comment")
        elif group is None:
            raise Malformed(number, f"{pair[1]} stands before any [group]")
        else:
            yield Pair(group, pair[1], pair[2], number)


def _read(setting: Setting, pair: Pair) -> object:
    try:
        return setting.read(_plain(pair.raw))
    except ValueError as wrong:
        raise Malformed(pair.line, f"{pair.key}={pair.raw} is not {setting.wanted}") from wrong


def _plain(raw: str) -> str:
    """A value without GLib's escapes."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), raw.rstrip())


def _kind(key: str) -> str | None:
    found = LISTED.fullmatch(key)
    return found[1] if found is not None and found[3] is None else None


def _address(pair: Pair) -> tuple[str, str | None]:
    """`10.0.0.1/24` or `10.0.0.1/24,10.0.0.254`."""
    own, *rest = re.split(r"[,;]", pair.raw.strip().rstrip(";,"))
    gateway = rest[0].strip() if rest else None
    if not address.is_cidr(own) or not is_gateway(gateway) or len(rest) > 1:
        raise Malformed(pair.line, f"{pair.key}={pair.raw} is not ADDRESS/LENGTH[,GATEWAY]")
    return own, usable(gateway)


def _route(pair: Pair) -> Way:
    """`10.0.0.0/16[,10.0.0.254[,100]]`."""
    to, *rest = (part.strip() for part in re.split(r"[,;]", pair.raw.strip().rstrip(";,")))
    gateway, metric = (*rest, None, None)[:2]
    if not address.is_network(to) or not is_gateway(gateway) or len(rest) > 2:
        raise Malformed(
            pair.line, f"{pair.key}={pair.raw} is not NETWORK/LENGTH[,GATEWAY[,METRIC]]"
        )
    if metric is not None and not metric.isdecimal():
        raise Malformed(pair.line, f"the metric {metric} is no number")
    return Way(to, usable(gateway), int(metric or 0) or None)
