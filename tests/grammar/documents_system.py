"""Hypothesis strategies for systems that can be written down."""

from __future__ import annotations

from hypothesis import strategies as st

from grammar.system import nodes
from tests.grammar.documents import names as any_names
from tests.grammar.documents import texts

WORDS = {"true", "false", "NOT", "AND", "OR", "is", "has", "exists", "for", "each", "at", "every"}
names = any_names.filter(lambda name: name not in WORDS)
several = st.lists(names, min_size=1, max_size=3).map(tuple)
durations = st.integers(0, 10**10)
decimals = st.decimals(0, 10**9, places=2)

constants = st.one_of(
    st.builds(nodes.Duration, durations),
    st.builds(nodes.Percent, decimals),
    st.builds(
        nodes.Money,
        st.sampled_from("$€£¥"),
        decimals,
        st.none() | st.sampled_from(["hour", "day", "week", "month", "year"]),
    ),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.decimals(-(10**9), 10**9, places=3).filter(lambda value: str(value) != "-0.000"),
    texts,
)


def _passed(inner: st.SearchStrategy[nodes.Expression]) -> st.SearchStrategy:
    return st.lists(
        st.builds(nodes.Passed, st.none() | names, inner),
        max_size=3,
        unique_by=lambda one: one.name or id(one),
    ).map(tuple)


plain = st.builds(nodes.Path, names, st.lists(names, max_size=2).map(tuple))
expressions: st.SearchStrategy[nodes.Expression] = st.recursive(
    plain | constants | st.booleans(),
    lambda inner: st.builds(
        nodes.Path,
        st.builds(nodes.Invocation, names, _passed(inner)),
        plain.map(lambda p: p.fields),
    ),
    max_leaves=4,
)
calls = st.builds(nodes.Invocation, names, _passed(expressions))
paths = plain | st.builds(nodes.Path, calls, st.lists(names, max_size=2).map(tuple))
comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def _tests(subject: st.SearchStrategy[nodes.Path]) -> st.SearchStrategy[nodes.Condition]:
    return st.one_of(
        st.builds(nodes.Compare, subject, comparisons, expressions),
        st.builds(nodes.Exists, subject),
        st.builds(nodes.Is, subject, any_names, st.none() | any_names),
        st.builds(
            nodes.Is,
            subject,
            any_names,
            st.none() | any_names,
            st.just("") | comparisons,
            durations,
        ),
        st.builds(nodes.Has, subject, any_names),
    )


def _joined(one: st.SearchStrategy[nodes.Condition]) -> st.SearchStrategy[nodes.Condition]:
    return st.recursive(
        one,
        lambda inner: st.one_of(
            st.builds(nodes.Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(nodes.Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(nodes.Not, inner),
        ),
        max_leaves=5,
    )


conditions = _joined(
    _tests(paths) | st.builds(nodes.Holds, paths) | st.builds(nodes.Crosses, paths, expressions)
)
claims = _joined(_tests(st.just(nodes.SUBJECT)))

obligations = st.builds(
    nodes.Obligation,
    st.sampled_from(nodes.Level),
    calls,
    st.none() | durations,
    st.none() | calls,
    st.lists(paths, max_size=2).map(tuple),
)
follows = st.recursive(
    obligations,
    lambda inner: (
        st.builds(nodes.If, conditions, st.lists(inner, max_size=2).map(tuple))
        | st.builds(
            nodes.ForEach, names, st.none() | conditions, st.lists(inner, max_size=2).map(tuple)
        )
    ),
    max_leaves=4,
)
bodies = st.lists(follows, max_size=3).map(tuple)

lines = st.lists(st.builds(nodes.Names, several), max_size=2).map(tuple)
_ONE = st.lists(st.builds(lambda name: nodes.Names((name,)), names), max_size=2).map(tuple)


@st.composite
def entities(draw: st.DrawFn) -> nodes.Entity:
    """An entity whose attributes have different names."""
    own = draw(st.lists(names, max_size=4, unique=True))
    written = [f"{name}[]" if draw(st.booleans()) else name for name in own]
    groups = (tuple(written[:2]), tuple(written[2:]))
    return nodes.Entity(
        draw(names),
        draw(lines),
        draw(st.none() | st.booleans()),
        tuple(nodes.Names(group) for group in groups if group),
        draw(_ONE),
    )


events = st.builds(nodes.Path, names, several)
policies = st.builds(nodes.BackfillPolicy, st.sampled_from(nodes.Backfill))
members = st.one_of(
    st.builds(nodes.Invariant, names),
    st.builds(nodes.Invariant, names, comparisons, constants),
    st.builds(
        nodes.Capability,
        names,
        lines,
        lines,
        st.lists(st.builds(nodes.Property, names, st.none() | names), max_size=2).map(tuple),
    ),
    st.builds(nodes.Optimise, names, names.filter(lambda name: name != "within")),
    st.builds(nodes.Optimise, names, st.none(), comparisons, constants),
    st.builds(
        nodes.Optimise,
        names,
        st.none(),
        st.just("within"),
        st.builds(nodes.Money, st.just("$"), decimals),
    ),
    entities(),
    st.builds(nodes.Threshold, names, constants),
    st.builds(nodes.When, events, st.none() | durations, bodies),
    st.builds(
        nodes.When,
        st.just(nodes.Path("intent", ("evolved",))),
        st.none(),
        policies.map(lambda one: (one,)),
    ),
    st.builds(
        nodes.Every,
        st.sampled_from(["hour", "day", "week", "month", "year"])
        | st.builds(nodes.Duration, durations),
        st.none() | st.sampled_from(["09:00", "23:59", "7:30"]) | paths,
        bodies,
    ),
    st.builds(
        nodes.Always,
        st.lists(
            st.builds(nodes.Assertion, st.sampled_from(["every", "no", "some"]), paths, claims),
            max_size=3,
        ).map(tuple),
    ),
)


def _key(member: nodes.Member) -> object:
    free = isinstance(member, nodes.When | nodes.Every | nodes.Always | nodes.Optimise)
    return id(member) if free else (type(member), member.name)


systems = st.builds(
    nodes.System,
    texts.filter(bool),
    st.lists(members, max_size=4, unique_by=_key).map(tuple),
)
