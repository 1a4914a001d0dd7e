"""A world where genes run on the spot: the controller sends a gene call, the host does it.

Answered by `adapters.host_world`; on the host `controller.outpost` does the work. The host acts
and reports what it saw, the controller judges: contracts, phrases and thresholds stay here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from controller.domains.world import Answer, JsonObject, Operation
from controller.ports import ControllerError, GeneOutcome

if TYPE_CHECKING:
    from typing import Self

HOST: Final = "host:"
"""How the names of such worlds begin."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One gene call: its input, the operations granted to it, and what people protect from it.

    `protected` are names by kind, `named` what it may touch besides what its input names;
    `observing` asks for the world around the call.
    """

    source: str
    values: JsonObject
    operations: tuple[str, ...]
    protected: Mapping[str, Collection[str]]
    observing: bool
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An operation that was not performed, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of it, unjudged. `before` and `now` are empty unless it was to be observed.

    `served` are all operations in their order, `performed` those of them that changed the world,
    `answers` what it said to those that it did not refuse, `refused` the first of the others.
    """

    outcome: GeneOutcome
    before: JsonObject
    now: JsonObject
    served: tuple[Operation, ...]
    performed: tuple[Operation, ...]
    answers: tuple[Answer, ...]
    refused: tuple[Refusal, ...]


@runtime_checkable
class Outpost(Protocol):
    """What such a world can do besides what every live kernel can.

    `confirm_grace_s`: seconds beyond gene and window in which it waits for a confirmation.
    """

    confirm_grace_s: float

    def within(self, transaction: str, confirm_within_s: float) -> Self:
        """The same world for one gene call in a transaction that is kept, and timed, there."""

    def transaction(self) -> Operation | None:
        """That transaction as one operation of the controller's own; its inverse takes it back."""

    def run(self, errand: Errand) -> Ran:
        """Run a gene there. Raises `Unavailable`: then nobody knows yet how far it came."""

    def confirm(self, transaction: str) -> bool:
        """Let its change stay; harmless when repeated. False if it was undone, or never begun."""

    def cut_off(self, transaction: str) -> bool:
        """True if it was out of reach while the transaction was open, and undid it by itself.

        Known to the process that sent the gene, once the transaction has ended.
        """


class Journeys(Protocol):
    """Does things about many hosts at a time, where one by one would take as many times as long."""

    def together(self, tasks: Sequence[Callable[[], bool]]) -> list[bool | ControllerError]:
        """What each task returned, or the trouble that it met; hosts do not wait for each other.

        Tasks take turns: one works while the others wait for their hosts.
        """
