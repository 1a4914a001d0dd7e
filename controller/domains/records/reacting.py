"""What a gene may do that brings about a consequence: look at what is known, append events.

`REACTIONS` is the repertoire, `Reaction` the kernel of one call. Nothing is appended while the
gene runs: what it asks to append waits in `appended`, in order, and is dropped if it fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from controller import limits
from controller.domains.world import (
    Json,
    JsonObject,
    Operation,
    OperationRefused,
    OperationSpec,
    Parameter,
)

_FACETS: Final = frozenset({"events"})
_THING = Parameter("thing", "thing")
_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

CATALOGUE: Final[Mapping[str, OperationSpec]] = {
    spec.name: spec
    for spec in (
        OperationSpec(
            "value",
            (_THING, Parameter("attribute", "name")),
            "record",
            mutates=False,
            facets=_FACETS,
            doc="What the system knows of a thing (`customer:c1`) under a name, or null.",
        ),
        OperationSpec(
            "history",
            (_THING, Parameter("limit", "int", optional=True)),
            "record[]",
            mutates=False,
            facets=_FACETS,
            doc="The latest events about a thing, oldest first: {type, data, time}.",
        ),
        OperationSpec(
            "trigger",
            (),
            "record",
            mutates=False,
            facets=_FACETS,
            doc="The event that asks for this: {id, type, subject, data, time}; null for a clock.",
        ),
        OperationSpec(
            "append",
            (Parameter("type", "type"), _THING, Parameter("data", "record", optional=True)),
            "none",
            mutates=True,
            facets=_FACETS,
            doc="Have an event recorded about a thing, if the gene ends well.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Appended:
    """An event that a gene asks for."""

    type: str
    subject: str
    data: JsonObject


class Reactions:
    """Answers `domains.world.Repertoire` for genes that bring about consequences."""

    name: str = "records"
    catalogue: Mapping[str, OperationSpec] = CATALOGUE

    def problem(self, operation: Operation) -> str | None:
        """Why an operation's arguments cannot be right, in one line; None if they may be."""
        given = operation.arguments
        if operation.name == "trigger":
            return None
        thing = given.get("thing")
        if not isinstance(thing, str) or not 0 < len(thing) <= limits.PROJECTION_KEY_CHARACTERS:
            return "thing is no text of a bounded length"
        match operation.name:
            case "value":
                named = isinstance(given.get("attribute"), str)
                return None if named else "attribute is not text"
            case "history":
                return _count_problem(given.get("limit"))
            case "append":
                return _event_problem(given.get("type"), given.get("data"))
        return "there is no such operation"

    def phrases(self) -> tuple[str, ...]:
        """None: what must follow is the system's to say."""
        return ()

    def executable(self, sentence: str, fields: Collection[str] | None = None) -> bool:  # noqa: ARG002
        """False: no sentence about the log can be tried."""
        return False


REACTIONS: Final = Reactions()


class Reaction:
    """The kernel of one gene's call. `value` and `history` read what is known, `trigger` is the
    event that asks for the consequence, None where it is a moment of the clock."""

    def __init__(
        self,
        value: Callable[[str, str], Json],
        history: Callable[[str, int], list[Json]],
        forbidden: Callable[[str], bool],
        trigger: JsonObject | None = None,
    ) -> None:
        self._value = value
        self._history = history
        self._trigger = trigger
        self._forbidden = forbidden
        self.appended: list[Appended] = []

    def observe(self) -> JsonObject:
        """Nothing: a log is not observed whole."""
        return {}

    def perform(self, operation: Operation) -> Json:
        """Do it. Raises `OperationRefused`."""
        given = operation.arguments
        if operation.name == "trigger":
            return self._trigger
        thing = str(given["thing"])
        if operation.name == "value":
            return self._value(thing, str(given["attribute"]))
        if operation.name == "history":
            limit = given.get("limit")
            return self._history(thing, limit if isinstance(limit, int) else 1)
        kind, data = str(given["type"]), given.get("data")
        if self._forbidden(kind):
            raise OperationRefused(f"only the controller records {kind}")
        if len(self.appended) == limits.REACTION_EVENTS:
            raise OperationRefused(f"{limits.REACTION_EVENTS} events have been appended already")
        self.appended.append(Appended(kind, thing, data if isinstance(data, dict) else {}))
        return None

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:  # noqa: ARG002
        """None: what is appended waits until the gene has ended well."""
        return ()


def _count_problem(limit: Json) -> str | None:
    if limit is None:
        return None
    whole = isinstance(limit, int) and not isinstance(limit, bool)
    if not whole or not 1 <= limit <= limits.REACTION_HISTORY:  # type: ignore[operator]
        return f"limit is no whole number from 1 to {limits.REACTION_HISTORY}"
    return None


def _event_problem(kind: Json, data: Json) -> str | None:
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        return "type is no type of events, such as `task.created`"
    if data is not None and not isinstance(data, dict):
        return "data is not an object"
    if len(json.dumps(data)) > limits.PROJECTION_ROW_CHARACTERS:
        return f"data is longer than {limits.PROJECTION_ROW_CHARACTERS} characters"
    return None
