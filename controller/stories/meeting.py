"""What one pass has met so far: troubles, and what it must not try again before the next.

`converge` makes one for each pass and asks it before every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from controller.ports import Blocked, ControllerError, Unavailable


def told(trouble: ControllerError) -> str:
    """A trouble in one line."""
    return f"{trouble.reason} ({trouble.hint})" if trouble.hint else trouble.reason


@dataclass(slots=True)
class Met:
    """`skipped` are the names of what it has tried in vain, or found nothing to do for."""

    began: datetime
    actions: int = 0
    skipped: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    retry_after_s: float | None = None

    def note(self, troubles: Iterable[ControllerError]) -> None:
        """Keep troubles to be told, and when to try again what was out of reach."""
        for trouble in troubles:
            if told(trouble) not in self.troubles:
                self.troubles.append(told(trouble))
            if isinstance(trouble, Unavailable):
                shortest = min(self.retry_after_s or trouble.retry_after_s, trouble.retry_after_s)
                self.retry_after_s = shortest

    def tried(self, name: str, act: Callable[[], bool]) -> bool:
        """Do one thing at most; what is out of reach or in the way is left for a later pass."""
        if name in self.skipped:
            return False
        try:
            return self.settled(name, act())
        except (Unavailable, Blocked) as trouble:
            return self.settled(name, trouble)

    def settled(self, name: str, outcome: bool | ControllerError) -> bool:
        """Whether one thing was done; what was not, or met a trouble, is left for a later pass."""
        if isinstance(outcome, Unavailable | Blocked):
            self.note((outcome,))
        elif isinstance(outcome, ControllerError):
            raise outcome
        done = outcome is True
        if not done:
            self.skipped.add(name)
        return done
