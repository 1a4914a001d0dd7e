"""Finds circles in who refers to whom. Called for pathways and for resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
_SHOWN = 5
"""Names of a circle that a hint can show."""


def circles(graph: Graph) -> Iterator[tuple[str, ...]]:
    """Circles, each closed by an edge of its own: `(a, b)` if a refers to b, and b to a.

    Every name that is part of a circle leads into one of those found. Of a long circle only the
    first names and the last are given. Linear in the graph: each edge is followed once (depth
    first, without recursion).
    """
    done: set[str] = set()
    for start in graph:
        if start not in done:
            yield from _from(graph, start, done)


def _from(graph: Graph, start: str, done: set[str]) -> Iterator[tuple[str, ...]]:
    trail: list[str] = [start]
    at: dict[str, int] = {start: 0}
    waiting: list[Iterator[str]] = [iter(graph[start])]
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            done.add(trail.pop())
            del at[next(reversed(at))]
        elif following in at:
            first = at[following]
            yield (*trail[first:-1][:_SHOWN], trail[-1])
        elif following in graph and following not in done:
            at[following] = len(trail)
            trail.append(following)
            waiting.append(iter(graph[following]))
