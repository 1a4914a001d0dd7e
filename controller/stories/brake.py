"""The brake's two sides: a person pulls it, and whatever calls genes feels it.

`pause` and `resume` are called by their commands. `Braked` stands before the sandbox of all that
acts or searches, so nothing is done to a world once the pause is in the log: what a gene had begun
stays open on disk, as after a crash, and is undone when the controller goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from controller.conductor.brake import PAUSED, RESUMED, SUBJECT, Pause, step
from controller.domains.world import Json, JsonObject
from controller.history.event import Occurrence
from controller.ports import Clock, EventLog, GeneOutcome, Grant, Index, Sandbox, Serve


def standing(log: EventLog, index: Index) -> Pause | None:
    """The pause as the log has it now."""
    pause = None
    for number in index.by_subject(SUBJECT):
        pause = step(pause, next(log.since(number)))
    return pause


def pause(log: EventLog, clock: Clock, actor: str, reason: str) -> None:
    """Halt everything but reads, until `resume`."""
    log.append([Occurrence(PAUSED, SUBJECT, {"reason": reason}, clock.now(), None, actor)])


def resume(log: EventLog, clock: Clock, actor: str, reason: str, pause: Pause) -> None:
    """Let the controller go on."""
    data: JsonObject = {"reason": reason}
    log.append([Occurrence(RESUMED, SUBJECT, data, clock.now(), pause.event, actor)])


class Braked:
    """A sandbox that asks `go_on` before each call of a gene and each of its operations."""

    def __init__(self, sandbox: Sandbox, go_on: Callable[[], None]) -> None:
        self._sandbox = sandbox
        self._go_on = go_on

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """See `ports.Sandbox`. Raises `Halted`."""

        def served(name: str, arguments: JsonObject) -> Json:
            self._go_on()
            return serve(name, arguments)

        self._go_on()
        return self._sandbox.call(source, input_json, grants, served)

    def missing(self) -> tuple[str, ...]:
        """See `ports.Sandbox`."""
        return self._sandbox.missing()

    def close(self) -> None:
        """See `ports.Sandbox`."""
        self._sandbox.close()
