"""Worlds that live on whether a controller does or not; now and then they cannot be reached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from controller.domains.network.operation import CATALOGUE
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.network.state import World
from controller.domains.world import Json, JsonObject, LiveKernel, Operation, OperationRefused
from controller.ports import Blocked, ControllerError, Unavailable
from tests.simulation.chance import Chance
from tests.simulation.clocks import Time

STILL_S = 0.05
"""What passes unnoticed: traffic is simulated for longer times only."""


@dataclass(slots=True)
class Place:
    """One world: its kernel, until when it has lived, and until when it is out of reach.

    `on_change` is told of each operation that a controller changed it by.
    """

    name: str
    kernel: SimulatedKernel
    time: Time
    lived_s: float = 0.0
    gone_until_s: float = 0.0
    on_change: Callable[[str, str], None] = lambda _world, _operation: None

    @classmethod
    def of(cls, name: str, world: World, time: Time) -> Place:
        """A world as it begins."""
        return cls(name, SimulatedKernel(world), time, time.passed_s)

    def live_on(self) -> SimulatedKernel:
        """The kernel, at the present."""
        passed = self.time.passed_s - self.lived_s
        if passed > STILL_S:
            self.kernel.advance(passed)
            self.lived_s = self.time.passed_s
        return self.kernel


class Reached:
    """Answers `LiveKernel` for a place, as far as it can be reached."""

    def __init__(self, place: Place, chance: Chance) -> None:
        self._place = place
        self._chance = chance

    def observe(self) -> JsonObject:
        """The world as it is now. Raises `Unavailable`."""
        return self._reach("observe").observe()

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What would undo the operation. Raises `Unavailable`."""
        return self._reach("inverse").inverse(operation)

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back. Raises `Unavailable`."""
        return self._reach("footprint").footprint(inverses)

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since. Raises `Unavailable`."""
        return self._reach("disturbed").disturbed(inverses, left)

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what is not spared. Raises `Unavailable`."""
        problems = self._reach("undo").undo(inverses, spared)
        self._place.on_change(self._place.name, "undo")
        self._chance.after(f"{self._place.name} undo")
        return problems

    def perform(self, operation: Operation) -> Json:
        """Do it. Raises `OperationRefused`, `Unavailable`."""
        kernel = self._reach(operation.name)
        if self._chance.happens("refusal", f"{self._place.name} {operation.name}"):
            raise OperationRefused(f"{operation.name}: not now")
        result = kernel.perform(operation)
        if CATALOGUE[operation.name].mutates:
            self._place.on_change(self._place.name, operation.name)
            self._chance.after(f"{self._place.name} {operation.name}")
        return result

    def _reach(self, what: str) -> SimulatedKernel:
        place, chance = self._place, self._chance
        chance.before(f"{place.name} {what}")
        if chance.happens("world", f"{place.name} {what}"):
            place.gone_until_s = place.time.passed_s + chance.rates.absence_s
            raise Unavailable(f"world {place.name} does not answer")
        if not chance.calm and place.gone_until_s > place.time.passed_s:
            raise Unavailable(f"world {place.name} is out of reach")
        return place.live_on()


class SimulatedWorlds:
    """Answers `ports.Worlds`."""

    def __init__(self, places: Mapping[str, Place], chance: Chance) -> None:
        self._places = places
        self._chance = chance

    def together(self, tasks: Sequence[Callable[[], bool]]) -> list[bool | ControllerError]:
        """See `ports.outposts.Journeys`: one after another, as no place is a host."""
        return [_done(task) for task in tasks]

    def kernel(self, world: str) -> LiveKernel:
        """See `ports.Worlds`."""
        place = self._places.get(world)
        if place is None:
            raise Blocked(f"world {world} is not in germline.toml")
        return Reached(place, self._chance)

    undoing = kernel


def _done(task: Callable[[], bool]) -> bool | ControllerError:
    try:
        return task()
    except ControllerError as trouble:
        return trouble
