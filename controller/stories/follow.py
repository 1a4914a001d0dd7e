"""Following the log with a fold: begin at the newest snapshot that holds, go on from there.

Called by the chronicle, and by whatever else keeps a state over events. A snapshot that the
log does not bear out is left alone, and the state is made from the events again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, Protocol

from controller.history.event import Event
from controller.history.fold import Fold, Place, State, Unloadable, Walk
from controller.history.sealed import TOMBSTONE
from controller.limits import SNAPSHOT_CLOSE_EVENTS, SNAPSHOT_EVENTS, SNAPSHOT_SHARE
from controller.ports import ControllerError, Snapshot, Snapshots, Unavailable


class Past(Protocol):
    """What a follower reads: a log, or the chronicle, which gives events in today's form."""

    def since(self, cursor: int) -> Iterator[Event]:
        """See `ports.EventLog`."""

    def length(self) -> int:
        """See `ports.EventLog`."""


class Follower(Generic[State]):
    """A fold's state, as far as this process has read the log. `state` is its own: read it.

    When somebody was forgotten, all is read again: what was known of them goes with it.
    """

    def __init__(self, fold: Fold[State], log: Past, snapshots: Snapshots) -> None:
        self._fold = fold
        self._log = log
        self._snapshots = snapshots
        self._restart()

    def catch_up(self) -> None:
        """Take in what was appended; now and then, store where that led. Raises `Corrupt`."""
        try:
            if self._advance():
                self._restart()
                self._advance()
        except ControllerError:
            self._restart()
            raise
        if self._behind() >= max(SNAPSHOT_EVENTS, self.place.length // SNAPSHOT_SHARE):
            self._keep()

    def close(self) -> None:
        """Store the state, if beginning without it would cost more than this."""
        if self._behind() >= SNAPSHOT_CLOSE_EVENTS:
            self._keep()

    def _restart(self) -> None:
        self._begun = False
        self._kept = 0
        self.place = Place()
        self.state = self._fold.initial()

    def _advance(self) -> bool:
        """Take in what is new; True if a state that was begun before met a tombstone."""
        if not self._begun:
            self._begin()
            self._begun = True
        begun = self.place.length > 0
        buried: list[str] = []
        walk = Walk(self.place)
        events = _noting(self._log.since(self.place.length), buried)
        self.state = self._fold.step(self.state, walk.over(events))
        self.place = walk.place
        return begun and bool(buried)

    def _behind(self) -> int:
        return self.place.length - self._kept

    def _begin(self) -> None:
        """Load the newest snapshot that the log bears out, if there is one."""
        for snapshot in self._snapshots.newest_first(self._fold.name, self._fold.version):
            if not stands(self._log, snapshot):
                continue
            try:
                self.state = self._fold.load(snapshot.state)
            except Unloadable:
                continue
            self.place = Place(snapshot.length, snapshot.last)
            self._kept = snapshot.length
            return

    def _keep(self) -> None:
        """A disk that takes no snapshot costs time at the next start, nothing else.

        Forgetting writes its tombstone before it drops snapshots: if one came while this one
        was written, the snapshot goes too.
        """
        fold, length, last = self._fold, self.place.length, self.place.last
        if last is None:
            return
        self._kept = length
        with suppress(Unavailable):
            state = fold.dump(self.state)
            self._snapshots.keep(Snapshot(fold.name, fold.version, length, last, state))
            if any(event.type == TOMBSTONE for event in self._log.since(length)):
                self._snapshots.forget()


def _noting(events: Iterator[Event], buried: list[str]) -> Iterator[Event]:
    """The same events; the ids of tombstones among them are put into `buried`."""
    for event in events:
        if event.type == TOMBSTONE:
            buried.append(event.id)
        yield event


def stands(log: Past, snapshot: Snapshot) -> bool:
    """True if the log has the snapshot's last event where the snapshot says. Raises `Corrupt`."""
    if snapshot.length > log.length():
        return False
    last = next(log.since(snapshot.length - 1), None)
    return last is not None and last.id == snapshot.last
