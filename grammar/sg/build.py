"""What lark read becomes nodes: one function for each item. Called by the reader.

Every function takes the branch of one line (or record) and the place it was read at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import cast

from lark import Token, Tree

from grammar.limits import HASH_DIGITS_LEAST, HASH_DIGITS_MOST, LIST_ITEMS
from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.repeated import repeated
from grammar.sg import nodes
from grammar.sg.literal import duration_ms, fits, literal, text_of, value_span, whole
from grammar.sg.syntax import Branch
from grammar.source import Span

_HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS_LEAST},{HASH_DIGITS_MOST}}}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a branch stands: it begins in line `first` of the file, in column `column`.

    `type_names` gathers the types that the contract's fields name, with their spans.
    """

    remarks: Remarks
    first: int
    type_names: list[tuple[str, Span]] = field(default_factory=list)
    column: int = 1

    def span(self, start: Token, end: Token | None = None) -> Span:
        """From the first character of `start` to the last of `end`, or of `start`."""
        last = end or start
        return Span(
            self.remarks.file,
            (start.line or 1) + self.first - 1,
            (start.column or 1) + (self.column - 1 if start.line == 1 else 0),
            (last.end_line or 1) + self.first - 1,
            (last.end_column or 1) + (self.column - 1 if last.end_line == 1 else 0),
        )


def _tokens(branch: Branch) -> list[Token]:
    return [child for child in branch.children if isinstance(child, Token)]


def _branches(branch: Branch) -> list[Branch]:
    return [child for child in branch.children if isinstance(child, Tree)]


def field_of(branch: Branch, place: Place) -> nodes.Field:
    """`name type = default "description"`."""
    name, kind, default, description = cast(
        tuple[Token, Branch, Branch | None, Token | None], branch.children
    )
    type_ref = _type_ref(kind, place)
    described = text_of(description, place) if description is not None else ""
    if default is None:
        return nodes.Field(str(name), type_ref, described, span=place.span(name))
    value = literal(default, place)
    if not fits(value, type_ref):
        place.remarks.say(
            "SG-E204",
            f"the default of `{name}` is not of type `{type_ref}`",
            value_span(default, place),
            _default_hint(type_ref),
        )
    return nodes.Field(str(name), type_ref, described, value, True, place.span(name))


def _default_hint(type_ref: nodes.TypeRef) -> str:
    if type_ref.is_list:
        return "a list is written `[a, b]`"
    examples = {
        "string": 'text that looks like a number or a truth value needs quotes: `"5"`',
        "int": "an int is written without a point: `10`",
        "float": "a float is a number: `0.5`",
        "bool": "a bool is `true` or `false`",
    }
    return examples.get(type_ref.name, "a record type cannot have a default")


def _type_ref(branch: Branch, place: Place) -> nodes.TypeRef:
    name, many, optional = cast(tuple[Token, Token | None, Token | None], branch.children)
    place.type_names.append((str(name), place.span(name)))
    least, most = (0, None) if many is None else _bounds(many, place)
    return nodes.TypeRef(str(name), many is not None, optional is not None, least, most)


def _bounds(token: Token, place: Place) -> tuple[int, int | None]:
    """How many items `[]`, `[3..]`, `[..4]`, `[2..4]` or `[3]` allows."""
    inner = re.sub(r"[\[\] \t]", "", token)
    low, dots, high = inner.partition("..")
    least = whole(low) if low else 0
    most = whole(high) if high else None if dots or not low else least
    if most is not None and least > most:
        hint = f"write the smaller bound first: `[{most}..{least}]`"
        place.remarks.say("SG-E145", "no list can be this long", place.span(token), hint)
        return 0, None
    if max(least, most or 0) > LIST_ITEMS:
        hint = f"a list has at most {LIST_ITEMS} items"
        place.remarks.say("SG-E145", "the bound is out of range", place.span(token), hint)
        return 0, None
    return least, most


def record(branch: Branch, place: Place) -> nodes.TypeDeclaration:
    """A type's name with a colon, and its fields."""
    return record_from(branch, place, [field_of(child, place) for child in _branches(branch)])


def record_from(head: Branch, place: Place, inner: list[nodes.Field]) -> nodes.TypeDeclaration:
    """The same, when head and fields were read one by one."""
    name = _tokens(head)[0]
    return nodes.TypeDeclaration(str(name), tuple(inner), place.span(name))


def sentence(branch: Branch, place: Place) -> nodes.Sentence:
    """`- prose`."""
    text = _tokens(branch)[0]
    return nodes.Sentence(str(text), place.span(text))


def failure(branch: Branch, place: Place) -> nodes.FailureMode:
    """`- condition -> outcome`."""
    condition, outcome = _tokens(branch)
    if "->" in outcome:
        place.remarks.say(
            "SG-E133",
            "a failure mode has one arrow",
            place.span(outcome),
            "write a line for each outcome",
        )
    text = condition.rstrip()
    span = place.span(condition)
    span = replace(span, end_column=span.column + len(text))
    return nodes.FailureMode(nodes.Sentence(text, span), str(outcome), place.span(outcome))


def verification(branch: Branch, place: Place) -> nodes.Call | tuple[int, Span]:
    """A call, or the milliseconds of `within` and where they are written."""
    if branch.data == "within":
        token = _tokens(branch)[0]
        return duration_ms(token, place), place.span(token)
    locus = _tokens(branch)[0]
    arguments = tuple(_argument(child, place) for child in _branches(branch))
    for one, _ in repeated(arguments, lambda argument: argument.name):
        say_argument_twice(place.remarks, one.name, one.span)
    return nodes.Call(str(locus), arguments, place.span(locus))


def _argument(branch: Branch, place: Place) -> nodes.Argument:
    name, given = cast(Token, branch.children[0]), cast(Branch, branch.children[1])
    end = value_span(given, place)
    start = place.span(name)
    span = Span(start.file, start.line, start.column, end.end_line, end.end_column)
    if given.data == "reference":
        token = _tokens(given)[1]
        return nodes.Argument(str(name), nodes.Reference(str(token), span=end), span)
    return nodes.Argument(str(name), literal(given, place), span)


def say_argument_twice(remarks: Remarks, name: str, span: Span | None) -> None:
    """Complain about an argument that was given before in the same call."""
    message = f"argument `{name}` is given twice"
    remarks.say("SG-E209", message, somewhere(span), "leave one of them out")


def feed(branch: Branch, place: Place) -> nodes.Feed:
    """`locus timescale`."""
    locus, word = _tokens(branch)
    known = [scale.value for scale in nodes.Timescale]
    if word not in known:
        place.remarks.say(
            "SG-E122",
            f"unknown timescale `{word}`",
            place.span(word),
            did_you_mean(word, known, f"a timescale is {listing(known)}"),
        )
    scale = nodes.Timescale(word) if word in known else nodes.Timescale.CONVERGENCE
    return nodes.Feed(str(locus), scale, place.span(locus))


def expression(branch: Branch, place: Place) -> nodes.Expression:
    """`locus hash then hash, hash`."""
    locus, *rest = _tokens(branch)
    hashes = [token for token in rest if token.type == "ATOM"]
    seen: set[str] = set()
    for token in hashes:
        if not _HASH.fullmatch(token):
            place.remarks.say(
                "SG-E143",
                f"`{_short(token)}` is not the hash of an allele",
                place.span(token),
                f"{HASH_DIGITS_LEAST} to {HASH_DIGITS_MOST} hex digits, in lower case",
            )
        elif token in seen:
            place.remarks.say(
                "SG-E208",
                f"allele `{_short(token)}` is already in the stack",
                place.span(token),
                "an allele stands in a stack once",
            )
        seen.add(str(token))
    places = tuple(place.span(token) for token in hashes)
    return nodes.Expression(str(locus), tuple(map(str, hashes)), place.span(locus), places)


def _short(token: str) -> str:
    return token if len(token) <= HASH_DIGITS_MOST else f"{token[:HASH_DIGITS_MOST]}…"


def binding(branch: Branch, place: Place) -> nodes.Binding:
    """`name = value`."""
    name, value = cast(Token, branch.children[0]), cast(Branch, branch.children[1])
    return nodes.Binding(str(name), literal(value, place), place.span(name))
