"""A world of a clone: in memory while a process works, in a file after each change.

`worlds` opens the simulated one and the twin. Its time is the clock's. What the file does not
hold, the age of learned entries, begins anew when another process reads it, or when the machine
that a twin lived in was lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from controller.adapters.atomic_file import write_atomically
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.state import World, from_json
from controller.domains.world import Json, JsonObject, LiveKernel, Operation, TwinKernel
from controller.ports import Blocked, Clock, Corrupt, Unavailable

Answer = TypeVar("Answer")


class Keepable(LiveKernel, TwinKernel, Protocol):
    """A kernel that genes act on, and whose time passes when it is told to."""


def begin(path: Path, clock: Clock, state: JsonObject) -> None:
    """Keep a world from now on."""
    write_atomically(path, json.dumps({"at": clock.now().isoformat(), "world": state}).encode())


class KeptWorld:
    """The world in a file; `make` brings it to life when it is first needed."""

    def __init__(self, path: Path, clock: Clock, make: Callable[[World], Keepable]) -> None:
        self._path = path
        self._clock = clock
        self._make = make
        self._at = clock.now()
        self._kernel: Keepable | None = None

    def observe(self) -> JsonObject:
        """The world as it is now."""
        return self._now(lambda kernel: kernel.observe())

    def perform(self, operation: Operation) -> Json:
        """Do it, and keep what it changed."""
        result = self._now(lambda kernel: kernel.perform(operation))
        if CATALOGUE[operation.name].mutates:
            self._keep()
        return result

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What would undo the operation now."""
        return self._now(lambda kernel: kernel.inverse(operation))

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""
        return self._now(lambda kernel: kernel.footprint(inverses))

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since."""
        return self._now(lambda kernel: kernel.disturbed(inverses, left))

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, and keep it."""
        problems = self._now(lambda kernel: kernel.undo(inverses, spared))
        self._keep()
        return problems

    def _now(self, ask: Callable[[Keepable], Answer]) -> Answer:
        """Ask the kernel when it has caught up with the clock; one that is lost is forgotten."""
        try:
            if self._kernel is None:
                self._kernel = self._begun()
            now = self._clock.now()
            passed = (now - self._at).total_seconds()
            if passed > 0:
                self._kernel.advance(passed)
                self._at = now
            return ask(self._kernel)
        except Unavailable:
            self._kernel = None
            raise

    def _begun(self) -> Keepable:
        kept = _read(self._path)
        self._at = datetime.fromisoformat(str(kept["at"]))
        return self._make(_world(kept["world"], str(self._path)))

    def _keep(self) -> None:
        assert self._kernel is not None
        kept = {"at": self._at.isoformat(), "world": self._kernel.observe()}
        write_atomically(self._path, json.dumps(kept).encode())


def _read(path: Path) -> dict[str, Json]:
    try:
        kept = json.loads(path.read_bytes())
    except ValueError as wrong:
        raise Corrupt(
            f"{path} cannot be read: {wrong}",
            "delete it: the world then begins again from its first state",
        ) from wrong
    assert isinstance(kept, dict)
    return kept


def parsed(data: bytes, name: str) -> JsonObject:
    """A world's first state, from a file of the repository. Raises `Blocked` if it is none."""
    try:
        value: Json = json.loads(data)
    except ValueError as wrong:
        raise Blocked(f"{name} is not JSON: {wrong}", "mend the file on main") from wrong
    _world(value, name)
    assert isinstance(value, dict)
    return value


def _world(value: Json, name: str) -> World:
    try:
        assert isinstance(value, dict)
        return from_json(value)
    except (ValueError, AssertionError) as wrong:
        raise Blocked(f"{name} does not describe a world: {wrong}", "mend the file") from wrong
