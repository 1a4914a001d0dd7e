"""Sentences of a contract that can be judged by looking at the host.

`domain` asks whether a sentence is one (`executable`) and whether it holds (`judge`).
Articles, upper case and a full stop do not matter; `{references}` are the contract's own
fields. A sentence that matches none stays prose.

    Bridge {b} exists                     Bridge {b} does not exist
    Interface {x} exists                  Interface {x} does not exist
    All {xs} exist
    {x} is a port of bridge {b}           {x} is not a port of bridge {b}
    {x} is up                             {x} is down
    {x} has address {a}                   {x} does not have address {a}
    Bridge {b} keeps its MAC address
    {x} keeps its addresses               Bridge {b} keeps its ports
    {x} keeps its routes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from controller.domains.network import address
from controller.domains.network.state import Link, Node, from_json, sorted_routes
from controller.domains.world import Json, JsonObject, Judgement

Found = tuple[bool, str]
"""Whether it holds, and what was found."""


@dataclass(frozen=True, slots=True)
class _View:
    """What a sentence is judged by: its values and the host, before and now."""

    values: Mapping[str, Json]
    before: Node
    now: Node

    def name(self, slot: str) -> str:
        """The value in a slot, as text."""
        value = self.values[slot]
        return value if isinstance(value, str) else repr(value)


def _exists(view: _View) -> Found:
    name = view.name("x")
    there = view.now.link(name) is not None
    return there, f"{name} {'exists' if there else 'does not exist'}"


def _bridge_exists(view: _View) -> Found:
    name = view.name("b")
    link = view.now.link(name)
    if link is not None and link.bridge is None:
        return False, f"{name} is a NIC"
    return link is not None, f"{name} {'does not exist' if link is None else 'exists'}"


def _all_exist(view: _View) -> Found:
    names = view.values["xs"]
    if not isinstance(names, list):
        return False, f"{names!r} is not a list"
    missing = [str(name) for name in names if view.now.link(str(name)) is None]
    return not missing, f"missing: {', '.join(missing)}" if missing else "all exist"


def _is_port(view: _View) -> Found:
    name, bridge = view.name("x"), view.name("b")
    link = view.now.link(name)
    if link is None:
        return False, f"{name} does not exist"
    of = "no bridge" if link.master is None else link.master
    return link.master == bridge, f"{name} is a port of {of}"


def _is_up(view: _View) -> Found:
    return _state(view, wanted=True)


def _is_down(view: _View) -> Found:
    return _state(view, wanted=False)


def _state(view: _View, *, wanted: bool) -> Found:
    name = view.name("x")
    link = view.now.link(name)
    if link is None:
        return False, f"{name} does not exist"
    return link.up is wanted, f"{name} is {'up' if link.up else 'down'}"


def _has_address(view: _View) -> Found:
    name, wanted = view.name("x"), view.name("a")
    link = view.now.link(name)
    if link is None:
        return False, f"{name} does not exist"
    own = link.addresses if "/" in wanted else tuple(address.bare(a) for a in link.addresses)
    return wanted in own, f"{name} has {_listed(link.addresses)}"


def _keeps_mac(view: _View) -> Found:
    return _keeps(view, lambda _node, link: (link.mac,))


def _keeps_addresses(view: _View) -> Found:
    return _keeps(view, lambda _node, link: tuple(sorted(link.addresses)))


def _keeps_ports(view: _View) -> Found:
    return _keeps(view, lambda node, link: tuple(sorted(p.name for p in node.ports(link.name))))


def _keeps_routes(view: _View) -> Found:
    return _keeps(
        view,
        lambda node, link: tuple(
            f"{route.destination} via {route.gateway or link.name}"
            for route in sorted_routes(node.routes)
            if route.interface == link.name
        ),
    )


def _keeps(view: _View, aspect: Callable[[Node, Link], tuple[str, ...]]) -> Found:
    name = view.name("x")
    before, now = view.before.link(name), view.now.link(name)
    if before is None:
        return False, f"{name} did not exist before"
    if now is None:
        return False, f"{name} does not exist any more"
    had, has = aspect(view.before, before), aspect(view.now, now)
    return had == has, f"{name} had {_listed(had)} and has {_listed(has)}"


def _listed(things: tuple[str, ...]) -> str:
    return ", ".join(things) or "none"


def _not(predicate: Callable[[_View], Found]) -> Callable[[_View], Found]:
    def opposite(view: _View) -> Found:
        holds, detail = predicate(view)
        return not holds, detail

    return opposite


_A_THING: Final = r"(?:(?:the|an?) )?(?:(?:interface|nic|port|link|uplink|bridge) )?"
_A_BRIDGE: Final = r"(?:(?:the|an?) )?(?:bridge )?"
_GONE: Final = r"(?:does not exist|doesn't exist|is missing|is absent)"
_HAS_NOT: Final = r"(?:does not have|doesn't have|has no|has not)"

_TEMPLATES: Final[tuple[tuple[str, Callable[[_View], Found]], ...]] = (
    (r"(?:the |a )?bridge <b> exists", _bridge_exists),
    (rf"(?:the |a )?bridge <b> {_GONE}", _not(_bridge_exists)),
    (rf"{_A_THING}<x> exists", _exists),
    (rf"{_A_THING}<x> {_GONE}", _not(_exists)),
    (r"all (?:of )?(?:the )?(?:(?:interfaces|nics|ports|links|bridges) )?<xs> exist", _all_exist),
    (rf"{_A_THING}<x> is (?:an? |the )?port of {_A_BRIDGE}<b>", _is_port),
    (rf"{_A_THING}<x> is (?:not (?:an? |the )?|no )port of {_A_BRIDGE}<b>", _not(_is_port)),
    (rf"{_A_THING}<x> is up", _is_up),
    (rf"{_A_THING}<x> is down", _is_down),
    (rf"{_A_THING}<x> has (?:an? |the )?(?:ip )?address <a>", _has_address),
    (rf"{_A_THING}<x> {_HAS_NOT} (?:an? |the )?(?:ip )?address <a>", _not(_has_address)),
    (rf"{_A_THING}<x> keeps its (?:own )?mac(?: address)?", _keeps_mac),
    (rf"{_A_THING}<x> keeps (?:all )?its (?:ip )?addresses", _keeps_addresses),
    (rf"{_A_BRIDGE}<x> keeps (?:all )?its ports", _keeps_ports),
    (rf"{_A_THING}<x> keeps (?:all )?its routes", _keeps_routes),
)

_SLOT: Final = r"(\{\w+\}|[^\s{}]*[\d.:-][^\s{}]*)"
"""A reference, or a name with a digit or a mark in it: other words are prose."""


def _compiled(template: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    slots = tuple(re.findall(r"<(\w+)>", template))
    return re.compile(re.sub(r"<\w+>", lambda _: _SLOT, template), re.IGNORECASE), slots


_PHRASES: Final = tuple((*_compiled(text), predicate) for text, predicate in _TEMPLATES)


def _matched(
    sentence: str,
) -> tuple[Callable[[_View], Found], dict[str, str]] | None:
    """The predicate of a sentence, and what stands in each of its slots."""
    plain = " ".join(sentence.split()).rstrip(".")
    for pattern, slots, predicate in _PHRASES:
        match = pattern.fullmatch(plain)
        if match is not None:
            return predicate, dict(zip(slots, match.groups(), strict=True))
    return None


def executable(sentence: str) -> bool:
    """True when a phrase matches the sentence."""
    return _matched(sentence) is not None


def judge(
    sentence: str, values: JsonObject, before: JsonObject, now: JsonObject
) -> Judgement | None:
    """Judge a sentence by two observed states; None if no phrase matches.

    Raises `ValueError` if a state is not a network's.
    """
    matched = _matched(sentence)
    if matched is None:
        return None
    predicate, slots = matched
    filled: dict[str, Json] = {}
    for slot, said in slots.items():
        field = said[1:-1] if said.startswith("{") else None
        filled[slot] = said if field is None else values.get(field)
        if filled[slot] is None:
            return Judgement(sentence, holds=False, detail=f"there is no value for {said}")
    view = _View(filled, from_json(before).subject, from_json(now).subject)
    holds, detail = predicate(view)
    return Judgement(sentence, holds, detail)
