"""Moves refs by compare-and-swap, the only way that anything here moves one.

Called by the event log and by everything that writes main, drafts or what was closed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pygit2

from controller.limits import BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS, REF_LOCK_ATTEMPTS
from controller.ports import Blocked, Unavailable


def tip(repository: pygit2.Repository, ref: str) -> pygit2.Oid | None:
    """The object that a ref names now, or None without such a ref.

    Raises `Blocked` for a symbolic ref: the refs of a genome repository hold commits.
    """
    reference = repository.references.get(ref)
    if reference is None:
        return None
    if not isinstance(reference.target, pygit2.Oid):
        raise Blocked(
            f"{ref} is a symbolic ref to {reference.target}",
            f"make it a branch of its own: git symbolic-ref --delete {ref}",
        )
    return reference.target


def move(
    repository: pygit2.Repository,
    ref: str,
    expected: pygit2.Oid | None,
    new: pygit2.Oid | None,
    note: str,
) -> bool:
    """Move a ref from `expected` to `new`; False, and nothing moved, if it is elsewhere.

    None means that the ref is not there, before or after. The comparison happens while git's
    own lock on the ref is held, so it holds against every git on the same repository.
    (libgit2's `git_reference_create` without force looks before it locks; a transaction
    locks first.) `note` goes into the reflog. Raises `Unavailable` if the lock is taken and
    `Blocked` if the name cannot be a ref beside those that are there.
    """
    if expected is None:
        _check_room(repository, ref)
    for _ in attempts(REF_LOCK_ATTEMPTS):
        try:
            return _move(repository, ref, expected, new, note)
        except (pygit2.GitError, OSError) as error:
            failure = error
    raise Unavailable(
        f"{ref} could not be moved: {failure}",
        "if no other git is at work, remove the lock file it names",
        retry_after_s=1.0,
    ) from failure


def _move(
    repository: pygit2.Repository,
    ref: str,
    expected: pygit2.Oid | None,
    new: pygit2.Oid | None,
    note: str,
) -> bool:
    with repository.transaction() as transaction:
        transaction.lock_ref(ref)
        if tip(repository, ref) != expected:
            return False
        if new is None:
            transaction.remove(ref)
        else:
            transaction.set_target(ref, new, message=note)
    return True


def _check_room(repository: pygit2.Repository, ref: str) -> None:
    """A ref is a file or a directory of refs, never both, also where refs are packed."""
    if not pygit2.reference_is_valid_name(ref):
        raise Blocked(f"{ref!r} is not a valid name for a ref", "see git check-ref-format(1)")
    parts = ref.split("/")
    above = {"/".join(parts[:end]) for end in range(3, len(parts))}
    for other in repository.references:
        if other in above or other.startswith(ref + "/"):
            raise Blocked(f"{ref} cannot be beside {other}", f"delete or rename {other}")


def attempts(limit: int) -> Iterator[int]:
    """Count up to `limit` tries, waiting longer before each but the first.

    The waits double, without chance: writers on one machine already take turns by a lock,
    and those elsewhere differ by their distance.
    """
    wait = BACKOFF_FIRST_SECONDS
    for attempt in range(limit):
        if attempt:
            time.sleep(wait)
            wait = min(2 * wait, BACKOFF_MAX_SECONDS)
        yield attempt
