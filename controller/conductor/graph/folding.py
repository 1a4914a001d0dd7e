"""A system's evaluator as a fold of the log: `history.fold.Fold`, so that its states are snapshots.

Followed by `stories/watch_systems`. What a dump was made of (the graph, the form in which events
were read, `VERSION`) stands before it: any other graph is another fold and begins anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Final

from controller.conductor.graph import state as states
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.graph import Graph
from controller.conductor.graph.state import State
from controller.history.event import Event
from controller.history.fold import Unloadable

VERSION: Final = 3
"""Grows with every change of what the evaluator does with events."""
_DIGITS: Final = 16


class SystemFold:
    """Events in, what is open of one system out."""

    version: Final = VERSION

    def __init__(
        self, graph: Graph, form: str, foreign: Callable[[str], bool], now: Callable[[], str]
    ) -> None:
        """`form` names how events are read; `foreign` types are no business of this system; `now`
        is the present (RFC 3339), until which events are taken."""
        self.evaluator = Evaluator(graph, foreign)
        self.name = f"system-{hashlib.sha256(graph.name.encode()).hexdigest()[:_DIGITS]}"
        self._now = now
        self._made_of = hashlib.sha256(f"{form}\n{graph!r}".encode()).digest()

    def initial(self) -> State:
        """Nothing has happened."""
        return self.evaluator.initial()

    def step(self, state: State, events: Iterable[Event]) -> State:
        """The same state, after more events and up to the present."""
        return self.evaluator.step(state, events, self._now())

    def dump(self, state: State) -> bytes:
        """What it is made of, and MessagePack."""
        return self._made_of + states.dump(state)

    def load(self, data: bytes) -> State:
        """The state of a dump. Raises `Unloadable`, also for one of another graph."""
        if data[: len(self._made_of)] != self._made_of:
            raise Unloadable("the state of another graph")
        return self.evaluator.load(data[len(self._made_of) :])
