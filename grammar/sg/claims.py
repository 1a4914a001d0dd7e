"""Which names of a topology's own resources and hardware do not fit together.

Called by check_topology.py: an interface that two resources take for themselves, and words in
`verify:` that are probably a resource's misspelt name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grammar.nearest import SLIP, did_you_mean, nearest
from grammar.remarks import Remarks, somewhere
from grammar.sg.composition import Ask, AskEach, Given, Template, Topology, Value
from grammar.sg.terms import Reference
from grammar.sg.value import leaves, value_text
from grammar.sg.vocabulary import Vocabulary
from grammar.source import Span


def say_claims(remarks: Remarks, topology: Topology, vocabulary: Vocabulary) -> None:
    """Complain about each interface that is claimed a second time."""
    claimed: dict[str, tuple[str, int]] = {}
    for name, given in _exclusive(topology, vocabulary):
        span = somewhere(given.place)
        for leaf in leaves(given.value):
            shown = value_text(leaf)
            first = next((claimed[key] for key in _overlapping(leaf, claimed)), None)
            if first is not None:
                hint = f"`{first[0]}` takes it in line {first[1]}"
                remarks.say("SG-E249", f"`{shown}` is taken already", span, hint)
            claimed.setdefault(shown, (name, span.line))


def _exclusive(topology: Topology, vocabulary: Vocabulary) -> Iterator[tuple[str, Given]]:
    for resource in topology.has:
        known = vocabulary.get(resource.kind, {})
        for given in resource.properties:
            if given.name in known and known[given.name].exclusive:
                yield resource.name, given


def _overlapping(leaf: Value, claimed: Mapping[str, object]) -> Iterator[str]:
    """Those of the claims that mean the same: `{nic}` is all of `{nic.0}`, `{nic.1}`, …"""
    shown = value_text(leaf)
    if shown in claimed:
        yield shown
    if not isinstance(leaf, Reference):
        return
    if leaf.index is not None:
        whole = f"{{{leaf.name}}}"
        yield from (key for key in (whole,) if key in claimed)
    else:
        yield from (key for key in claimed if key.startswith(f"{{{leaf.name}."))


def say_slips(remarks: Remarks, topology: Topology) -> None:
    """Complain about words in `verify:` that are very much like a resource's name."""
    names = [resource.name for resource in topology.has]
    for value, span in _given(topology.verify.asks if topology.verify else ()):
        for word in filter(None, map(_name, leaves(value))):
            if word not in names and nearest(word, names, SLIP) is not None:
                hint = did_you_mean(word, names)
                remarks.say("SG-E232", f"unknown resource `{word}`", somewhere(span), hint)


def _given(asks: Sequence[Ask | AskEach]) -> Iterator[tuple[Value, Span | None]]:
    for ask in asks:
        if isinstance(ask, Ask):
            yield from ((given.value, given.place) for given in ask.arguments)
        else:
            yield ask.over, ask.place
            yield from _given(ask.body)


def _name(leaf: Value) -> str | None:
    """What may be a resource's name: `storage` in `storage`, `storage.100`, `storage.{vlan}`."""
    if isinstance(leaf, Template):
        first = leaf.parts[0]
        return first.split(".")[0] if isinstance(first, str) and "." in first else None
    return leaf.split(".")[0] if isinstance(leaf, str) else None
