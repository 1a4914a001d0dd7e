"""The brake: a person pauses the controller, and only a person lets it go on.

`controller.paused` and `controller.resumed` are events like any other, so a pause survives
restarts, is told to everybody who reads the log, and says who and why. Folded into the ledger;
asked before every action, every call of a gene and every operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from controller.history.event import Event

PAUSED: Final = "controller.paused"
RESUMED: Final = "controller.resumed"
SUBJECT: Final = "controller"
"""What both events are about."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused the controller, since when (RFC 3339), why, and the event that says so."""

    by: str
    since: str
    reason: str
    event: str


def step(pause: Pause | None, event: Event) -> Pause | None:
    """The pause after one more event. Who pauses what is paused changes nothing."""
    if event.type == RESUMED:
        return None
    if event.type == PAUSED and pause is None:
        return Pause(event.actor, event.time, str(event.data.get("reason", "")), event.id)
    return pause
