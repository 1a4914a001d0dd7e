"""Which steps lead back: from a footprint as it is now towards one as it was. Pure.

Steps have side effects of their own (an interface that goes down loses its routes), so a kernel
reads again after them and asks again, until nothing differs: `restore_until_equal`. So it does
not matter where an earlier undoing was cut short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from controller import limits
from controller.domains.network.footprint import (
    Footprint,
    Items,
    differences,
    interfaces_of,
    key,
    parts,
    sparing,
)
from controller.domains.world import Json, OperationRefused

FOLLOWS: Final = None
"""The MAC of a bridge that follows its ports and has none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: `release`, `delete`, `create`, `remove` an item or `put` it."""

    action: str
    item: str
    value: Json = None


_ORDER: Final = (
    "mac",
    "bridge",
    "bond",
    "master",
    "worn",
    "port",
    "vlan",
    "mtu",
    "queue",
    "group",
    "sysctl",
    "up",
    "primary",
    "active",
    "address",
    "neighbour",
    "fdb",
    "route",
    "profile",
)
"""Kinds in the order in which they are put: what others need comes first."""

_FIRST_OF_BOND: Final = ("mode", "bond_mode")
"""What decides which other settings a bond has, as either kernel calls it."""

_FOLLOWERS: Final = frozenset({"bridge", "vlan"})
"""What has the MAC of others unless it is given one."""

_REMOVED: Final = ("profile", "route", "neighbour", "fdb", "address", "vlan")
"""Kinds that can be taken away, in that order."""


def steps(before: Footprint, now: Footprint) -> Iterator[Step]:
    """What to do next. Nothing when all items are as they were.

    An interface that has to be made first gets its other items in the next round.
    """
    was, there = before.items, now.items
    gone = {parts(n)[1] for n in was if n.startswith("link ") and n not in there}
    extra = {parts(n)[1] for n in there if n.startswith("link ") and n not in was}
    anew = {parts(n)[1] for n in _of_kind(was, "pinned") if _pinned_since(was, there, n)}
    anew |= {parts(n)[1] for n in _of_kind(was, "parent") if was[n] != there.get(n, was[n])}
    for name in _of_kind(there, "master"):
        moves = was.get(name) != there[name] or _own_mac_differs(was, there, parts(name)[1])
        if moves and there[name] is not None:
            yield Step("release", parts(name)[1], there[name])
    yield from (Step("delete", name) for name in sorted(extra | anew))
    for name in sorted(gone | anew, key=lambda name: (key("parent", name) in was, name)):
        if str(was.get(key("peer", name), "~")) > name:
            yield Step("create", name, _description(was, name))
    absent = gone | extra | anew
    was = {name: value for name, value in was.items() if not _waits(name, value, absent)}
    there = {name: value for name, value in there.items() if parts(name)[1] not in absent}
    yield from _removals(was, there)
    yield from _puts(was, there)


def _description(was: Items, name: str) -> dict[str, Json]:
    """What has to be said when an interface is made: its kind, a MAC of its own, its parent, its
    other end, which is made with it."""
    pinned = was.get(key("pinned", name)) is True
    made: dict[str, Json] = {"kind": was[key("link", name)]}
    made["mac"] = was.get(key("mac", name)) if pinned else None
    told = {part: was.get(key(part, name)) for part in ("parent", "peer")}
    return made | {part: value for part, value in told.items() if value is not None}


def _own_mac_differs(was: Items, there: Items, port: str) -> bool:
    """What a port of a bond gets back when it leaves can only be set before it joins."""
    own = key("mac", port)
    return key("worn", port) in there and was.get(own) != there[own]


def _waits(name: str, value: Json, absent: Collection[str]) -> bool:
    return bool(interfaces_of(name, value) & frozenset(absent)) or (
        name.startswith("master ") and value in absent
    )


def _pinned_since(was: Items, there: Items, pinned: str) -> bool:
    """A bridge without ports, or a VLAN, whose MAC was set: only a new one follows again."""
    name = parts(pinned)[1]
    alone = was.get(key("mac", name), "") is FOLLOWS or key("parent", name) in was
    return was[pinned] is False and alone and there.get(pinned) is True


def _removals(was: Items, there: Items) -> Iterator[Step]:
    again = _out_of_order(was, there)
    for kind in _REMOVED:
        for name in _of_kind(there, kind):
            if was.get(name) != there[name] or name in again:
                yield Step("remove", name, there[name])


def _puts(was: Items, there: Items) -> Iterator[Step]:
    again = _out_of_order(was, there)
    for kind in _ORDER:
        wanted = [n for n in _of_kind(was, kind) if _is_put(n, was, there) or n in again]
        for name in sorted(wanted, key=lambda n: _rank(was, n)):
            yield Step("put", name, was[name])


def _is_put(name: str, was: Items, there: Items) -> bool:
    if name.startswith("mtu "):
        follows = key("follows_mtu", parts(name)[1])
        if was.get(follows) is True and there.get(follows) is True:
            return False  # it follows its ports, which are put back themselves
        return was[name] != there.get(name)
    if not name.startswith("mac "):
        return was[name] != there.get(name)
    if was[name] is FOLLOWS:
        return False
    interface = parts(name)[1]
    pinned, lent = key("pinned", interface), was.get(key("link", interface)) in _FOLLOWERS
    if lent and was.get(pinned) is False and there.get(pinned) is False:
        return False  # it follows its ports or its parent, which are put back themselves
    return was[name] != there.get(name) or (was.get(pinned), there.get(pinned)) == (True, False)


def _out_of_order(was: Items, there: Items) -> set[str]:
    """Addresses that lie in another order than before, which decides who is primary."""
    found: set[str] = set()
    for name in _of_kind(was, "order"):
        wanted, is_now = was[name], there.get(name)
        if not isinstance(wanted, list) or not isinstance(is_now, list):
            continue
        stays = [own for own in is_now if own in wanted]
        if stays != [own for own in wanted if own in stays]:
            found |= {key("address", parts(name)[1], own) for own in stays}
    return found


def _rank(was: Items, name: str) -> tuple[object, ...]:
    """Addresses and a bond's ports in their order; routes to gateways' networks before routes over
    gateways; a bond's mode before its other settings."""
    kind, interface, which = parts(name)
    if kind == "address":
        order = was.get(key("order", interface))
        place = order.index(which) if isinstance(order, list) and which in order else 0
        return (interface, place, which)
    if kind == "bond":
        return (which not in _FIRST_OF_BOND, interface, which)
    if kind == "master":
        joined = was.get(key("joined", str(was[name])))
        place = joined.index(interface) if isinstance(joined, list) and interface in joined else 0
        return (str(was[name]), place, interface)
    if kind == "route":
        value = was[name]
        assert isinstance(value, dict)
        ways = value["ways"]
        assert isinstance(ways, list)
        direct = all(isinstance(way, dict) and way.get("gateway") is None for way in ways)
        return (not direct, name)
    return (name,)


def _of_kind(items: Items, kind: str) -> list[str]:
    return sorted(name for name in items if parts(name)[0] == kind)


def restore_until_equal(
    before: Footprint,
    spared: Collection[str],
    look: Callable[[], Footprint],
    do: Callable[[Step], None],
) -> tuple[str, ...]:
    """Take steps and look again until nothing differs; what still does, in words, with reasons.

    `look` reads the footprint's interfaces as they are; `do` raises `OperationRefused`.
    """
    refusals: dict[str, str] = {}
    for _ in range(limits.RESTORE_ROUNDS):
        now = look()
        wanted = sparing(before, now, spared)
        planned = list(steps(wanted, now))
        if not planned:
            break
        refusals.clear()
        for step in planned:
            try:
                do(step)
            except OperationRefused as refused:
                refusals[step.item] = f"{step.action} {step.item}: {refused.reason}"
    now = look()
    left = differences(sparing(before, now, spared), now)
    return (*left, *refusals.values()) if left else ()
