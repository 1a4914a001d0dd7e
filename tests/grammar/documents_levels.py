"""Hypothesis strategies for pathways, topologies and intents that can be written down."""

from __future__ import annotations

from hypothesis import strategies as st

from grammar.sg.composition import (
    Arm,
    Ask,
    AskEach,
    Choose,
    Follow,
    Given,
    HostSet,
    Intent,
    Named,
    Need,
    Pathway,
    Probes,
    Remedy,
    Repeat,
    Resource,
    Run,
    Step,
    Template,
    Topology,
    Value,
)
from grammar.sg.nodes import Reference, Risk
from grammar.sg.value import listed
from tests.grammar.documents import fields, literals, names, prose, unique

ATOMS = "abcXYZ019_.:/@%+-"

references = st.builds(
    Reference, names, st.none() | st.integers(0, 99), st.none() | st.integers(1, 99)
)


def _alternating(parts: list[str | Reference]) -> tuple[str | Reference, ...]:
    """Neighbouring pieces of text are one piece."""
    joined: list[str | Reference] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


templates = (
    st.lists(st.text(ATOMS, min_size=1, max_size=5) | references, min_size=2, max_size=4)
    .map(_alternating)
    .filter(lambda parts: len(parts) > 1 and any(isinstance(part, Reference) for part in parts))
    .map(Template)
)
values: st.SearchStrategy[Value] = st.recursive(
    references | templates | literals,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: listed(tuple(items))),
    max_leaves=6,
)
lists = st.lists(values, max_size=3).map(lambda items: listed(tuple(items)))
givens = unique(st.builds(Given, names, values))

calls = names.filter(lambda name: name not in ("for", "when"))
ask = st.builds(Ask, names.filter(lambda name: name not in ("for", "within", "all")), givens)
asks = st.recursive(
    ask,
    lambda inner: st.builds(
        AskEach, names, references | lists, st.lists(inner, min_size=1, max_size=2).map(tuple)
    ),
    max_leaves=4,
)
probes = st.builds(Probes, st.lists(asks, min_size=1, max_size=3).map(tuple), st.integers(0, 10**9))

arms = st.lists(
    st.builds(Arm, literals.filter(lambda value: not isinstance(value, tuple)), names, givens)
    | st.builds(Arm, st.none(), names, givens, st.just(True)),
    min_size=1,
    max_size=3,
    unique_by=lambda arm: (arm.otherwise, repr(arm.value)),
).map(tuple)
runs = st.builds(Run, calls, givens) | st.builds(Follow, names, givens)
chooses = st.builds(Choose, st.integers(1, 99), names, arms)
actions = st.recursive(
    runs | chooses,
    lambda inner: st.builds(
        Repeat, names, references | lists, st.lists(inner, min_size=1, max_size=2).map(tuple)
    ),
    max_leaves=4,
)
_CONTRARY = {Remedy.ROLLBACK, Remedy.PRESERVE}
remedies = (
    st.lists(st.sampled_from(Remedy), max_size=4, unique=True)
    .filter(lambda found: not set(found) >= _CONTRARY)
    .map(tuple)
)
domains = st.none() | names


@st.composite
def pathways(draw: st.DrawFn) -> Pathway:
    """A pathway whose dependencies lead to earlier steps."""
    found = draw(st.lists(actions, min_size=1, max_size=4))
    pairs = [(late, early) for late in range(2, len(found) + 1) for early in range(1, late)]
    needs = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    return Pathway(
        name=draw(names),
        risk=draw(st.sampled_from(Risk)),
        does=draw(prose),
        takes=draw(unique(fields(()))),
        steps=tuple(Step(number, action) for number, action in enumerate(found, 1)),
        requires=tuple(Need(late, early) for late, early in needs),
        verify=draw(st.none() | probes),
        on_failure=draw(remedies),
        domain=draw(domains),
    )


properties = unique(st.builds(Given, names.filter(lambda name: name != "is"), values))
resources = unique(st.builds(Resource, names, names, properties), least=1)
networks = unique(st.builds(Resource, names, st.just(""), unique(st.builds(Given, names, values))))
topologies = st.builds(
    Topology,
    name=names,
    does=prose,
    has=resources,
    takes=unique(fields(())),
    verify=st.none() | probes,
    on_failure=remedies,
    domain=domains,
)

# a word that is a number or a truth value is not a name
words = names.filter(lambda name: name not in ("true", "false", "null"))


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """An intent whose hosts are on its own networks."""
    own = draw(unique(st.builds(Resource, words, st.just(""), properties)))
    some = st.lists(st.builds(Named, words), max_size=2).map(tuple)
    several = st.lists(st.builds(Named, words), min_size=1, max_size=2).map(tuple)
    on = st.lists(st.sampled_from([Named(one.name) for one in own]), max_size=2) if own else None
    hosts = st.builds(
        HostSet,
        name=names,
        count=st.integers(1, 2**63 - 1),
        topology=st.builds(Named, words),
        phenotypes=some,
        groups=several,
        networks=on.map(tuple) if on is not None else st.just(()),
    )
    return Intent(
        draw(names),
        draw(prose),
        own,
        draw(unique(hosts, least=1)),
        draw(remedies),
        draw(domains),
    )
