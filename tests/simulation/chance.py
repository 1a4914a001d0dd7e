"""What goes wrong, and when: drawn from a seed, so that the same seed goes wrong in the same way.

Every port asks before it does something and after it did it. Which kinds of failure a life has,
and how often, is drawn too: a life in which everything fails all the time shows little.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.ports import Blocked, Unavailable


class Crash(BaseException):
    """The controller's process dies here. Nothing in the controller may catch it."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How likely each failure is at one call of a port; `absence_s` is how long a world is gone."""

    crash: float
    disk: float
    world: float
    absence_s: float
    refusal: float
    gene: float
    repository: float
    meanwhile: float
    lost_wake: float
    jump: float

    @classmethod
    def draw(cls, rng: random.Random) -> Rates:
        """Each kind is absent in some lives, rare in others and frequent in a few."""

        def one_of(*rates: float) -> float:
            return rng.choice(rates)

        return cls(
            crash=one_of(0, 0.003, 0.01, 0.03),
            disk=one_of(0, 0, 0.005, 0.03),
            world=one_of(0, 0, 0.01, 0.05),
            absence_s=one_of(0, 20, 120),
            refusal=one_of(0, 0, 0.02, 0.1),
            gene=one_of(0, 0, 0.03, 0.15),
            repository=one_of(0, 0, 0.02, 0.08),
            meanwhile=one_of(0, 0, 0.005, 0.02),
            lost_wake=one_of(0, 0.1, 0.4),
            jump=one_of(0, 0, 0.05, 0.15),
        )


@dataclass(slots=True)
class Chance:
    """The dice of one life. Nothing fails while `calm`; `trace` takes a line for each failure."""

    rng: random.Random
    rates: Rates
    trace: Callable[[str], None]
    meanwhile: Callable[[], None] = lambda: None
    calm: bool = True
    counted: dict[str, int] = field(default_factory=dict)

    def before(self, place: str) -> None:
        """The process may die before anything happened; somebody else may act first."""
        if self.calm:
            return
        if self._happens("meanwhile", self.rates.meanwhile, place):
            self.calm = True
            self.meanwhile()
            self.calm = False
        if self._happens("crash", self.rates.crash / 2, f"before {place}"):
            raise Crash(place)

    def after(self, place: str) -> None:
        """The process may die when it has happened, before it is known that it has."""
        if not self.calm and self._happens("crash", self.rates.crash / 2, f"after {place}"):
            raise Crash(place)

    def disk(self, place: str) -> None:
        """The disk may refuse, for now or until a person makes room."""
        if self.happens("disk", place):
            if self.rng.random() < 0.2:
                raise Blocked(f"{place}: the disk is full", "make room")
            raise Unavailable(f"{place}: the disk does not answer")

    def happens(self, kind: str, place: str) -> bool:
        """Whether this kind of failure happens here and now."""
        return not self.calm and self._happens(kind, getattr(self.rates, kind), place)

    def _happens(self, kind: str, rate: float, place: str) -> bool:
        if rate == 0 or self.rng.random() >= rate:
            return False
        self.counted[kind] = self.counted.get(kind, 0) + 1
        self.trace(f"  ! {kind}: {place}")
        return True
