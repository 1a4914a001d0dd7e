"""Hypothesis strategies for documents that can be written down."""

from __future__ import annotations

import re
import string

from hypothesis import strategies as st

from grammar.sg.nodes import (
    BASE_TYPES,
    Argument,
    Binding,
    Call,
    Document,
    Expression,
    FailureMode,
    Family,
    Feed,
    Field,
    GeneContract,
    Literal,
    Phenotype,
    Reference,
    Risk,
    Sentence,
    Timescale,
    TypeDeclaration,
    TypeRef,
    Verify,
)

_COMMENT = re.compile(r"(?:^|\s)#(?:\s|$)")

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
lines = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" -#{}>"), max_size=30
).map(str.strip)
phrases = lines.filter(lambda text: text and "->" not in text and not _COMMENT.search(text))
sentences = phrases.map(Sentence)
hashes = st.text("0123456789abcdef", min_size=12, max_size=64)

_ROW = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=30)
_BLANK = re.compile(r"[ \t]*")


def _prose(rows: list[str]) -> str:
    return "\n".join("" if _BLANK.fullmatch(row) else row for row in rows)


prose = st.builds(
    lambda first, rows, last: _prose([f"x{first}", *rows, f"{last}x"]),
    _ROW,
    st.lists(_ROW, max_size=4),
    _ROW,
)

_BY_TYPE: dict[str, st.SearchStrategy[Literal]] = {
    "string": texts | st.text(string.ascii_letters + string.digits + ".:/@%+-", max_size=9),
    "int": st.integers(-(2**63) + 1, 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
    "bool": st.booleans(),
}
scalars = st.one_of(*_BY_TYPE.values(), st.none())
literals = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)


def unique(one: st.SearchStrategy, most: int = 3, least: int = 0) -> st.SearchStrategy:
    """Tuples of values with different names."""
    return st.lists(one, min_size=least, max_size=most, unique_by=lambda value: value.name).map(
        tuple
    )


@st.composite
def fields(draw: st.DrawFn, types: tuple[str, ...]) -> Field:
    """A field of a basic type, or of one of `types`."""
    name_of = st.sampled_from([*BASE_TYPES, *types])
    ref = draw(st.builds(TypeRef, name_of, st.booleans(), st.booleans()))
    if ref.is_list:
        least = draw(st.integers(0, 4))
        most = draw(st.none() | st.integers(max(least, 1), 5))
        ref = TypeRef(ref.name, True, ref.optional, least, most)
    name, description = draw(names), draw(texts)
    if ref.name not in BASE_TYPES or not draw(st.booleans()):
        return Field(name, ref, description)
    one = _BY_TYPE[ref.name]
    most = max(3, ref.least) if ref.most is None else ref.most
    several = st.lists(one, min_size=ref.least, max_size=most).map(tuple)
    value = several if ref.is_list else one
    return Field(name, ref, description, draw(value | st.none() if ref.optional else value), True)


arguments = st.builds(Argument, names, st.builds(Reference, names) | literals)
calls = st.builds(Call, names.filter(lambda name: name != "within"), unique(arguments))


@st.composite
def genes(draw: st.DrawFn) -> GeneContract:
    """A contract whose sections are those of its family."""
    family = draw(st.sampled_from(Family))
    declared = draw(st.lists(names, max_size=2, unique=True))
    types = tuple(name for name in declared if name not in BASE_TYPES)
    own_fields = fields(types)
    changes, looks = family is Family.CONFIGURATION, family is Family.DIAGNOSTIC
    modes = st.builds(FailureMode, sentences, phrases)
    feeds = st.builds(Feed, names, st.sampled_from(Timescale))
    windows = st.builds(
        Verify, st.lists(calls, min_size=1, max_size=3).map(tuple), st.integers(0, 10**9)
    )
    several = st.lists(sentences, max_size=3).map(tuple)
    return GeneContract(
        name=draw(names),
        family=family,
        risk=draw(st.sampled_from(Risk)),
        does=draw(prose),
        takes=draw(unique(own_fields)),
        gives=draw(unique(own_fields)),
        types=tuple(TypeDeclaration(name, draw(unique(own_fields, least=1))) for name in types),
        before=draw(several),
        after=draw(several),
        fails_when=tuple(draw(st.lists(modes, max_size=3))) if changes else (),
        unhealthy_when=draw(several) if looks else (),
        verify=draw(st.none() | windows) if changes else None,
        feeds=tuple(draw(st.lists(feeds, max_size=3))) if looks else (),
    )


stacks = st.lists(hashes, min_size=1, max_size=4, unique=True).map(tuple)
phenotypes = st.builds(
    Phenotype,
    names,
    st.none() | names,
    unique(st.builds(Binding, names, literals)),
    st.lists(st.builds(Expression, names, stacks), max_size=3, unique_by=lambda one: one.locus).map(
        tuple
    ),
)
documents = st.builds(
    Document, st.lists(genes(), max_size=2).map(tuple), st.lists(phenotypes, max_size=2).map(tuple)
)
