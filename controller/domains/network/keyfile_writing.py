"""Writes profiles as NetworkManager's keyfiles: `Profile` → bytes (nm-settings-keyfile(5)).

`disk` calls `render`. A keyfile is a document: what `Profile` does not know, and what does not
change, comments too, stays as it is. Ports are written with the keys `master` and `slave-type`,
which every version reads; 1.42 does not know `controller` and `port-type`.
"""

from __future__ import annotations

from dataclasses import fields

from controller.domains.network import address
from controller.domains.network.keyfile import (
    GATEWAY_6,
    GROUP,
    GROUPS,
    LISTED,
    lines_of,
    pairs_of,
    parse,
)
from controller.domains.network.keyfile_settings import NOWHERE, SETTINGS
from controller.domains.network.profile import Profile, Way


def render(profile: Profile, former: bytes | None = None) -> bytes:
    """The keyfile of a profile, written over a former one. Raises `Malformed` if that is none."""
    document = _Document([] if former is None else _trimmed(lines_of(former)))
    before = Profile("", "") if former is None else parse(former)
    changed = {
        field.name
        for field in fields(Profile)
        if getattr(profile, field.name) != getattr(before, field.name)
    }
    if changed & {"addresses", "gateway"}:
        changed |= {"addresses", "gateway"}
    for setting in SETTINGS:
        if setting.field in changed:
            value = getattr(profile, setting.field)
            document.put(setting.places, None if value is None else setting.write(value))
    if "addresses" in changed:
        for version, group in GROUPS.items():
            document.put_list(group, "address", address.of_version(version, profile.addresses))
        _let_ipv6(document, profile, before)
    if "routes" in changed:
        document.put((GATEWAY_6,), None)
        for version, group in GROUPS.items():
            ways = [w for w in profile.routes if address.version(w.destination) == version]
            document.put_list(group, "route", [_written(way) for way in ways])
    return "\n".join([*document.lines, ""]).encode()


def _let_ipv6(document: _Document, profile: Profile, before: Profile) -> None:
    """IPv6 addresses need a method that takes them; without any it is left to NetworkManager."""
    has, had = (bool(address.of_version(6, one.addresses)) for one in (profile, before))
    if has or had:
        document.put((("ipv6", "method"),), "manual" if has else None)


def _trimmed(lines: list[str]) -> list[str]:
    return lines[:-1] if lines and not lines[-1] else lines


def _written(way: Way) -> str:
    if way.metric is None:
        return way.destination if way.gateway is None else f"{way.destination},{way.gateway}"
    nowhere = NOWHERE[address.version(way.destination)]
    return f"{way.destination},{way.gateway or nowhere},{way.metric}"


class _Document:
    """The lines of a keyfile that is being changed."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def put(self, places: tuple[tuple[str, str], ...], raw: str | None) -> None:
        """Let the first of these keys say this, and the others nothing."""
        there = [place for place in places if self._find(place)]
        at = min((number for place in there for number in self._find(place)), default=None)
        group, key = next((p for p in places if self._starts(p[0])), places[0])
        for place in there:
            self._drop(self._find(place))
        if raw is None:
            return
        if at is not None and there[0][0] == group:
            self.lines.insert(at, f"{key}={raw}")
        else:
            self._append(group, f"{key}={raw}")

    def put_list(self, group: str, kind: str, values: list[str]) -> None:
        """Let `kind1`, `kind2` … of a group be these, and nothing else."""
        pairs = [pair for pair in pairs_of(self.lines) if pair.group == group]
        matched = ((pair, LISTED.fullmatch(pair.key)) for pair in pairs)
        self._drop([p.line - 1 for p, found in matched if found is not None and found[1] == kind])
        for number, value in enumerate(values, 1):
            self._append(group, f"{kind}{number}={value}")

    def _find(self, place: tuple[str, str]) -> list[int]:
        return [p.line - 1 for p in pairs_of(self.lines) if (p.group, p.key) == place]

    def _drop(self, numbers: list[int]) -> None:
        for number in sorted(numbers, reverse=True):
            del self.lines[number]

    def _starts(self, group: str) -> bool:
        return any((m := GROUP.fullmatch(line)) and m[1] == group for line in self.lines)

    def _append(self, group: str, line: str) -> None:
        """Put a line after the last one of a group, which is begun if it is not there."""
        end, inside = None, False
        for number, text in enumerate(self.lines):
            header = GROUP.fullmatch(text)
            inside = header[1] == group if header is not None else inside
            if inside and text.strip():
                end = number + 1
        if end is None:
            self.lines += [*([""] if self.lines else []), f"[{group}]", line]
        else:
            self.lines.insert(end, line)
