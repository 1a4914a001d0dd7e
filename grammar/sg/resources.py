"""Reads what topologies and intents have: resources, networks, hosts. Called by forms.py."""

from __future__ import annotations

from typing import Final, TypeVar, cast

from lark import Token

from grammar.nearest import did_you_mean, listing, nearest
from grammar.remarks import Remarks, on_line, somewhere
from grammar.repeated import repeated
from grammar.sg.composition import Given, HostSet, Named, Resource
from grammar.sg.layout import Block
from grammar.sg.literal import atom_value
from grammar.sg.mistakes import Expected
from grammar.sg.reader import Reader
from grammar.sg.value import read_given
from grammar.source import Span

_RESOURCE: Final = Expected(
    "SG-E154", "a resource", "a resource is written `name:`, with its properties indented below"
)
_NETWORK: Final = Expected(
    "SG-E154", "a network", "a network is written `name:`, with its properties indented below"
)
_PROPERTY: Final = Expected(
    "SG-E155", "a property", "a property is written `name value` or `name [a, b]`"
)
_HOSTS: Final = Expected("SG-E156", "a set of hosts", "a set of hosts is written `50 hypervisors:`")
Thing = TypeVar("Thing", Resource, HostSet)

_PARTS: Final = ("is", "as", "from", "on")


def read_resources(reader: Reader, block: Block) -> list[Resource]:
    """The resources of a topology's `has:`; each says what it `is`."""
    found = [_resource(reader, child, typed=True) for child in reader.lines(block)]
    return _say_twice(reader.remarks, [one for one in found if one is not None])


def read_networks(reader: Reader, block: Block) -> list[Resource]:
    """The networks of an intent."""
    found = [_resource(reader, child, typed=False) for child in reader.lines(block)]
    return _say_twice(reader.remarks, [one for one in found if one is not None])


def _say_twice(remarks: Remarks, given: list[Thing]) -> list[Thing]:
    """What is given, after a complaint about each that has the name of one before it."""
    for one, first in repeated(given, lambda thing: thing.name):
        hint = f"it was given in line {somewhere(first.span).line}; rename one of them"
        remarks.say("SG-E214", f"`{one.name}` is given twice", somewhere(one.span), hint)
    return given


def _resource(reader: Reader, block: Block, *, typed: bool) -> Resource | None:
    branch = reader.branch(block, "resource", _RESOURCE if typed else _NETWORK)
    given = _properties(reader, block)
    kinds = [one for one in given if typed and one.name == "is"]
    if branch is None:
        return None
    name = cast(Token, branch.children[0])
    span = reader.place(block).span(name)
    if typed and not kinds:
        hint = "add a line such as `is bridge`"
        reader.remarks.say("SG-E119", f"resource `{name}` has no `is`", span, hint)
    properties = tuple(one for one in given if one not in kinds)
    place = kinds[0].place if kinds else None
    return Resource(str(name), _word(reader, kinds), properties, span, place)


def _word(reader: Reader, given: list[Given]) -> str:
    """The one name that a property gives; empty after a complaint."""
    if not given:
        return ""
    value = given[0].value
    if isinstance(value, str) and value.isidentifier():
        return value
    reader.remarks.say(
        "SG-E139",
        f"`{given[0].name}` is followed by one name",
        somewhere(given[0].place),
        f"write `{given[0].name} NAME`",
    )
    return ""


def _properties(reader: Reader, block: Block) -> list[Given]:
    found: list[Given] = []
    lines: dict[str, int] = {}
    for child in reader.lines(block):
        branch = reader.lone(child, "property", _PROPERTY)
        if branch is None:
            continue
        one = read_given(branch, reader.place(child))
        if one.name in lines:
            hint = f"it was given in line {lines[one.name]}"
            span = somewhere(one.span)
            reader.remarks.say("SG-E118", f"`{one.name}` is given twice", span, hint)
            continue
        lines[one.name] = child.number
        found.append(one)
    return found


def read_host_sets(reader: Reader, block: Block) -> list[HostSet]:
    """The lines of an intent's `has:`, each a count and a name with its parts below."""
    found = [_host_set(reader, child) for child in reader.lines(block)]
    return _say_twice(reader.remarks, [one for one in found if one is not None])


def _host_set(reader: Reader, block: Block) -> HostSet | None:
    branch = reader.branch(block, "host_set", _HOSTS)
    given = {one.name: one for one in _properties(reader, block)}
    given = _known_parts(reader.remarks, given)
    if branch is None:
        return None
    digits, name = cast(tuple[Token, Token], branch.children)
    place = reader.place(block)
    _say_part(reader.remarks, str(name), place.span(name), given)
    count = atom_value(digits, place)
    if count == 0:
        hint = "leave the set out, or say how many"
        reader.remarks.say("SG-E146", "no hosts are wanted", place.span(digits), hint)
    kind = given.get("is")
    topology = Named("") if kind is None else Named(_word(reader, [kind]), kind.place)
    return HostSet(
        str(name),
        count if isinstance(count, int) else 0,
        topology,
        _names(reader, given.get("as")),
        _names(reader, given.get("from")),
        _names(reader, given.get("on")),
        place.span(name),
        {word: one.span for word, one in given.items() if one.span is not None},
    )


def _known_parts(remarks: Remarks, given: dict[str, Given]) -> dict[str, Given]:
    """The parts by the keywords that they were meant to have; complains about those unknown."""
    found = {word: one for word, one in given.items() if word in _PARTS}
    for word, one in given.items():
        if word in _PARTS:
            continue
        hint = did_you_mean(word, _PARTS, f"what may stand here is {listing(_PARTS)}")
        remarks.say("SG-E114", f"unknown keyword `{word}`", somewhere(one.span), hint)
        near = nearest(word, _PARTS)
        if near is not None:
            found.setdefault(near, one)
    return found


def _say_part(remarks: Remarks, name: str, span: Span, given: dict[str, Given]) -> None:
    for word, hint in (("is", "`is production_server`"), ("from", "`from hypervisors`")):
        if word not in given:
            remarks.say("SG-E119", f"`{name}` has no `{word}`", span, f"add a line such as {hint}")


def _names(reader: Reader, given: Given | None) -> tuple[Named, ...]:
    """The names that `as a` or `as [a, b]` gives."""
    if given is None:
        return ()
    values = given.value if isinstance(given.value, tuple) else (given.value,)
    found: list[Named] = []
    place = somewhere(given.place)
    for value in values:
        if isinstance(value, str) and value:
            place = _within(reader, place, value)
            found.append(Named(value, place))
        else:
            form = f"write `{given.name} name` or `{given.name} [name, name]`"
            message = f"`{given.name}` is followed by names"
            reader.remarks.say("SG-E139", message, somewhere(given.place), form)
    return tuple(found)


def _within(reader: Reader, place: Span, name: str) -> Span:
    """Where a name of a list stands, at or after `place` on the same line."""
    column = reader.layout.cleaned[place.line - 1].find(name, place.column - 1) + 1
    if column == 0:  # written with escapes
        return place
    return on_line(place.file, place.line, column, len(name))
