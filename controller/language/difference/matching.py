"""Which part of an old list is which part of a new one. Called for steps, resources, rules, …

Parts are matched by one key after another, the most exact first; of parts with one key the first
old one is the first new one, and so on, so that the answer is the same every time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Part = TypeVar("Part")
Key = Callable[[Part], Hashable]
"""What two parts that are the same have in common; `None` for a part without such a thing."""


@dataclass(frozen=True, slots=True)
class Matched(Generic[Part]):
    """Parts of both lists by their indexes, old before new, in the order of the old or the new."""

    old: Sequence[Part]
    new: Sequence[Part]
    pairs: tuple[tuple[int, int], ...]

    @property
    def both(self) -> list[tuple[Part, Part]]:
        """What is in both lists."""
        return [(self.old[i], self.new[j]) for i, j in self.pairs]

    @property
    def gone(self) -> list[int]:
        """Indexes of what only the old list has."""
        kept = {i for i, _ in self.pairs}
        return [i for i in range(len(self.old)) if i not in kept]

    @property
    def come(self) -> list[int]:
        """Indexes of what only the new list has."""
        known = {j for _, j in self.pairs}
        return [j for j in range(len(self.new)) if j not in known]

    @property
    def moved(self) -> list[tuple[int, int]]:
        """The fewest pairs without which all others are in their old order."""
        kept = _rising([j for _, j in self.pairs])
        return [pair for at, pair in enumerate(self.pairs) if at not in kept]


def matched(
    old: Sequence[Part],
    new: Sequence[Part],
    keys: Iterable[Key[Part]],
    renamed: Iterable[Key[Part]] = (),
) -> Matched[Part]:
    """Match by each of `keys`, then by those of `renamed` where only one old and one new fit."""
    pairs: dict[int, int] = {}
    for key, alone in [*((key, False) for key in keys), *((key, True) for key in renamed)]:
        olds = _by_key(old, key, set(pairs))
        news = _by_key(new, key, set(pairs.values()))
        for same in olds.keys() & news.keys():
            if not alone or len(olds[same]) == len(news[same]) == 1:
                pairs.update(zip(olds[same], news[same], strict=False))
    return Matched(old, new, tuple(sorted(pairs.items())))


def _by_key(parts: Sequence[Part], key: Key[Part], without: set[int]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for index, part in enumerate(parts):
        if index not in without and (same := key(part)) is not None:
            found.setdefault(same, []).append(index)
    return found


def only(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """What only one of two lists holds, each in its order."""
    found = matched(old, new, [str])
    return [old[i] for i in found.gone], [new[j] for j in found.come]


def names_of_both(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """Every name once, those of the old in their order first."""
    return list(dict.fromkeys([*old, *new]))


def _rising(values: Sequence[int]) -> set[int]:
    """Indexes of a longest rising run within a list of different numbers."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for index, value in enumerate(values):
        length = bisect_left(ends, value)
        before.append(at[length - 1] if length else None)
        ends[length : length + 1] = [value]
        at[length : length + 1] = [index]
    found: set[int] = set()
    last = at[-1] if at else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found
