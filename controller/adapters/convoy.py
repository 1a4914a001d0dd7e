"""Lets tasks that each ask hosts one question after another share their journeys.

`worlds` runs tasks in a convoy: one at a time works, so two never touch what they share at once.
Whoever asks a host waits until every other task has asked as well, or has ended; then one run of
the courier brings all questions, and the answers let each go on in its turn. Questions of one
host in one journey follow each other in the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from controller.adapters.ansible_courier import Parcel, Reply
from controller.ports import ControllerError


class Courier(Protocol):
    """Brings requests; `ansible_courier.AnsibleCourier`."""

    def deliver(
        self, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
    ) -> Mapping[str, Reply]:
        """See there."""


Outcome = bool | ControllerError | BaseException


@dataclass(slots=True)
class _Question:
    parcel: Parcel
    known_hosts: bytes
    seconds: float
    reply: Reply | BaseException | None = None


@dataclass(slots=True)
class _Member:
    """One task, in a thread of its own that runs only while it has the word."""

    task: Callable[[], bool]
    word: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    question: _Question | None = None
    outcome: Outcome | None = None


class Convoy:
    """A courier for tasks that `together` runs; for anybody else the courier that it is given."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._members: dict[int, _Member] = {}
        self._back = threading.Semaphore(0)

    def deliver(
        self, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
    ) -> Mapping[str, Reply]:
        """Bring requests: at once, or in a convoy with what the other tasks ask."""
        member = self._members.get(threading.get_ident())
        if member is None:
            return self._courier.deliver(parcels, known_hosts, seconds)
        ((host, parcel),) = parcels.items()
        member.question = question = _Question(parcel, known_hosts, seconds)
        self._back.release()
        member.word.acquire()
        if isinstance(question.reply, BaseException) and not _is_reply(question.reply):
            raise question.reply
        assert isinstance(question.reply, bytes | ControllerError)
        return {host: question.reply}

    def together(self, tasks: Sequence[Callable[[], bool]]) -> list[bool | ControllerError]:
        """What each task returns, or the trouble that ended it. Anything else it raises, raises."""
        members = [_Member(task) for task in tasks]
        for member in members:
            # A daemon: if this is interrupted, a task that waits for its answer waits for ever.
            threading.Thread(target=self._work, args=(member,), daemon=True).start()
        for member in members:
            self._go_on(member)
        while asking := [member for member in members if member.question is not None]:
            self._journey(asking)
        return [_result(member) for member in members]

    def _work(self, member: _Member) -> None:
        member.word.acquire()
        self._members[threading.get_ident()] = member
        try:
            member.outcome = member.task()
        except BaseException as failure:  # noqa: BLE001 - it is raised again in `together`
            member.outcome = failure
        finally:
            del self._members[threading.get_ident()]
            self._back.release()

    def _go_on(self, member: _Member) -> None:
        """Let a task work until it asks or ends."""
        member.word.release()
        self._back.acquire()

    def _journey(self, asking: Sequence[_Member]) -> None:
        """One run for all that can travel in it; a second question to a host waits for the next."""
        first = asking[0].question
        assert first is not None
        going: dict[str, _Member] = {}
        for member in asking:
            question = member.question
            assert question is not None
            host = question.parcel.settings.name
            alike = (question.known_hosts, question.seconds) == (first.known_hosts, first.seconds)
            if alike and host not in going:
                going[host] = member
        parcels = {host: _asked(member).parcel for host, member in going.items()}
        replies: Mapping[str, Reply | BaseException]
        try:
            replies = self._courier.deliver(parcels, first.known_hosts, first.seconds)
        except BaseException as failure:  # noqa: BLE001 - every task that asked raises it
            replies = dict.fromkeys(going, failure)
        for host, member in going.items():
            _asked(member).reply = replies[host]
            member.question = None
            self._go_on(member)


def _asked(member: _Member) -> _Question:
    assert member.question is not None
    return member.question


def _is_reply(value: object) -> bool:
    return isinstance(value, ControllerError)


def _result(member: _Member) -> bool | ControllerError:
    outcome = member.outcome
    if isinstance(outcome, bool | ControllerError):
        return outcome
    assert outcome is not None
    raise outcome
