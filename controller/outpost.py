"""Outpost: what runs on a host for a controller that is elsewhere. It acts and reports.

    python -I RUNTIME serve STATE            one request on standard input, one answer on output
    python -I RUNTIME STATE [--watch]        undo what nobody confirmed in time (`overdue`)

`adapters.runtime_archive` packs this module, and what it imports, into one file for hosts that have
nothing but Python; `adapters.ansible_courier` puts it there. A transaction lives here: its inverses
are on this disk and its timer runs here before the gene does, so that a host that a gene cuts
off comes back by itself. How a transaction ended is kept, so that a repeated request is harmless.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller import overdue
from controller.adapters import outpost_wire as wire
from controller.adapters.hearing import unconfirmed_here
from controller.adapters.host_timer import HostTimer
from controller.adapters.outpost_wire import Request
from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.transaction_ends import TransactionEnds
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.watch import TRANSACTIONS, in_background
from controller.domains.network import NETWORK
from controller.domains.network.disk import of_this_machine
from controller.domains.network.guarding import guard
from controller.domains.network.namespace import WorldGone
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.world import Guard, Json, JsonObject
from controller.host_limits import HOST_REQUEST_BYTES
from controller.ports import Blocked, ControllerError, Unavailable
from controller.ports.transactions import Undone
from controller.stories.call import run
from controller.stories.commit_confirmed import Window, commit_confirmed
from controller.stories.undo import undo

HERE: Final = "here"
"""What a host calls its own world in its journal."""
_OWN_NAMESPACE: Final = "/proc/self/ns/net"


class Here:
    """Answers `ports.Worlds` for the one world that there is: this machine's own network."""

    def __init__(self, vantages: dict[str, str], roles: dict[str, str]) -> None:
        self._vantages = vantages
        self._roles = roles
        self._opened: NetlinkKernel | None = None

    def kernel(self, world: str) -> NetlinkKernel:
        """Raises `Blocked` for another world, `Unavailable` without the right to change this."""
        if world != HERE:
            raise Blocked(f"nothing knows how to reach world {world}", HERE)
        if self._opened is None:
            try:
                self._opened = NetlinkKernel(
                    _OWN_NAMESPACE, self._vantages, self._roles, disk=of_this_machine()
                )
            except WorldGone as gone:
                raise Unavailable(str(gone), "genes on a host need root there") from gone
        return self._opened

    undoing = kernel

    def close(self) -> None:
        """Let go of the kernel."""
        if self._opened is not None:
            self._opened.close()


@dataclass(frozen=True, slots=True)
class Station:
    """What serving needs; `commit_confirmed.Means`."""

    worlds: Here
    transactions: TransactionJournal
    timer: HostTimer
    ends: TransactionEnds


def main(arguments: list[str]) -> int:
    """The exit status: 0 if a request was answered, or deadlines were seen to."""
    if arguments[:1] == ["serve"] and len(arguments) == 2:
        return _serve(Path(arguments[1]))
    state = Path(arguments[0]) if arguments else None
    if state is not None and state.is_dir() and arguments[1:] in ([], ["--watch"]):
        if not arguments[1:]:
            return overdue.undo_once(state, _here, unconfirmed_here)
        in_background(state / TRANSACTIONS, lambda: overdue.watch(state, _here, unconfirmed_here))
        return 0
    sys.stderr.write("Error: it takes `serve STATE`, `STATE` or `STATE --watch`\n")
    return 1


def _here(_state: Path) -> Here:
    return Here({}, {})


def _serve(state: Path) -> int:
    try:
        request = wire.request_from_bytes(sys.stdin.buffer.read(HOST_REQUEST_BYTES + 1))
    except ValueError as wrong:
        said = wire.trouble_to_bytes(Blocked(f"the request cannot be read: {wrong}"))
    else:
        said = _answer(state, request)
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    return 0


def _answer(state: Path, request: Request) -> bytes:
    try:
        with closing(Here(dict(request.vantages), dict(request.roles))) as worlds:
            journal = TransactionJournal(state / TRANSACTIONS)
            timer = HostTimer(journal, (sys.executable, "-I", sys.argv[0]))
            station = Station(worlds, journal, timer, TransactionEnds(state / "ended"))
            return wire.answer_to_bytes(_do(station, request))
    except WorldGone as gone:
        return wire.trouble_to_bytes(Unavailable(str(gone)))
    except ControllerError as trouble:
        return wire.trouble_to_bytes(trouble)


def _do(station: Station, request: Request) -> Json:
    if request.do == "observe":
        return station.worlds.kernel(HERE).observe()
    if request.do == "run":
        return _run(station, request)
    if request.do == "confirm" and request.transaction is not None:
        return _confirm(station, request.transaction)
    if request.do == "undo" and request.transaction is not None:
        ended = _undo(station, request.transaction, request.reason)
        return {"reason": ended.reason, "problems": [*ended.problems]}
    raise Blocked(f"a host does not know how to {request.do}")


def _run(station: Station, request: Request) -> Json:
    """Run a gene; in a transaction, if the request names one."""
    assert request.errand is not None
    errand, name = request.errand, request.transaction
    kernel = station.worlds.kernel(HERE)

    def guarding(_observed: JsonObject, protected: Mapping[str, Collection[str]]) -> Guard:
        return guard(kernel.host(), protected)

    with ProcessSandbox() as sandbox:
        if name is None:
            return wire.ran_to_json(run(NETWORK, sandbox, kernel, errand, None, guarding))
        if station.ends.of(name) is not None:
            raise Blocked("the transaction has ended here already", "express the locus again")
        ran = commit_confirmed(
            station,
            Window(name, HERE, request.confirm_within_s),
            kernel,
            lambda record: run(NETWORK, sandbox, kernel, errand, record, guarding),
        )
        return wire.ran_to_json(ran)


def _confirm(station: Station, name: str) -> bool:
    """Let a change stay. The end is kept first, and counts once the journal has let go."""
    if not _is_open(station, name):
        end = station.ends.of(name)
        return end is not None and end.confirmed
    station.ends.keep_confirmed(name)
    if not station.transactions.confirm(name):
        return False
    station.timer.disarm(name)
    return True


def _undo(station: Station, name: str, reason: str) -> Undone:
    """Take a change back, or say how that went before. One that never began cannot any more."""
    if not _is_open(station, name):
        end = station.ends.of(name)
        if end is None:
            station.ends.keep_undone(name, Undone(reason))
            return Undone(reason)
        if end.confirmed:
            return Undone(reason, ("the host had it confirmed before, and it stays",))
        return end.undone
    undone = undo(station.worlds, station.transactions, name, reason)
    station.ends.keep_undone(name, undone)
    station.transactions.forget(name)
    station.timer.disarm(name)
    return undone


def _is_open(station: Station, name: str) -> bool:
    return station.transactions.find(name) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
