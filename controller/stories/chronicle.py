"""The chronicle: the log and the ledger folded from it, kept in step.

Stories record through it, so that what they decide next has seen what they did last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from controller.conductor.ledger import Ledger
from controller.conductor.ledger_fold import LEDGER
from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence
from controller.history.upcast import Endless, Upcasters
from controller.ports import Blocked, Clock, EventLog, Halted, Snapshots
from controller.stories.follow import Follower

CONTROLLER = "controller"
"""The actor of what the controller does by itself."""
_CIRCLE: Final = "let [[upcasts]] in germline.toml lead from older shapes to newer ones only"


def _beat() -> None:
    """Nobody feels the pulse."""


class Chronicle:
    """The past, as far as this process has read it."""

    def __init__(
        self,
        log: EventLog,
        clock: Clock,
        snapshots: Snapshots,
        upcasters: Callable[[], Upcasters] = Upcasters,
    ) -> None:
        self._upcasters = upcasters
        self._log = log
        self._clock = clock
        self._follower = Follower(LEDGER, log, snapshots)
        self.pulse: Callable[[], None] = _beat
        """Called at every `go_on`: whoever runs passes feels that they move, and may end them."""

    @property
    def ledger(self) -> Ledger:
        """What the log says, as of the last `refresh`."""
        return self._follower.state

    def refresh(self) -> None:
        """Read what others have appended. Raises `Corrupt`."""
        self._follower.catch_up()

    def go_on(self) -> None:
        """Read what others have appended. Raises `Halted` if a person has paused the controller."""
        self.pulse()
        self.refresh()
        pause = self.ledger.pause
        if pause is not None:
            raise Halted(
                f"the controller is paused by {pause.by} since {pause.since}: {pause.reason}",
                "`germline resume` lets it go on",
            )

    def close(self) -> None:
        """Leave a snapshot for the next process, if there is much that it would save."""
        self._follower.close()

    def record(
        self,
        kind: str,
        subject: str,
        data: JsonObject,
        cause: str | None,
        actor: str = CONTROLLER,
    ) -> Event:
        """Append one event, durably, and take it into the ledger."""
        occurrence = Occurrence(kind, subject, data, self._clock.now(), cause, actor)
        return self.append([occurrence])[0]

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """Append several, and take them into the ledger. Raises `Blocked`."""
        events = self._log.append(occurrences)
        self.refresh()
        return events

    def since(self, cursor: int) -> Iterator[Event]:
        """Events after the first `cursor` ones, from the log, in the form that main reads them.

        Raises `Corrupt`, and `Blocked` where upcasts lead in a circle.
        """
        try:
            yield from self._upcasters().over(self._log.since(cursor))
        except Endless as error:
            raise Blocked(f"no end to the upcasts: {error}", _CIRCLE) from error

    def form(self) -> str:
        """What names the form in which `since` gives events; the empty text is as recorded."""
        return self._upcasters().form

    def length(self) -> int:
        """The number of events in the log now."""
        return self._log.length()
