"""Which of several named things have the name of one before them. Called by every reader."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

Thing = TypeVar("Thing")


def repeated(
    things: Iterable[Thing], name: Callable[[Thing], Hashable]
) -> Iterator[tuple[Thing, Thing]]:
    """Each thing whose name was there already, with the first that had it. Without a name: none."""
    first: dict[Hashable, Thing] = {}
    for one in things:
        key = name(one)
        if key is not None and first.setdefault(key, one) is not one:
            yield one, first[key]
