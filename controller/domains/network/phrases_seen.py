"""Phrases about what a diagnostic sees: who answers, what moves, where switches look.

What the world itself told the gene decides first: not what the gene says it was told. What
nobody looked into counts as if it held, so that a diagnostic which does not look cannot call
anything healthy; one that says `healthy` is false may have its reasons, so there it is open.
Where neither the answers nor the observed world can tell, the verdict is None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from controller.domains.network import address
from controller.domains.network.cabling import ways
from controller.domains.network.phrase import Found, Phrase, View, listed, opposite
from controller.domains.network.phrases_arranging import (
    after,
    with_stale_entry,
    with_two_ways,
)
from controller.domains.network.state import End, World
from controller.domains.world import Json

# --- who answers ------------------------------------------------------------------------


def _unanswered(view: View) -> Found:
    """A pair of vantage and address without a single answer to its probes."""
    name = view.names["addressed"]
    before, now = view.before.subject.link(name), view.link("addressed")
    peers = sorted(node.name for node in view.now.nodes if node.role == "peer")
    if before is None or now is None or set(before.addresses) != set(now.addresses):
        return None, f"{name} is not what it was"
    if not peers or not now.addresses:
        return None, f"{name} has {listed(now.addresses)}, vantages are {listed(peers)}"
    answered = {pair for pair, count in _probes(view) if count > 0}
    asked = {pair for pair, _count in _probes(view)}
    pairs = [(peer, address.bare(own)) for peer in peers for own in now.addresses]
    silent = [
        f"{own} did not answer {peer}" for peer, own in pairs if (peer, own) in asked - answered
    ]
    if silent:
        return True, "; ".join(silent)
    unasked = [f"{own} was not asked by {peer}" for peer, own in pairs if (peer, own) not in asked]
    if unasked:
        return unseen(view), "; ".join(unasked)
    return False, f"every address of {name} answered every vantage"


def unseen(view: View) -> bool | None:
    """The verdict on what nobody looked into."""
    return None if view.values.get("healthy") is False else True


def _probes(view: View) -> Iterator[tuple[tuple[str, str], int]]:
    """(vantage, address) and the answers of each series of probes."""
    for answer in view.answers:
        result, asked = answer.result, answer.operation.arguments
        if answer.operation.name == "vantage_ping" and isinstance(result, dict):
            count = result.get("answered")
            pair = str(asked.get("vantage")), address.bare(str(asked.get("address")))
            yield pair, count if isinstance(count, int) else 0


def _silenced(view: View) -> World | None:
    name = view.names["addressed"]
    link = view.link("addressed")
    if link is None or not link.addresses:
        return None
    return after(view.now, "set_link_state", interface=name, up=False)


# --- what moves -------------------------------------------------------------------------


def _moves(view: View) -> Found:
    watched = [a.result for a in view.answers if a.operation.name == "watch_moves"]
    moved = [str(move.get("mac")) for found in watched for move in records(found)]
    if moved:
        return True, f"{listed(sorted(set(moved)))} moved"
    return (False, "nothing moved") if watched else (unseen(view), "nobody watched")


def _flapping(view: View) -> World | None:
    bridge = next(
        (link.name for link in view.now.subject.links if _is_meant(view, link.name)), None
    )
    return None if bridge is None else with_two_ways(view.now, bridge)


def _is_meant(view: View, name: str) -> bool:
    """True for a bridge that the gene's input names."""
    link = view.now.subject.link(name)
    return link is not None and link.kind == "bridge" and name in view.values.values()


# --- where switches look ----------------------------------------------------------------


def _misled(view: View) -> Found:
    """A switch that would send frames for the bridge's MAC where the bridge is not."""
    name = view.names["bridge"]
    before, now = view.before.subject.link(name), view.link("bridge")
    if before is None or now is None or before.mac != now.mac:
        return None, f"{name} is not what it was"
    switches = [node.name for node in view.now.nodes if node.role == "switch"]
    ends = ways(view.now, name)
    if not switches or ends != ways(view.before, name):
        return None, f"no switch can be seen, or the ports of {name} changed"
    verdicts = [_misled_switch(view, switch, now.mac, ends) for switch in switches]
    wrong = [detail for found, detail in verdicts if found]
    if wrong:
        return True, "; ".join(wrong)
    unknown = [detail for found, detail in verdicts if found is None]
    if unknown:
        return None, "; ".join(unknown)
    return False, f"every switch sends what is for {name} to it"


def _misled_switch(view: View, switch: str, mac: str, ends: Collection[End]) -> Found:
    told = [
        str(entry.get("port"))
        for answer in view.answers
        if answer.operation.name == "vantage_fdb"
        and answer.operation.arguments.get("vantage") == switch
        and str(answer.operation.arguments.get("mac")).lower() == mac
        for entry in records(answer.result)
    ]
    astray = [port for port in told if End(switch, port) not in ends]
    if astray:
        return True, f"{switch} sends {mac} to {listed(astray)}"
    before, now = (_astray(world, switch, mac, ends) for world in (view.before, view.now))
    if before and now:
        if told:
            return None, f"{switch} changed its mind"
        return True, f"{switch} sends {mac} to {listed(now)}"
    if before or now:
        return None, f"{switch} changed its mind"
    return False, f"{switch} is right"


def _astray(world: World, switch: str, mac: str, ends: Collection[End]) -> list[str]:
    """The ports that do not lead to the bridge, to which a switch forwards its MAC."""
    node = world.node(switch)
    found = (entry.port for entry in node.fdb if entry.mac == mac) if node else ()
    return sorted(port for port in found if End(switch, port) not in ends)


def records(found: Json) -> Iterator[dict[str, Json]]:
    """The records in what the world answered."""
    yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


PHRASES: Final[tuple[Phrase, ...]] = (
    Phrase(
        "An address of interface {addressed} does not answer a vantage",
        (
            "[any/some] [ip] address of <addressed> does not answer [any/some] vantage/host/peer",
            "[any/some] [ip] address of <addressed> is unreachable [from] [any/some]"
            " [vantage/host/peer]",
            "<addressed> does not answer [any/some] vantage/host/peer",
        ),
        _unanswered,
        _silenced,
    ),
    Phrase(
        "Every address of interface {addressed} answers every vantage",
        ("all/every/each [ip] address of <addressed> answers all/every/each vantage/host/peer",),
        opposite(_unanswered),
    ),
    Phrase(
        "A MAC address moves between ports while it is watched",
        (
            "[any/some] mac [address] moves/flaps between ports [while] [it] [is] [watched]",
            "[any/some] mac [address] appears on more than one port"
            " [while/within/during] [it/monitoring] [is/window] [watched]",
        ),
        _moves,
        _flapping,
    ),
    Phrase(
        "A switch forwards the MAC address of bridge {bridge} to a port that does not lead to it",
        (
            "[any/some] switch forwards/sends mac [address] of <bridge>"
            " to port [which] does not lead to it/bridge",
            "[any/some] switch sends [frames/traffic] for <bridge>"
            " to port [which] does not lead to it/bridge",
        ),
        _misled,
        lambda view: with_stale_entry(view.now, view.names["bridge"]),
    ),
)
