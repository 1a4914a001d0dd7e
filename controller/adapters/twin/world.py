"""One world in a twin's machine, as a kernel of the network domain; and the machine it needs.

`wiring` makes one `Twin`; `adapters.worlds` asks it for kept worlds, the stories for shadows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Self

from controller.adapters.twin.machine import Machine
from controller.domains.network import outside
from controller.domains.network.state import World, from_json, to_json
from controller.domains.world import Json, JsonObject, Operation, OperationRefused


class TwinWorld:
    """A world on a real kernel, in virtual time. All worlds of one machine share its clock.

    Everything raises `Unavailable` once the machine is lost, and `OperationRefused` as usual.
    """

    def __init__(self, machine: Machine, world: World) -> None:
        self._machine = machine
        self._number = machine.ask({"do": "make", "world": to_json(world)})["answer"]

    def observe(self) -> JsonObject:
        """The world as Linux has it."""
        answer = self._ask("observe")
        assert isinstance(answer, dict)
        return answer

    def perform(self, operation: Operation) -> Json:
        """Do it and return what the catalogue promises. Raises `OperationRefused`."""
        return self._ask("perform", name=operation.name, arguments=dict(operation.arguments))

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What undoes `operation` if it is performed next."""
        answer = self._ask("inverse", name=operation.name, arguments=dict(operation.arguments))
        assert isinstance(answer, list)
        return tuple(_operation(one) for one in answer)

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""
        answer = self._ask("footprint", inverses=_told(inverses))
        assert isinstance(answer, dict)
        return answer

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since."""
        return _lines(self._ask("disturbed", inverses=_told(inverses), left=left))

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, but for what is spared; what could not be, in words."""
        return _lines(self._ask("undo", inverses=_told(inverses), spared=[*spared]))

    def advance(self, seconds: float) -> None:
        """Let time pass: timers, ageing, and what the peers say."""
        if seconds > 0:
            self._ask("advance", seconds, seconds=seconds)

    def reboot(self) -> tuple[str, ...]:
        """Start the host again; what its profiles ask for in vain, in words."""
        return _lines(self._ask("reboot"))

    def renew(self, thing: str) -> tuple[str, ...]:
        """Ask again for what an interface was lent; what it loses, in words."""
        return _lines(self._ask("renew", thing=thing))

    def fork(self) -> TwinWorld:
        """Another world in the same machine, made from what this one is seen to be."""
        return TwinWorld(self._machine, from_json(self.observe()))

    def close(self) -> None:
        """Remove the world from its machine, if that still lives."""
        if self._machine.lost is None:
            self._ask("release")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, what: str, takes_s: float = 0, **parts: Json) -> Json:
        answer = self._machine.ask({"do": what, "number": self._number, **parts}, takes_s)
        if "refused" in answer:
            raise OperationRefused(str(answer["refused"]))
        return answer["answer"]


def _told(operations: Sequence[Operation]) -> list[Json]:
    return [{"name": one.name, "arguments": dict(one.arguments)} for one in operations]


def _lines(answer: Json) -> tuple[str, ...]:
    assert isinstance(answer, list)
    return tuple(str(line) for line in answer)


def _operation(told: Json) -> Operation:
    assert isinstance(told, dict)
    arguments = told["arguments"]
    assert isinstance(arguments, dict)
    return Operation(str(told["name"]), arguments)


class Twin:
    """A machine that is booted when a world is first asked for, and again after it was lost.

    `kernel` finds the built kernel; it raises `Unavailable` where there is none. `machine` is the
    one that runs.
    """

    def __init__(self, kernel: Callable[[], Path]) -> None:
        self._kernel = kernel
        self.machine: Machine | None = None

    def make(self, world: World) -> TwinWorld:
        """A new world. Raises `Unavailable`."""
        if self.machine is not None and self.machine.lost is not None:
            self.close()
        if self.machine is None:
            self.machine = Machine(self._kernel())
        return TwinWorld(self.machine, world)

    def shadow(self, observed: JsonObject) -> TwinWorld:
        """A world in the observed state, with a guess at what nobody can look at."""
        world = from_json(observed)
        whole = outside.completed(world)
        made = self.make(whole)
        if whole is not world:
            made.advance(outside.WARMING_SECONDS)
        return made

    def close(self) -> None:
        """End the machine, if there is one."""
        if self.machine is not None:
            self.machine.close()
            self.machine = None
