"""What follows from an event or a time: obligations, conditions, loops. Called by members.py."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from lark import Token

from grammar.nearest import did_you_mean, listing
from grammar.sg.literal import duration_ms
from grammar.sg.syntax import Branch
from grammar.source import Span
from grammar.system import nodes
from grammar.system.expressions import condition, consequence, path, tokens
from grammar.system.keywords import CLAUSES, LEVELS

if TYPE_CHECKING:
    from grammar.system.read import Head, Reader


def follows(reader: Reader, head: Head) -> tuple[nodes.Follows, ...]:
    """What stands between the braces of a `when`, `every`, `for each` or `if`."""
    found: list[nodes.Follows] = []
    clauses: set[str] = set()
    after: str | None = None
    for inner in reader.heads(head.keyword, head.clause.body or []):
        if inner.keyword in CLAUSES:
            if after in LEVELS:
                _clause(reader, inner, found, clauses)
            else:
                hint = "write it below the `must:`, `should:` or `could:` that it belongs to"
                message = f"`{inner.keyword}:` follows no consequence"
                reader.remarks.say("SG-E163", message, inner.span, hint)
            continue
        after = inner.keyword
        clauses = set()
        one = _one(reader, inner)
        found += [] if one is None else [one]
    return tuple(one for one in found if not _is_unread(one))


def _is_unread(one: nodes.Follows) -> bool:
    return isinstance(one, nodes.Obligation) and not one.consequence.name


def _one(reader: Reader, head: Head) -> nodes.Follows | None:
    if head.keyword in ("if", "for"):
        return _block(reader, head)
    if head.keyword == "backfill_policy":
        return None if head.branch is None else _policy(reader, head)
    if head.branch is None:  # the clauses below it still belong to it, and are not to blame
        return nodes.Obligation(nodes.Level(head.keyword), nodes.Invocation(""))
    made = consequence(cast(Branch, head.branch.children[0]), head.place)
    return nodes.Obligation(nodes.Level(head.keyword), made, span=head.span, end=_end(head))


def _end(head: Head) -> Span:
    """The end of a clause that has no braces, which may be lines below its beginning."""
    clause = head.clause
    return Span(
        head.span.file, clause.last_line, clause.last_column, clause.last_line, clause.last_column
    )


def _block(reader: Reader, head: Head) -> nodes.If | nodes.ForEach | None:
    body = follows(reader, head)
    if head.branch is None:
        return None
    children = head.branch.children
    if head.keyword == "if":
        test = condition(cast(Branch, children[0]), head.place)
        return nodes.If(test, body, head.span, head.end)
    entity, *rest = children
    chosen = cast(Branch | None, rest[0]) if rest else None
    limit = None if chosen is None else condition(chosen, head.place)
    return nodes.ForEach(str(entity), limit, body, head.place.span(cast(Token, entity)), head.end)


def _policy(reader: Reader, head: Head) -> nodes.BackfillPolicy | None:
    assert head.branch is not None
    (word,) = tokens(head.branch)
    known = {policy.value: policy for policy in nodes.Backfill}
    if word not in known:
        hint = did_you_mean(word, known, f"a policy is {listing(known)}")
        span = head.place.span(word)
        reader.remarks.say("SG-E175", f"unknown policy `{word}`", span, hint)
        return None
    return nodes.BackfillPolicy(known[str(word)], head.span)


def _clause(reader: Reader, head: Head, found: list[nodes.Follows], given: set[str]) -> None:
    """Add a `within:`, `fallback:` or `requires:` to the obligation before it."""
    if head.keyword in given:
        message = f"`{head.keyword}:` is given twice"
        reader.remarks.say("SG-E118", message, head.span, "leave one of them out")
        return
    given.add(head.keyword)
    obligation = found[-1]
    if head.branch is None or not isinstance(obligation, nodes.Obligation):
        return
    children = head.branch.children
    places = {**obligation.places, head.keyword: head.span}
    if head.keyword == "within":
        ms = duration_ms(cast(Token, children[0]), head.place)
        found[-1] = replace(obligation, within_ms=ms, places=places)
    elif head.keyword == "fallback":
        other = consequence(cast(Branch, children[0]), head.place)
        found[-1] = replace(obligation, fallback=other, places=places)
    else:
        paths = tuple(path(cast(Branch, child), head.place) for child in children)
        found[-1] = replace(obligation, requires=paths, places=places)
