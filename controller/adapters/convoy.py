"""Lets tasks that each ask hosts one question after another share their journeys.

`worlds` runs tasks in a convoy: one at a time works, so two never touch what they share at once.
Whoever asks a host waits until every other task has asked as well, or has ended; then one run of
the courier brings all questions, and the answers let each go on in its turn. Questions of one
host in one journey follow each other in the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from controller.adapters.ansible_courier import Parcel, Reply
from controller.ports import ControllerError, Halted


class Courier(Protocol):
    """Brings requests; `ansible_courier.AnsibleCourier`."""

    def deliver(
        self, parcels: Mapping[str, Parcel], known_hosts: bytes, seconds: float
    ) -> Mapping[str, Reply]:
        """See there."""


@dataclass(slots=True)
class _Question:
    host: str
    parcel: Parcel
    known_hosts: bytes
    seconds: float
    reply: Reply | None = None


@dataclass(slots=True)
class _Member:
    """One task, in a thread of its own that runs only while it has the word."""

    word: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    question: _Question | None = None
    ended: bool = False


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
        member.question = question = _Question(host, parcel, known_hosts, seconds)
        self._back.release()
        member.word.acquire()
        if question.reply is None:
            raise Halted("the run was cut short", "what was begun is undone or goes on later")
        return {host: question.reply}

    def together(self, tasks: Sequence[Callable[[], bool]]) -> list[bool | ControllerError]:
        """What each task returns, or the trouble that ended it. Anything else it raises, raises."""
        if not tasks:
            return []
        members = [_Member() for _ in tasks]
        with ThreadPoolExecutor(max_workers=len(tasks), thread_name_prefix="convoy") as threads:
            pairs = zip(members, tasks, strict=True)
            futures = [threads.submit(self._work, member, task) for member, task in pairs]
            try:
                for member in members:
                    self._go_on(member)
                while asking := [member for member in members if member.question is not None]:
                    self._journey(asking)
            finally:
                self._dismiss(members)
        return [_outcome(future) for future in futures]

    def _work(self, member: _Member, task: Callable[[], bool]) -> bool:
        member.word.acquire()
        self._members[threading.get_ident()] = member
        try:
            return task()
        finally:
            del self._members[threading.get_ident()]
            member.ended = True
            self._back.release()

    def _go_on(self, member: _Member) -> None:
        """Let a task work until it asks or ends."""
        member.question = None
        member.word.release()
        self._back.acquire()

    def _journey(self, asking: Sequence[_Member]) -> None:
        """One run for all that can travel in it; a second question to a host waits for the next."""
        going: dict[str, tuple[_Member, _Question]] = {}
        first = None
        for member in asking:
            question = member.question
            assert question is not None
            first = first or question
            alike = (question.known_hosts, question.seconds) == (first.known_hosts, first.seconds)
            if alike and question.host not in going:
                going[question.host] = member, question
        assert first is not None
        replies = self._replies({host: asked.parcel for host, (_, asked) in going.items()}, first)
        for host, (member, question) in going.items():
            question.reply = replies[host]
            self._go_on(member)

    def _replies(self, parcels: Mapping[str, Parcel], first: _Question) -> Mapping[str, Reply]:
        try:
            return self._courier.deliver(parcels, first.known_hosts, first.seconds)
        except ControllerError as trouble:
            return dict.fromkeys(parcels, trouble)

    def _dismiss(self, members: Sequence[_Member]) -> None:
        """Let every task end that has not, because the convoy was interrupted."""
        for member in members:
            while not member.ended:
                self._go_on(member)


def _outcome(future: Future[bool]) -> bool | ControllerError:
    try:
        return future.result()
    except ControllerError as trouble:
        return trouble
