"""Agents: short-lived workers, each with one assignment. Adapters run them; stories judge them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controller.conductor.assignment import Assignment


@dataclass(frozen=True, slots=True)
class Finished:
    """An agent that is gone, with everything that it started.

    `output` is what it wrote, which nobody has read yet; with an `error`, in one line, it did not
    come to an end of its own.
    """

    assignment: str
    output: bytes
    error: str | None = None


class Agents(Protocol):
    """Runs agents beside the pass. None of their processes outlives an agent, or the controller."""

    def start(self, assignment: Assignment, command: Sequence[str]) -> None:
        """Begin to run `command` on an assignment. Returns at once, whatever becomes of it."""

    def running(self) -> frozenset[str]:
        """The assignments that are under way, or over and not yet collected."""

    def collect(self) -> Finished | None:
        """The next one that is over, in the order of their ends; None if there is none."""

    def wait(self, timeout_s: float) -> bool:
        """True as soon as there is one to collect, False if none runs or after `timeout_s`."""

    def stop(self, reason: str) -> None:
        """Kill all that run, and wait for their ends; `reason` becomes their error."""
