"""A world `host:NAME`: a machine elsewhere, to which genes are sent.

`worlds` opens it. Each question is one request to the runtime there (`controller.outpost`), carried
by `ansible_courier`. A transaction's inverses and its timer are on the host; here it counts as
one operation, whose inverse asks the host to take all of it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self, TypeVar

from controller.adapters import outpost_wire as wire
from controller.adapters.ansible_courier import Parcel, Reply
from controller.adapters.convoy import Courier
from controller.adapters.host_troubles import Trouble
from controller.adapters.members import Members
from controller.adapters.outpost_wire import Request
from controller.config import WorldConfig
from controller.domains.world import Json, JsonObject, Operation
from controller.genome.hosts import HostSettings
from controller.host_limits import (
    HOST_ERRAND_SECONDS,
    HOST_RETRY_FIRST_SECONDS,
    HOST_RETRY_MAX_SECONDS,
)
from controller.ports import Blocked, ControllerError, Unavailable
from controller.ports.outposts import Errand, Ran
from controller.ports.transactions import UNHEARD

TRANSACTION: Final = "transaction_on_host"
"""What a transaction there is called in the journal here; `TAKE_BACK` is its inverse."""
TAKE_BACK: Final = "take_back_on_host"

_TAKEN_BACK: Final = "the controller took it back"

Read = TypeVar("Read")


@dataclass(slots=True)
class Patience:
    """What a process remembers of a host: when it may be tried again, and its transactions.

    Each failure in a row doubles the wait. `silent` are transactions during which it was out of
    reach, `cut_off` those of them that it undid by itself, or while nobody heard it, as it says.
    """

    now: Callable[[], float] = time.monotonic
    failures: int = 0
    not_before: float = 0.0
    reason: str = ""
    open: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    cut_off: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Raises `Unavailable` while it is too early."""
        left = self.not_before - self.now()
        if left > 0:
            raise Unavailable(self.reason, f"it is tried again in {left:.0f} s", left)

    def note(self, trouble: Unavailable, *, answered: bool = False) -> Unavailable:
        """One more failure; the same trouble with the time to wait. Who answered was in reach."""
        wait = min(HOST_RETRY_FIRST_SECONDS * 2**self.failures, HOST_RETRY_MAX_SECONDS)
        self.failures = min(self.failures + 1, 20)
        if not answered:
            self.silent |= self.open
        self.not_before, self.reason = self.now() + wait, trouble.reason
        return Unavailable(trouble.reason, trouble.hint, wait)

    def forget(self) -> None:
        """It answered."""
        self.failures, self.not_before = 0, 0.0

    def end(self, transaction: str, *, by_itself: bool, unheard: bool = False) -> None:
        """A transaction has ended there; `unheard` if the host says that it was cut off."""
        if unheard or (by_itself and transaction in self.silent):
            self.cut_off.add(transaction)
        self.open.discard(transaction)
        self.silent.discard(transaction)


def _nobody(_host: str, _trouble: Trouble | None) -> None:
    pass


@dataclass(frozen=True, slots=True)
class HostWorld:
    """Answers `LiveKernel` and `ports.outposts.Outpost` for one host.

    `tell` hears of the host's trouble whenever it is asked something, None if it has none.
    """

    settings: HostSettings
    world: WorldConfig
    known_hosts: bytes
    courier: Courier
    patience: Patience = field(default_factory=Patience)
    within_transaction: tuple[str, float] | None = None
    tell: Callable[[str, Trouble | None], None] = _nobody

    @property
    def confirm_grace_s(self) -> float:
        """See `ports.outposts`."""
        return self.world.confirm_grace_seconds

    def within(self, transaction: str, confirm_within_s: float) -> Self:
        """See `ports.outposts`."""
        return replace(self, within_transaction=(transaction, confirm_within_s))

    def transaction(self) -> Operation | None:
        """See `ports.outposts`."""
        if self.within_transaction is None:
            return None
        return Operation(TRANSACTION, {"transaction": self.within_transaction[0]})

    def observe(self) -> JsonObject:
        """The host as it is."""
        return self._ask(self._request("observe"), _observed)

    def run(self, errand: Errand) -> Ran:
        """Run a gene there. Raises `Unavailable`: then nobody knows yet how far it came."""
        name, seconds = self.within_transaction or (None, 0.0)
        request = self._request("run", name, errand=errand, confirm_within_s=seconds)
        if name is None:
            return self._ask(request, wire.ran_from_json)
        self.patience.open.add(name)
        return self._ask(request, wire.ran_from_json)

    def confirm(self, transaction: str) -> bool:
        """Let a change stay. False if it was undone there, or never begun."""
        confirmed = self._ask(self._request("confirm", transaction), lambda answer: answer is True)
        if confirmed:
            self.patience.end(transaction, by_itself=False)
        return confirmed

    def cut_off(self, transaction: str) -> bool:
        """See `ports.outposts`."""
        return transaction in self.patience.cut_off

    def perform(self, operation: Operation) -> Json:
        """Single operations are for genes, which run where the host is. Raises `Blocked`."""
        raise Blocked(
            f"{operation.name} cannot be performed from here",
            f"express a locus on host:{self.settings.name}: its gene runs there",
        )

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What takes a transaction there back; nothing else is done from here."""
        return (Operation(TAKE_BACK, operation.arguments),) if operation.name == TRANSACTION else ()

    def footprint(self, _inverses: Sequence[Operation]) -> JsonObject:
        """Nothing: the host keeps what its gene left, and compares it there."""
        return {}

    def disturbed(self, _inverses: Sequence[Operation], _left: JsonObject) -> tuple[str, ...]:
        """Nothing, for the same reason."""
        return ()

    def undo(self, inverses: Sequence[Operation], _spared: Collection[str]) -> tuple[str, ...]:
        """Have transactions taken back there, or learn how that went before."""
        problems: list[str] = []
        for inverse in inverses:
            name = inverse.arguments.get("transaction")
            if inverse.name == TAKE_BACK and isinstance(name, str):
                request = self._request("undo", name, reason=_TAKEN_BACK)
                reason, told = self._ask(request, _undone)
                by_itself = reason != _TAKEN_BACK
                self.patience.end(name, by_itself=by_itself, unheard=reason == UNHEARD)
                problems += told
        return tuple(problems)

    def _request(
        self,
        do: str,
        transaction: str | None = None,
        *,
        errand: Errand | None = None,
        confirm_within_s: float = 0.0,
        reason: str = "",
    ) -> Request:
        vantages, roles = self.world.vantages, dict(self.world.roles)
        return Request(do, vantages, roles, transaction, confirm_within_s, errand, reason)

    def _ask(self, request: Request, read: Callable[[Json], Read]) -> Read:
        self.patience.check()
        name = self.settings.name
        parcel = Parcel(self.settings, wire.request_to_bytes(request), acts=request.do == "run")
        replies = self.courier.deliver({name: parcel}, self.known_hosts, HOST_ERRAND_SECONDS)
        return self._read(replies[name], read)

    def _read(self, reply: Reply, read: Callable[[Json], Read]) -> Read:
        """What a reply says. Raises the host's trouble; one out of reach waits longer each time."""
        name = f"host {self.settings.name}"
        answered = isinstance(reply, bytes)
        try:
            if isinstance(reply, ControllerError):
                raise reply
            found = read(wire.answer_from_bytes(reply, name))
        except Unavailable as trouble:
            raise self._put_off(trouble, answered=answered) from trouble
        except Blocked as trouble:
            self.tell(self.settings.name, Trouble(trouble.reason, trouble.hint, 1, None))
            raise
        except ValueError as wrong:
            strange = Unavailable(f"{name} answers what nobody understands: {wrong}")
            raise self._put_off(strange, answered=answered) from wrong
        self.patience.forget()
        self.tell(self.settings.name, None)
        return found

    def _put_off(self, trouble: Unavailable, *, answered: bool) -> Unavailable:
        """The trouble of a host that is tried again, with the time until then."""
        noted = self.patience.note(trouble, answered=answered)
        until = datetime.now(UTC) + timedelta(seconds=noted.retry_after_s)
        told = Trouble(noted.reason, noted.hint, self.patience.failures, until)
        self.tell(self.settings.name, told)
        return noted


def _undone(answer: Json) -> tuple[str, tuple[str, ...]]:
    told = Members(answer)
    return told.text("reason"), told.texts("problems")


def _observed(answer: Json) -> JsonObject:
    if not isinstance(answer, dict):
        raise ValueError("it is no observed state")
    return answer
