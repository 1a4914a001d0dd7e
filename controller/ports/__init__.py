"""What the core asks of the world. Adapters answer; tests run one suite over each of them.

ControllerError                  what a person reads as `Error: …` and `Hint: …`
  Unavailable                    not now: try again after `retry_after_s`
  Blocked                        not without a person, who finds the way in `hint`
  Halted                         a person has paused the controller
  Corrupt                        what was stored is not what was written
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, Union

from controller.domains.world import Json, JsonObject, LiveKernel

if TYPE_CHECKING:  # a host that serves a controller has ports, and no log
    from controller.history.event import Event, Occurrence


class ControllerError(Exception):
    """The world failed or refused. `hint` tells a person what to do about it."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Unavailable(ControllerError):
    """Something is out of reach for the moment."""

    def __init__(self, reason: str, hint: str = "", retry_after_s: float = 5.0) -> None:
        super().__init__(reason, hint)
        self.retry_after_s = retry_after_s


class Blocked(ControllerError):
    """It cannot go on as things are; a person can change that."""


class Halted(ControllerError):
    """A person has paused the controller; what was begun is undone or goes on after `resume`."""


class Corrupt(ControllerError):
    """Stored data does not verify. Nothing was changed."""


class Clock(Protocol):
    """Time. A virtual one makes a whole life of the controller run in a moment."""

    def now(self) -> datetime:
        """The present, with a time zone."""

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""


class EventLog(Protocol):
    """The append-only history. A cursor is the number of events before a point in it."""

    def append(self, occurrences: Sequence[Occurrence]) -> tuple[Event, ...]:
        """Make them durable, in order, and return them as events.

        One whose id is in the log already is not added again. Raises `Unavailable` when
        other writers keep winning the tip, `Corrupt` when the log does not verify.
        """

    def since(self, cursor: int = 0) -> Iterator[Event]:
        """Events after the first `cursor` ones, oldest first. Raises `Corrupt`."""

    def length(self) -> int:
        """The number of events now. Raises `Corrupt`."""

    def wait(self, cursor: int, timeout_s: float) -> bool:
        """True as soon as there are more than `cursor` events, False after `timeout_s` seconds."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a fold (`history.fold`) after the first `length` events, as bytes.

    `last` is the id of the last of those events.
    """

    fold: str
    version: int
    length: int
    last: str
    state: bytes


class Snapshots(Protocol):
    """States of folds, kept to save time. Deleting all of them loses nothing."""

    def newest_first(self, fold: str, version: int) -> Iterator[Snapshot]:
        """The sound snapshots of a fold whose log has grown since, or is as it was.

        Damaged ones, other versions and those of another history are left out. Whether the
        log has `last` in its place is for the caller to look up.
        """

    def keep(self, snapshot: Snapshot) -> None:
        """Store one more. Raises `Unavailable`; older ones beyond a number are let go."""

    def forget(self) -> None:
        """Delete all of them: what a fold holds may be what somebody wants deleted."""


class Index(Protocol):
    """Where events are in the log, by what they say. Deleting it loses nothing."""

    def find(self, prefix: str) -> int | None:
        """The sequence number of the event whose id begins so; None without one.

        Raises `Blocked` if several do.
        """

    def known(self, event_id: str) -> bool:
        """True if there is an event of this id."""

    def by_subject(self, subject: str) -> Iterator[int]:
        """The sequence numbers of the events about a subject, oldest first."""

    def consequences(self, event_id: str) -> Iterator[int]:
        """The sequence numbers of the events that this one caused, oldest first."""

    def between(self, earliest: datetime, latest: datetime) -> Iterator[range]:
        """Sequence numbers among which all events of a time are; others may be there too."""

    def repeated(self) -> Iterator[tuple[int, int]]:
        """Events that are in the log a second time: where they are first, and where again."""

    def forget(self) -> None:
        """Delete it from the disk; the next question builds it again."""


# --- forgetting -------------------------------------------------------------------------


# --- genes ------------------------------------------------------------------------------

Serve = Callable[[str, JsonObject], Json]
"""Performs one operation for a gene: name, arguments → result. Raises `OperationRefused`."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The gene came back with a string, which nobody has checked yet."""

    output: str
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Died:
    """The gene did not come back: `reason` is one line, `kind` one of a few words.

    Kinds: `syntax`, `exception`, `timeout`, `memory`, `killed`, `protocol`, `output`.
    """

    kind: str
    reason: str


GeneOutcome = Union[Returned, Died]


@dataclass(frozen=True, slots=True)
class Grant:
    """One operation that a gene may call, with the names of its parameters in order."""

    operation: str
    parameters: tuple[str, ...]


class Sandbox(Protocol):
    """Runs hostile source in a process of its own."""

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """Run `execute(input_json)` of `source` once; its operations are served by `serve`."""

    def missing(self) -> tuple[str, ...]:
        """The protections that this machine does not give, in words; empty when all hold."""

    def close(self) -> None:
        """End every process that belongs to the sandbox."""


# --- worlds -----------------------------------------------------------------------------


class Worlds(Protocol):
    """Finds the kernel for a world's name: `simulated`, `netns:NAME`."""

    def kernel(self, world: str) -> LiveKernel:
        """Raises `Blocked` for a name that means nothing, `Unavailable` if it is not there."""

    def undoing(self, world: str) -> LiveKernel:
        """The same for undoing in it, whatever main says of that world by now."""


# --- the repository ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftRef:
    """A branch `draft/<kind>/<slug>` that proposes the next state of main.

    `base` is the commit of main that it was cut from (its merge base with main), `title` and
    `message` come from its tip's commit; `trailers` are that message's `Key: value` lines.
    """

    name: str
    commit: str
    tree: str
    base: str
    title: str
    message: str
    trailers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merged:
    """Main moved to this merge commit."""

    commit: str


@dataclass(frozen=True, slots=True)
class Stale:
    """Main is not where it was expected; nothing was changed."""

    expected: str
    found: str


class Repository(Protocol):
    """A genome repository in git. Commits and trees are named by their 40 hex digits."""

    def main(self) -> str:
        """The commit of `main`. Raises `Blocked` if main is missing or HEAD is detached."""

    def files(self, commit: str) -> Mapping[str, bytes]:
        """Every file of a commit, by path with forward slashes, read lazily."""

    def resolve(self, name: str) -> str:
        """The commit that a name, branch or abbreviated id means. Raises `Blocked`."""

    def tree(self, commit: str) -> str:
        """The tree of a commit."""

    def parents(self, commit: str) -> tuple[str, ...]:
        """The commits that a commit was made on: two for a merge, the mainline first."""

    def reverting(self, commit: str, on: str) -> Mapping[str, bytes | None] | None:
        """What takes a commit back from `on`, as git-revert(1) does; of a merge what it brought.

        None where later changes conflict with that.
        """

    def changed(self, base: str, commit: str) -> Mapping[str, str]:
        """Path → `added`, `modified` or `deleted`, from `base` to `commit`."""

    def author(self, commit: str) -> str:
        """Who made a commit, as `Name <email>`."""

    def first_parents(self, commit: str, limit: int) -> Sequence[tuple[str, str]]:
        """(commit, message) from `commit` back along first parents, newest first."""

    def authors(self, base: str, commit: str) -> frozenset[str]:
        """Who made the commits that `commit` has and `base` has not, each as `Name <email>`."""

    def conflicts(self, one: str, other: str) -> tuple[str, ...]:
        """The files that git-merge(1) could not merge of two commits."""

    def catch_up(self, draft: DraftRef, main: str, author: str) -> DraftRef | None:
        """Merge `main` into a draft's branch, under the draft's own message; what is there stays.

        None, and nothing is changed, where that conflicts or the branch has moved.
        """

    def propose(
        self, name: str, base: str, changes: Mapping[str, bytes | None], message: str, author: str
    ) -> DraftRef:
        """Create the branch `name` with one commit of `changes` on top of `base`.

        A change to None deletes the file.

        If the branch is there already, it is returned as it is. Never touches main, HEAD, the
        index or a working tree.
        """

    def drafts(self) -> tuple[DraftRef, ...]:
        """All branches below `draft/`, by name."""

    def close(self, name: str) -> None:
        """Delete a draft's branch; its commits stay reachable from `refs/germline/closed/`."""

    def proof(self, commit: str) -> JsonObject | None:
        """The note at `refs/notes/germline/proofs` on a commit, if there is one."""

    def attach_proof(self, commit: str, proof: JsonObject) -> None:
        """Write or replace that note."""

    def contains(self, commit: str, ancestor: str) -> bool:
        """True if `ancestor` is `commit` or one of its ancestors; False if it is not here."""

    def merge(self, draft: DraftRef, base: str, message: str, author: str) -> Merged | Stale:
        """Make `draft.tree` the next state of main, if main is still at `base`.

        A merge commit with parents (base, draft.commit) and exactly the draft's tree, by
        compare-and-swap; then the branch is deleted. A working tree that has main checked out
        follows; raises `Blocked` before anything moves if it has changes of its own in the way.
        """

    def recover(self) -> tuple[str, ...]:
        """Finish or undo what a killed process left half done; says what was found."""
