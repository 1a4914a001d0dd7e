"""The records domain as the core sees it: its catalogue and its one phrase.

`RECORDS` answers `domains.world.Repertoire`. Projections are not mutated by demands, rolled back
or rehearsed in shadows: they are built from the log, and built again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from controller.domains.records import argument
from controller.domains.records.operation import CATALOGUE
from controller.domains.records.phrases import REACHABLE, event_type
from controller.domains.world import Operation, OperationSpec, Repertoire


class RecordsDomain:
    """Answers for rows, nodes and edges."""

    name: str = "records"
    catalogue: Mapping[str, OperationSpec] = CATALOGUE

    def problem(self, operation: Operation) -> str | None:
        """Why an operation's arguments cannot be right, in one line; None if they may be."""
        return argument.check(operation)

    def phrases(self) -> tuple[str, ...]:
        """The phrases of the domain, as they are told to people."""
        return (REACHABLE,)

    def executable(self, sentence: str, fields: Collection[str] | None = None) -> bool:  # noqa: ARG002
        """True when the sentence names events that must stay reachable."""
        return event_type(sentence) is not None


RECORDS: Repertoire = RecordsDomain()
"""The domain, ready for use."""
