"""Vitals: how the controller and what it keeps are doing, as numbers that are watched over time.

Taken by `stories/vitals` after every pass, told by whoever shows them (metrics, status text).
Everything is a fold of main and the log but what the pass itself measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Dominant:
    """The allele that a phenotype expresses first at a locus, and how it has done."""

    phenotype: str
    locus: str
    allele: str
    fitness: float
    trials: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look. Times are in seconds.

    `late_s` is how much later the pass began than it was due; `gaps` and `drafts` count by kind
    and by state, `trials` by end (`open` while the transaction is).
    """

    events: int
    paused: bool
    pass_s: float
    late_s: float
    actions: int
    troubles: tuple[str, ...]
    needs_person: int
    gaps: Mapping[str, int] = field(default_factory=dict)
    drafts: Mapping[str, int] = field(default_factory=dict)
    trials: Mapping[str, int] = field(default_factory=dict)
    drifted: int = 0
    """Demands whose world has drifted and is not mended yet."""
    dominants: tuple[Dominant, ...] = ()

    def line(self) -> str:
        """The same in a few words, for `systemctl status`."""
        if self.paused:
            return "paused by a person"
        waiting = f", {self.needs_person} for a person" if self.needs_person else ""
        trouble = f", {len(self.troubles)} troubles" if self.troubles else ""
        return f"{self.events} events, {sum(self.gaps.values())} gaps{waiting}{trouble}"


@dataclass(frozen=True, slots=True)
class LastPass:
    """What a controller's latest pass met. `refused` counts webhooks without a good signature,
    and is None where it hears none."""

    at: datetime
    events: int
    troubles: tuple[str, ...]
    refused: int | None = None
