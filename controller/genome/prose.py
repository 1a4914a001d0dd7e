"""How much of the contracts' prose is executable, and what to say instead where it is not.

`compile_genome` has the remarks about prose name the nearest phrase; `germline check --coverage`
prints the shares.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from grammar.diagnostic import Diagnostic
from grammar.sg.nodes import GeneContract

PROSE = "SG-E290"
"""The code of the remark that no phrase matches a sentence."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The sentences of one contract, and those of them that no phrase matches.

    Counted are the sentences under `before:`, `after:`, `fails when:` and `unhealthy when:`.
    """

    contract: str
    sentences: int
    prose: tuple[str, ...]

    @property
    def executable(self) -> int:
        """How many of the sentences are checked."""
        return self.sentences - len(self.prose)


def coverage(
    contracts: Iterable[GeneContract],
    executable: Callable[[str, Collection[str]], bool],
) -> tuple[Coverage, ...]:
    """Each contract's share; `executable` takes a sentence and the fields it may speak of."""
    return tuple(_covered(contract, executable) for contract in contracts)


def _covered(
    contract: GeneContract, executable: Callable[[str, Collection[str]], bool]
) -> Coverage:
    said = list(_sentences(contract))
    prose = tuple(text for text, fields in said if not executable(text, fields))
    return Coverage(contract.name, len(said), prose)


def _sentences(contract: GeneContract) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each sentence with the fields that are known where it is judged."""
    takes = tuple(field.name for field in contract.takes)
    gives = tuple(field.name for field in contract.gives)
    yield from ((sentence.text, takes) for sentence in contract.before)
    yield from ((sentence.text, takes + gives) for sentence in contract.after)
    yield from ((mode.condition.text, takes) for mode in contract.fails_when)
    yield from ((sentence.text, takes + gives) for sentence in contract.unhealthy_when)


def with_nearest(
    remarks: Iterable[Diagnostic], nearest: Callable[[str], str | None]
) -> tuple[Diagnostic, ...]:
    """The same remarks; those about prose name the phrase that is most like it, if one is."""
    return tuple(_pointing(remark, nearest) for remark in remarks)


def _pointing(remark: Diagnostic, nearest: Callable[[str], str | None]) -> Diagnostic:
    if remark.code != PROSE:
        return remark
    start, end = remark.span.column - 1, remark.span.end_column - 1
    one_line = remark.span.line == remark.span.end_line
    found = nearest(remark.excerpt[start : end if one_line else None])
    if found is None:
        return remark
    return replace(remark, hint=f"leave it as prose, or say it as the phrase `{found}` does")
