"""The port to what is built from the log: projections, where they are kept, which one is live.

`stories/project` and `stories/promote_projection` ask; `adapters/projection_shelf` answers, with
one store for each model and engine. One conformance suite runs over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from controller.domains.records.operation import Model
from controller.domains.records.state import Change, Item, Records, Row
from controller.domains.world import JsonObject


class ProjectionStore(Records, Protocol):
    """One projection: what one allele has built at one locus, up to a point of the log."""

    def cursor(self) -> int:
        """How many events of the log are in it."""

    def erased(self) -> bool:
        """True if it was emptied because somebody was forgotten: it must be built anew."""

    def commit(self, change: Change, cursor: int) -> None:
        """Make a batch's change and move the cursor, both or neither.

        Raises `Unavailable` where the store is out of reach, or was erased meanwhile: the
        batch may hold what is being forgotten.
        """

    def touching(self, subject: str) -> Iterator[Item]:
        """Every row and edge that an event of a subject wrote and that is still there."""

    def at_key(self, key: str) -> tuple[Row, ...]:
        """The rows at a key, of every table."""

    def shared(self, ref: str) -> bool:
        """True if events of more than one subject wrote it."""

    def items(self) -> Iterator[Item]:
        """All rows and edges, in the order of their names."""

    def tally(self) -> Mapping[str, int]:
        """How many there are of each table and kind of edge, as kept with each commit."""

    def count(self) -> Mapping[str, int]:
        """The same, counted now."""

    def erase(self) -> None:
        """Empty it for good, on the disk too: it takes nothing any more, it can only be replaced.

        Raises `Unavailable` if that must wait for somebody who reads it.
        """

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which projection of a locus is asked, and what is kept of the one before.

    `live` and `previous` are alleles' SHA-256; `since` and `window_ends` are RFC 3339 moments;
    `announced` is False from the swap until the log says so; `rollback` tells that the former
    one came back; `refused` maps an allele that may not go live to why; `form` is that in which
    the events were read that the live one is built from.
    """

    live: str | None = None
    previous: str | None = None
    since: str = ""
    window_ends: str = ""
    announced: bool = True
    rollback: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)
    form: str = ""

    def without_refusal(self, allele: str) -> Pointer:
        """The same, with an allele given another chance."""
        kept = {sha: reason for sha, reason in self.refused.items() if sha != allele}
        return replace(self, refused=kept)


class DataPoints(Protocol):
    """The latest value of each field of each subject, folded on disk: any log fits in memory."""

    def take(self, points: Iterator[tuple[str, str, str]]) -> None:
        """Take (subject, field, value) in the log's order; later values replace earlier ones."""

    def by_subject(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each subject with its fields, in the order of subjects."""


class Projections(Protocol):
    """The shelf of one clone: every projection by locus and allele."""

    def open(self, locus: str, allele: str, model: Model) -> ProjectionStore:
        """The projection of an allele; empty, at cursor 0, if nothing is built yet."""

    def fresh(self, locus: str, allele: str, model: Model) -> ProjectionStore:
        """An empty one that replaces the allele's projection when it is installed."""

    def install(self, locus: str, allele: str, model: Model) -> None:
        """Put the fresh one, which is closed, in the place of the former, at once."""

    def scratch(self, model: Model) -> AbstractContextManager[ProjectionStore]:
        """An empty one that is gone afterwards."""

    def data_points(self) -> AbstractContextManager[DataPoints]:
        """An empty fold that is gone afterwards."""

    def built(self, locus: str) -> tuple[str, ...]:
        """The alleles that have a projection at a locus."""

    def drop(self, locus: str, allele: str) -> None:
        """Delete an allele's projection, if there is one."""

    def pointer(self, locus: str) -> Pointer:
        """Which one is live. Raises `Corrupt` if it cannot be read."""

    def point(self, locus: str, pointer: Pointer) -> None:
        """Make another one live, atomically and durably."""

    def remember(self, locus: str, query: JsonObject) -> None:
        """Keep a query that somebody asked, the latest ones of each locus."""

    def asked(self, locus: str) -> tuple[JsonObject, ...]:
        """The queries that are kept, oldest first."""

    def erase(self) -> None:
        """Erase every projection and every kept query, because somebody was forgotten.

        All of them, because a gene may put anything anywhere. Which one is live stays.
        """
