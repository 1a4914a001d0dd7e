"""Which sentences any shipped domain understands. Asked where contracts are compiled."""

from __future__ import annotations

from collections.abc import Callable, Collection

from controller.domains.records import RECORDS
from controller.domains.world import Repertoire

Executable = Callable[..., bool]


def understood(domain: Repertoire) -> Executable:
    """Tells whether `domain`, or the one of records, which every genome has, knows a sentence."""

    def executable(sentence: str, fields: Collection[str] | None = None) -> bool:
        return domain.executable(sentence, fields) or RECORDS.executable(sentence, fields)

    return executable
