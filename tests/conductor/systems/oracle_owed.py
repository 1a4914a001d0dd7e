"""What the judge keeps: obligations, the situations that they belong to, conditions that wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from controller.history.event import Event
from grammar.system import nodes


@dataclass
class Owed:
    """One obligation."""

    name: str
    level: str
    arguments: list[tuple[str, tuple[str, ...], Any]]
    keys: list[tuple[tuple[str, ...], str]]
    stand_in: bool
    opened: str
    within: int | None
    requires: tuple[nodes.Path, ...]
    since: int
    bound: dict[str, str]
    kind: str
    fallback: Owed | None = None
    met: bool = False


@dataclass
class Situation:
    """One trigger; `position` is the number of events before it came about."""

    kind: str
    name: str | None
    trigger: str
    event: Event | None
    position: int
    openers: dict[str, int] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)


@dataclass
class Pending:
    """A condition that waits for a value to be told."""

    step: nodes.If
    situation: Situation
    bound: dict[str, str]
    keys: list[tuple[str, str, str]]
