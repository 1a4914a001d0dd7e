"""Drafts in git: branches below `draft/`, each a proposal for the next state of main.

Called by the repository. Nothing here touches main, HEAD, an index or a working tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pygit2

from controller.adapters.git_commit import Sign, write_commit
from controller.adapters.git_files import Changes, steps_between, tree_with
from controller.adapters.git_main import MAIN
from controller.adapters.git_refs import move, tip
from controller.ports import Blocked, DraftRef

HEADS: Final = "refs/heads/"
CLOSED: Final = "refs/germline/closed/"
_NAME: Final = re.compile(r"draft/[a-z0-9][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


def find(repository: pygit2.Repository) -> tuple[DraftRef, ...]:
    """All drafts, by name."""
    names = sorted(
        ref.removeprefix(HEADS) for ref in repository.references if ref.startswith(HEADS + "draft/")
    )
    main = tip(repository, MAIN)
    found = (read(repository, name, main) for name in names)
    return tuple(draft for draft in found if draft is not None)


def read(repository: pygit2.Repository, name: str, main: pygit2.Oid | None) -> DraftRef | None:
    """One draft; None if there is no such branch. `base` is empty without a common ancestor."""
    at = tip(repository, HEADS + name)
    return None if at is None else proposed(repository, name, at, main)


def proposed(
    repository: pygit2.Repository, name: str, at: pygit2.Oid, main: pygit2.Oid | None
) -> DraftRef:
    """A commit as the draft of a name, whether or not there is such a branch here."""
    commit: object = repository.get(at)
    if not isinstance(commit, pygit2.Commit):
        raise Blocked(
            f"the draft {name} names {at}, which is not a commit here",
            f"delete it: git update-ref -d {HEADS}{name}",
        )
    base = None if main is None else repository.merge_base(main, at)
    return DraftRef(
        name=name,
        commit=str(at),
        tree=str(commit.tree_id),
        base="" if base is None else str(base),
        title=commit.message.split("\n", 1)[0],
        message=commit.message,
        trailers=trailers(commit),
    )


def trailers(commit: pygit2.Commit) -> Mapping[str, str]:
    """The `Key: value` lines that end a commit's message; of a repeated key the last one."""
    return dict(commit.message_trailers)


def follow(repository: pygit2.Repository, name: str, was: str | None, to: pygit2.Oid) -> bool:
    """Move the branch from `was` (None: it is not there); False if it is elsewhere.

    Raises `Blocked` for a name that no draft can have.
    """
    _require_name(name)
    expected = None if was is None else pygit2.Oid(hex=was)
    return move(repository, HEADS + name, expected, to, "fetched")


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name) or not pygit2.reference_is_valid_name(HEADS + name):
        raise Blocked(
            f"{name!r} cannot be the name of a draft",
            "drafts are named draft/<kind>/<slug>, in letters, digits, `.`, `_` and `-`",
        )


def create(
    repository: pygit2.Repository,
    name: str,
    base: pygit2.Commit,
    changes: Changes,
    message: str,
    author: pygit2.Signature,
    sign: Sign,
) -> None:
    """Make the branch with one commit, unless it is there. Raises `Blocked` for a bad name."""
    _require_name(name)
    if tip(repository, HEADS + name) is not None:
        return
    tree = tree_with(repository, base.tree, changes)
    commit = write_commit(repository, tree.id, [base.id], message, author, sign)
    move(repository, HEADS + name, None, commit, "propose")


def reverting(
    repository: pygit2.Repository, commit: pygit2.Commit, on: pygit2.Commit
) -> Changes | None:
    """What git-revert(1) would change on a commit; None where it would conflict, or has no base."""
    if not commit.parents:
        return None
    mainline = 1 if len(commit.parents) > 1 else 0
    index = repository.revert_commit(commit, on, mainline)
    if index.conflicts is not None:
        return None
    tree = repository[index.write_tree(repository)]
    assert isinstance(tree, pygit2.Tree)
    changes: dict[str, bytes | None] = {}
    for step in steps_between(repository, on.tree, tree):
        blob = None if step.new is None else repository[step.new.id]
        changes[step.path] = blob.data if isinstance(blob, pygit2.Blob) else None
    return changes


def authors(repository: pygit2.Repository, base: pygit2.Oid, commit: pygit2.Oid) -> frozenset[str]:
    """Who made the commits that `commit` has and `base` has not."""
    walked = repository.walk(commit)
    walked.hide(base)
    return frozenset(f"{one.author.name} <{one.author.email}>" for one in walked)


def conflicts(index: pygit2.Index) -> tuple[str, ...]:
    """The paths of a merge that both sides changed."""
    sides = (side for sides in index.conflicts or () for side in sides if side is not None)
    return tuple(sorted({side.path for side in sides}))


def catch_up(
    repository: pygit2.Repository,
    draft: DraftRef,
    main: pygit2.Oid,
    author: pygit2.Signature,
    sign: Sign,
) -> bool:
    """Merge main into a draft's branch; False if that conflicts, or the branch has moved."""
    at = pygit2.Oid(hex=draft.commit)
    index = repository.merge_commits(at, main)
    if index.conflicts is not None:
        return False
    tree = index.write_tree(repository)
    made = write_commit(repository, tree, [at, main], draft.message, author, sign)
    return move(repository, HEADS + draft.name, at, made, "catch up with main")


def close(repository: pygit2.Repository, name: str) -> None:
    """Keep a draft's commits under another ref, then delete its branch.

    Closing what is closed does nothing. Raises `Blocked` if there never was such a draft.
    """
    kept = f"{CLOSED}{name}/"
    at = tip(repository, HEADS + name)
    if not name.startswith("draft/") or (
        at is None and not any(ref.startswith(kept) for ref in repository.references)
    ):
        raise Blocked(f"there is no draft {name}", "`germline draft list` names them all")
    if at is None:
        return
    move(repository, kept + str(at)[:12], None, at, "close")
    move(repository, HEADS + name, at, None, "close")
