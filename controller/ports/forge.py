"""What the core asks of a forge: its git repository (`Remote`) and its pull requests (`Forge`).

`stories/publish` asks; one adapter for each kind of forge answers, and one suite runs over all of
them. Both sides raise `Unavailable` (try again after `retry_after_s`) and `Blocked` (a person must
change something).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from controller.membrane.checks import Check
from controller.membrane.pull_text import PullText
from controller.ports import Clock, DraftRef, Merged, Repository, Stale

PullState = Literal["open", "merged", "closed"]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request (GitLab: merge request) of a branch of the project itself, none of a fork's.

    `head` is the commit that the forge has for the branch, `by` whoever merged or closed it and
    `merge` the commit that it became on main, where the forge tells.
    """

    number: int
    url: str
    branch: str
    head: str
    state: PullState
    draft: bool
    text: PullText
    by: str = ""
    merge: str = ""


class Forge(Protocol):
    """Pull requests of one project."""

    def pulls(self) -> tuple[Pull, ...]:
        """All that are open for branches below `draft/`, by number."""

    def pull(self, number: int) -> Pull | None:
        """One, in whatever state; None if the forge knows of none."""

    def open(self, branch: str, text: PullText) -> Pull:
        """Open one from `branch` to main, as a draft. The branch must be at the forge."""

    def revise(self, pull: Pull, text: PullText) -> None:
        """Replace what it says."""

    def set_draft(self, pull: Pull, draft: bool) -> None:
        """Make it a draft, or ready for review."""

    def close(self, pull: Pull, comment: str) -> None:
        """Say why, then close it without a merge."""

    def mark_merged(self, pull: Pull, commit: str) -> None:
        """Main has it as `commit`: have the forge say so, if it does not find out by itself."""

    def checks(self, commit: str) -> Mapping[str, Check]:
        """A commit's latest statuses, by context."""

    def report(self, commit: str, check: Check) -> None:
        """Set one of a commit's statuses."""


@dataclass(frozen=True, slots=True)
class Push:
    """Move a ref of the forge: from `was` (None: it is not there) to `to` (None: delete it)."""

    ref: str
    was: str | None
    to: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """The ref was not where it was expected; nothing was changed."""

    ref: str


class Clone(Repository, Protocol):
    """A genome repository that has a remote: what is done there can be taken over here."""

    def join(self, draft: DraftRef, base: str, message: str, author: str) -> str:
        """The merge commit that `merge` would make main, without moving anything."""

    def land(self, draft: DraftRef, base: str, made: str) -> Merged | Stale:
        """The rest of `merge`, with the commit that `join` made."""

    def fast_forward(self, base: str, to: str) -> Merged | Stale:
        """Move main from `base` to a later commit that is here already, as `merge` does."""

    def follow_draft(self, name: str, was: str | None, to: str) -> bool:
        """Move a draft's branch to where somebody else has it; False if it is not at `was`."""


class Remote(Protocol):
    """The forge's git repository. Refs are named in full, commits by 40 hex digits."""

    name: str

    def refs(self) -> Mapping[str, str]:
        """Main, the drafts, proofs, events and approvals as they are at the forge now.

        The commits of main and of the drafts are fetched, and approvals of those.
        """

    def push(self, pushes: Sequence[Push]) -> tuple[Moved, ...]:
        """Move refs by compare-and-swap, each by itself. Raises `Blocked` if one is refused."""

    def own(self, ref: str) -> str | None:
        """Where a ref is in this clone."""

    def approvals(self) -> Mapping[str, str]:
        """The refs of approvals in this clone."""

    def agreed(self) -> Mapping[str, str]:
        """Where each draft was when both sides last agreed: what tells whose change is new."""

    def agree(self, ref: str, commit: str | None) -> None:
        """Both sides have `commit` now; None: neither has the draft any more."""


@dataclass(frozen=True, slots=True)
class Relations:
    """How it stands with the forge; kept on disk, so that backoff outlives the process.

    `failures` are in a row. Nothing is tried before `next_look`. `refused` is why main could not be
    pushed the last time.
    """

    project: str = ""
    looked_at: datetime | None = None
    next_look: datetime | None = None
    failures: int = 0
    trouble: str = ""
    hint: str = ""
    refused: str = ""

    def well(self, now: datetime, next_look: datetime) -> Relations:
        """A look that went well."""
        return replace(self, looked_at=now, next_look=next_look, failures=0, trouble="", hint="")

    def failed(self, trouble: str, hint: str, next_look: datetime) -> Relations:
        """A look that did not."""
        return replace(
            self, next_look=next_look, failures=self.failures + 1, trouble=trouble, hint=hint
        )


class Memory(Protocol):
    """Keeps `Relations`. Deleting it costs one look."""

    def read(self) -> Relations:
        """What was written last; the beginning if nothing that can be read is there."""

    def write(self, relations: Relations) -> None:
        """Replace it."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A forge as the configuration of main names it."""

    project: str
    forge: Forge
    clone: Clone
    remote: Remote
    memory: Memory
    clock: Clock
    proofs: bool
    events: bool
