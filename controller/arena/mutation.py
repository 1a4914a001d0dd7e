"""Repairs of a failing allele that differ from it by one edit, the most promising first.

Called by `search`, generation after generation. No answer is built in: an edit is promising
when it concerns the parts of the world that the unhealthy diagnostics looked at (their facets),
when it disturbs little else, and when it comes late in the gene, where the damage is done.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.arena.edit_arguments import Material
from controller.arena.edit_insert import Edit, insertions
from controller.arena.edit_reading import Reading
from controller.arena.edit_rearrange import rearrangements
from controller.arena.edit_replace import replacements
from controller.arena.edit_skeleton import skeleton
from controller.arena.edit_text import read_source, rewritten
from controller.domains.world import JsonObject, OperationSpec
from controller.limits import MUTATION_EDITS
from grammar.sg.nodes import GeneContract

Tier = tuple[int, int, int]
"""A class of promise: how relevant (0 best), the disruption added, how far off the main path."""

SKELETON_WORDS = "start again: nothing done, a result as the contract's gives: wants it"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One unhealthy diagnostic. `facets` are the parts of the world that it read."""

    locus: str
    output: JsonObject
    facets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of a failed expression.

    `kinds` gives, per input field, the kinds that its value has in this world; for a list,
    those of its elements, bare or with `[]`. `error` is the failure's own message, if any.
    """

    source: str
    contract: GeneContract
    values: JsonObject
    kinds: Mapping[str, frozenset[str]]
    complaints: tuple[Complaint, ...]
    error: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An allele to try. `edits` tell a reviewer what was done to the failing one, in order.

    `disruption` is the sum of the disruption of the operations that were put in.
    """

    source: str
    edits: tuple[str, ...]
    disruption: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate and the class of promise that it belongs to."""

    tier: Tier
    candidate: Candidate


def neighbours(
    parent: str,
    failure: Failure,
    catalogue: Mapping[str, OperationSpec],
    rng: random.Random,
) -> Iterator[Candidate]:
    """The admissible sources one edit away from `parent`, most promising first, none twice.

    A parent that cannot be edited (it does not parse, it is too large) gives the contract's
    skeleton instead, and then the neighbours of that. `rng` only orders equals.
    """
    for proposal in proposals(parent, failure, catalogue, rng):
        yield proposal.candidate


def proposals(
    parent: str,
    failure: Failure,
    catalogue: Mapping[str, OperationSpec],
    rng: random.Random,
) -> Iterator[Proposal]:
    """The same as `neighbours`, each with its tier; tiers never get better on the way."""
    text = read_source(parent)
    if text is None:
        start = Candidate(skeleton(failure.contract), (SKELETON_WORDS,), 0)
        yield Proposal((0, 0, 0), start)
        if read_source(start.source) is not None:
            for proposal in proposals(start.source, failure, catalogue, rng):
                yield Proposal(proposal.tier, after(start, proposal.candidate))
        return
    weighed = _weighed(Reading(text, catalogue), failure, catalogue, rng)
    seen = {parent, text.data.decode()}
    for tier, edit in weighed:
        source = rewritten(text, edit.replacements)
        if source is None or source in seen:
            continue
        seen.add(source)
        if not admit(source, ALLOWED_MODULES):
            yield Proposal(tier, Candidate(source, (edit.words,), tier[1]))


def after(parent: Candidate, step: Candidate) -> Candidate:
    """A step from the parent's source, as a candidate that tells the whole way."""
    edits = (*parent.edits, *step.edits)
    return Candidate(step.source, edits, parent.disruption + step.disruption)


def _weighed(
    reading: Reading,
    failure: Failure,
    catalogue: Mapping[str, OperationSpec],
    rng: random.Random,
) -> list[tuple[Tier, Edit]]:
    material = _material(failure, catalogue)
    relevance = _Relevance(failure, catalogue)
    edits = chain(
        replacements(reading, material), rearrangements(reading), insertions(reading, material)
    )
    weighed = []
    for edit in islice(edits, MUTATION_EDITS):
        added = sum(catalogue[name].disruption for name in edit.inserted)
        aside, height = edit.place
        tier = (relevance.of(edit.operations), added, aside)
        weighed.append((tier, height, edit.misfit, rng.random(), edit))
    weighed.sort(key=lambda entry: entry[:4])
    return [(tier, edit) for tier, *_, edit in weighed]


def _material(failure: Failure, catalogue: Mapping[str, OperationSpec]) -> Material:
    """The input fields that are given, with the kinds of the world and of their declared type."""
    kinds, lists = {}, set()
    for field in failure.contract.takes:
        value = failure.values.get(field.name)
        if value is None or not field.name.isidentifier():
            continue
        known = {kind.removesuffix("[]") for kind in failure.kinds.get(field.name, ())}
        kinds[field.name] = frozenset(known | {field.type.name})
        if isinstance(value, list):
            lists.add(field.name)
    return Material(kinds, frozenset(lists), catalogue)


class _Relevance:
    """How much an operation has to do with a failure: 0 it touches what is unhealthy, 1 the
    contract speaks of it, 2 neither."""

    def __init__(self, failure: Failure, catalogue: Mapping[str, OperationSpec]) -> None:
        unhealthy = frozenset[str]().union(*(c.facets for c in failure.complaints))
        contract = failure.contract
        sentences = [contract.name, contract.does, *(s.text for s in contract.after)]
        spoken = _words(" ".join(sentences))
        self._ranks = {
            name: 0 if spec.facets & unhealthy else 1 if _words(name) & spoken else 2
            for name, spec in catalogue.items()
        }

    def of(self, operations: tuple[str, ...]) -> int:
        """The best rank of some operations; a call of something unknown is always suspect."""
        return min((self._ranks[name] for name in operations), default=0)


def _words(text: str) -> frozenset[str]:
    """The words of a text, without a plural's `s`."""
    found = re.findall(r"[a-z]{3,}", text.lower())
    return frozenset(word.removesuffix("s") for word in found)
