"""Finds the paths, obligations and loops that a system holds anywhere. Called by check.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grammar.system import nodes


def paths_of(follows: Sequence[nodes.Follows]) -> Iterator[nodes.Path]:
    """The paths in consequences, conditions and clauses, those of inner blocks included.

    Not those in the condition of a loop, which speaks of the loop's entity.
    """
    for one in follows:
        if isinstance(one, nodes.Obligation):
            yield from _call(one.consequence)
            if one.fallback is not None:
                yield from _call(one.fallback)
            yield from one.requires
        elif isinstance(one, nodes.If):
            yield from in_condition(one.condition)
            yield from paths_of(one.body)
        elif isinstance(one, nodes.ForEach):
            yield from paths_of(one.body)


def in_condition(condition: nodes.Condition) -> Iterator[nodes.Path]:
    """The paths in a condition."""
    if isinstance(condition, nodes.Both | nodes.Either):
        for part in condition.parts:
            yield from in_condition(part)
    elif isinstance(condition, nodes.Not):
        yield from in_condition(condition.part)
    elif isinstance(condition, nodes.Compare | nodes.Crosses):
        yield from in_path(condition.left)
        right = condition.right if isinstance(condition, nodes.Compare) else condition.bound
        if isinstance(right, nodes.Path):
            yield from in_path(right)
    else:
        yield from in_path(condition.subject)


def in_path(path: nodes.Path) -> Iterator[nodes.Path]:
    """The path itself, and those in the arguments of its call."""
    yield path
    if isinstance(path.root, nodes.Invocation):
        yield from _call(path.root)


def _call(call: nodes.Invocation) -> Iterator[nodes.Path]:
    for argument in call.arguments:
        if isinstance(argument.value, nodes.Path):
            yield from in_path(argument.value)


def obligations(follows: Sequence[nodes.Follows]) -> Iterator[nodes.Obligation]:
    """Every obligation, those of inner blocks included."""
    for one in follows:
        if isinstance(one, nodes.Obligation):
            yield one
        elif isinstance(one, nodes.If | nodes.ForEach):
            yield from obligations(one.body)


def loops(follows: Sequence[nodes.Follows]) -> Iterator[nodes.ForEach]:
    """Every `for each`, those of inner blocks included."""
    for one in follows:
        if isinstance(one, nodes.ForEach):
            yield one
        if isinstance(one, nodes.If | nodes.ForEach):
            yield from loops(one.body)
