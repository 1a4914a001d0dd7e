"""Finds repairs of a failing allele: a beam search over edits, led by what an evaluation says.

Called by the search mutator, whose `evaluate` runs a candidate in shadow worlds. Edits are
tried tier by tier; a generation ends with the tier that brought a repair or, at first, an
improvement. Only when that leads nowhere are the remaining tiers tried as well.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from controller.arena.edit_skeleton import skeleton
from controller.arena.edit_text import read_source
from controller.arena.mutation import (
    SKELETON_WORDS,
    Candidate,
    Failure,
    Tier,
    after,
    proposals,
)
from controller.domains.world import OperationSpec
from controller.limits import (
    SEARCH_BEAM,
    SEARCH_CANDIDATES,
    SEARCH_FOUND,
    SEARCH_GENERATION_SHARE,
    SEARCH_GENERATIONS,
)


@dataclass(frozen=True, order=True, slots=True)
class Score:
    """What an evaluation saw of a candidate. More is better, the first difference decides.

    Doing comes before health: a candidate that keeps everything healthy by doing less holds
    fewer postconditions. `operations` counts what was performed and takes no part in the order.
    """

    valid: bool
    postconditions_held: int
    postconditions: int
    healthy: int
    diagnostics: int
    heldout_passed: int
    heldout: int
    operations: int = field(default=0, compare=False)

    @property
    def perfect(self) -> bool:
        """True when nothing is left to wish for."""
        return (
            self.valid
            and self.postconditions_held == self.postconditions
            and self.healthy == self.diagnostics
            and self.heldout_passed == self.heldout
        )


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """Evaluations in all, edits on top of one another, parents of a generation."""

    candidates: int = SEARCH_CANDIDATES
    generations: int = SEARCH_GENERATIONS
    beam: int = SEARCH_BEAM


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`found` are repairs, best first; `tried` counts evaluations, `best` is the best score.

    Nothing found with a perfect `best` means that the failing allele did not fail here.
    """

    found: tuple[Candidate, ...]
    tried: int
    generations: int
    best: Score | None


Evaluate = Callable[[Candidate], Score]


def search(
    failure: Failure,
    catalogue: Mapping[str, OperationSpec],
    evaluate: Evaluate,
    budget: SearchBudget,
    rng: random.Random,
) -> SearchResult:
    """Look for repairs of `failure.source` until some are found or the budget is spent.

    Found are the perfect candidates of the generation that had the first, ranked by the
    disruption they add, edits, operations performed, size. Calls `evaluate` at most
    `budget.candidates` times, never twice for one source.
    """
    pool = _Pool(evaluate, budget.candidates)
    original = Candidate(failure.source, (), 0)
    started_over = Candidate(skeleton(failure.contract), (SKELETON_WORDS,), 0)
    readable = read_source(failure.source) is not None
    if readable:
        first = pool.try_out(original)
        if first is None or first.score.perfect:
            return pool.result(0)
    if not readable or not pool.tried[original.source].score.valid:
        pool.try_out(started_over)
    growth = _Growth(failure, catalogue, budget, rng, pool)
    if not pool.found:
        growth.run(thorough=False)
    if not pool.found:
        pool.try_out(started_over)
        growth.run(thorough=True)
    return pool.result(growth.generations)


@dataclass(frozen=True, slots=True)
class _Tried:
    """An evaluated candidate; `order` counts evaluations."""

    candidate: Candidate
    score: Score
    order: int

    @property
    def steps(self) -> int:
        """How many edits it is away from where it started."""
        return sum(edit != SKELETON_WORDS for edit in self.candidate.edits)

    @property
    def idea(self) -> tuple[str, ...]:
        """What was done, wherever it was done."""
        return tuple(sorted(edit.partition(": ")[2] for edit in self.candidate.edits))


class _Pool:
    """All candidates that were evaluated, and how many more may be."""

    def __init__(self, evaluate: Evaluate, limit: int) -> None:
        self._evaluate = evaluate
        self._limit = limit
        self.tried: dict[str, _Tried] = {}
        self.found: list[_Tried] = []
        self.best: Score | None = None

    @property
    def left(self) -> int:
        """Evaluations that may still be made."""
        return self._limit - len(self.tried)

    def try_out(self, candidate: Candidate) -> _Tried | None:
        """Evaluate a candidate; None when it was tried before or nothing is left."""
        if candidate.source in self.tried or self.left <= 0:
            return None
        entry = _Tried(candidate, self._evaluate(candidate), len(self.tried))
        self.tried[candidate.source] = entry
        self.best = entry.score if self.best is None else max(self.best, entry.score)
        if entry.score.perfect and candidate.edits:
            self.found.append(entry)
        return entry

    def ranked(self) -> list[_Tried]:
        """Every evaluated candidate, the best parent first."""
        entries = sorted(self.tried.values(), key=lambda e: (_cost(e), e.order))
        return sorted(entries, key=lambda e: e.score, reverse=True)

    def result(self, generations: int) -> SearchResult:
        """What came out."""
        found = sorted(self.found, key=lambda e: (_cost(e), len(e.candidate.source), e.order))
        kept = tuple(entry.candidate for entry in found[:SEARCH_FOUND])
        return SearchResult(kept, len(self.tried), generations, self.best)


class _Growth:
    """Generations: choose parents, try their neighbours tier by tier."""

    def __init__(
        self,
        failure: Failure,
        catalogue: Mapping[str, OperationSpec],
        budget: SearchBudget,
        rng: random.Random,
        pool: _Pool,
    ) -> None:
        self._failure = failure
        self._catalogue = catalogue
        self._budget = budget
        self._rng = rng
        self._pool = pool
        self.generations = 0

    def run(self, *, thorough: bool) -> None:
        """Go on until something is found, no parent is left, or the budget is spent."""
        expanded: set[str] = set()
        for remaining in reversed(range(self._budget.generations)):
            parents = self._parents(expanded)
            if not parents or self._pool.left <= 0:
                return
            self.generations += 1
            share = SEARCH_GENERATION_SHARE if remaining else 1.0
            self._generation(parents, max(1, int(self._pool.left * share)), thorough=thorough)
            if self._pool.found:
                return
            expanded |= {parent.candidate.source for parent in parents}

    def _parents(self, expanded: set[str]) -> list[_Tried]:
        """The failing allele, then the best that were no parents yet, different ideas first."""
        able = [
            entry
            for entry in self._pool.ranked()
            if entry.candidate.source not in expanded and entry.steps < self._budget.generations
        ]
        able.sort(key=lambda entry: bool(entry.candidate.edits))
        first_of: dict[tuple[str, ...], _Tried] = {}
        for entry in able:
            first_of.setdefault(entry.idea, entry)
        first = {entry.order for entry in first_of.values()}
        able.sort(key=lambda entry: entry.order not in first)
        return able[: self._budget.beam]

    def _generation(self, parents: list[_Tried], allowance: int, *, thorough: bool) -> None:
        before = self._pool.best
        streams = [self._stream(rank, parent) for rank, parent in enumerate(parents)]
        offered = heapq.merge(*streams, key=lambda offer: offer[0])
        for _, group in groupby(offered, key=lambda offer: offer[0]):
            for _, candidate in group:
                allowance -= self._pool.try_out(candidate) is not None
                if allowance <= 0 or len(self._pool.found) >= SEARCH_FOUND:
                    return
            improved = before is None or (self._pool.best is not None and self._pool.best > before)
            if self._pool.found or (improved and not thorough):
                return

    def _stream(self, rank: int, parent: _Tried) -> Iterator[tuple[tuple[Tier, int], Candidate]]:
        """A parent's neighbours in its order, each with its tier and the parent's rank."""
        source = parent.candidate.source
        for proposal in proposals(source, self._failure, self._catalogue, self._rng):
            yield (proposal.tier, rank), after(parent.candidate, proposal.candidate)


def _cost(entry: _Tried) -> tuple[int, int, int]:
    candidate = entry.candidate
    return candidate.disruption, len(candidate.edits), entry.score.operations
