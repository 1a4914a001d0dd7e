"""Moves main, and with it the index and the working tree of a person who has it checked out.

Called by the repository for merges and for a person's commits, with the writer lock held.
The order decides what a crash can cost: look (refuse), intend (on disk), move the ref
(compare-and-swap), let the working tree follow, delete the draft, forget the intent. After
a crash `finish` goes on from wherever that was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Final

import pygit2
from pygit2.enums import RepositoryState

from controller.adapters.git_commit import Sign, unsigned, write_commit
from controller.adapters.git_files import Step, steps_between
from controller.adapters.git_intent import Intent, IntentFile
from controller.adapters.git_refs import move, tip
from controller.adapters.git_worktree import Worktree
from controller.ports import Blocked, Merged, Stale, Unavailable

MAIN: Final = "refs/heads/main"


@dataclass(frozen=True, slots=True)
class Advance:
    """The next commit of main. Its first parent is where main must be; none if it is not there.

    `draft` is the branch that is merged, whose tip is the second parent. `made` is the commit, if
    it is there already.
    """

    tree: pygit2.Tree
    parents: tuple[pygit2.Oid, ...]
    message: str
    author: pygit2.Signature
    draft: str | None = None
    made: pygit2.Oid | None = None


def advance(repository: pygit2.Repository, step: Advance, sign: Sign = unsigned) -> Merged | Stale:
    """Commit and move main. Raises `Blocked` before anything moves if a person would lose work.

    If main has moved but the working tree cannot be written, raises `Blocked` as well; the
    intent stays, for `finish`.
    """
    unfinished = finish(repository)
    intents = IntentFile(repository)
    if intents.read() is not None:
        raise Blocked("an earlier merge is not finished: " + unfinished[-1], _FINISH)
    base = step.parents[0] if step.parents else None
    found = tip(repository, MAIN)
    if found != base:
        return Stale(expected=_hex(base), found=_hex(found))
    worktree = _following(repository)
    with worktree.held() if worktree else nullcontext():
        steps = steps_between(repository, _tree(repository, base), step.tree)
        _refuse_obstacles(worktree, steps)
        to = step.made or commit_of(repository, step, sign)
        draft = step.parents[1] if step.draft is not None else None
        intents.write(
            Intent(
                base=_hex(base) or None,
                to=str(to),
                draft=step.draft,
                draft_commit=_hex(draft) or None,
            )
        )
        if not move(repository, MAIN, base, to, step.message.split("\n", 1)[0]):
            intents.clear()
            return Stale(expected=_hex(base), found=_hex(tip(repository, MAIN)))
        _follow(worktree, steps)
    with suppress(Unavailable):  # the merge is done; `finish` will try the deletion again
        _delete(repository, step.draft, draft)
        intents.clear()
    return Merged(commit=str(to))


def commit_of(repository: pygit2.Repository, step: Advance, sign: Sign) -> pygit2.Oid:
    """Make the commit of a step; no ref moves."""
    tree, parents = step.tree.id, step.parents
    return write_commit(repository, tree, parents, step.message, step.author, sign)


def finish(repository: pygit2.Repository) -> tuple[str, ...]:
    """Finish, or forget, a move of main whose process was killed. Says what was found.

    The intent stays while a person's changes are in the way of the working tree.
    """
    if not repository.is_bare and Worktree(repository).let_go():
        return ("removed index.lock, left by a killed process", *finish(repository))
    intents = IntentFile(repository)
    intent = intents.read()
    if intent is None:
        return ()
    main, to = tip(repository, MAIN), pygit2.Oid(hex=intent.to)
    if main is None or not _includes(repository, main, to):
        intents.clear()
        return (f"the move of main to {intent.to[:12]} never happened: forgotten",)
    worktree = _following(repository)
    if worktree is not None:
        base = None if intent.base is None else pygit2.Oid(hex=intent.base)
        old, new = _tree(repository, base), _tree(repository, main)
        assert new is not None
        in_the_way = _catch_up(worktree, steps_between(repository, old, new))
        if in_the_way:
            phrases = "; ".join(in_the_way)
            return (f"main is at {intent.to[:12]}, the working tree is not: {phrases}",)
    if intent.draft is not None and intent.draft_commit is not None:
        _delete(repository, intent.draft, pygit2.Oid(hex=intent.draft_commit))
    intents.clear()
    return (f"the move of main to {intent.to[:12]} was finished",)


_FINISH: Final = "put those changes aside (`git stash`, or move the files), then try again"


def _catch_up(worktree: Worktree, steps: Sequence[Step]) -> tuple[str, ...]:
    with worktree.held():
        in_the_way = worktree.obstacles(steps)
        if not in_the_way:
            worktree.follow(steps)
            worktree.forget_leftovers(steps)
        return in_the_way


def _following(repository: pygit2.Repository) -> Worktree | None:
    """The working tree that has main checked out, if any. Raises `Blocked` if it is not ours."""
    branch = repository.lookup_branch("main")
    if branch is not None and branch.is_checked_out() and not branch.is_head():
        raise Blocked(
            "main is checked out in a linked worktree",
            "remove it (`git worktree list`, `git worktree remove`), or switch it to a branch",
        )
    if repository.is_bare or repository.references["HEAD"].target != MAIN:
        return None
    if repository.state() != RepositoryState.NONE:
        raise Blocked(
            "a git operation is going on in the working tree",
            "finish or abort it: `git status` says how",
        )
    return Worktree(repository)


def _refuse_obstacles(worktree: Worktree | None, steps: Sequence[Step]) -> None:
    in_the_way = worktree.obstacles(steps) if worktree else ()
    if in_the_way:
        raise Blocked("the working tree has changes in the way: " + "; ".join(in_the_way), _FINISH)


def _follow(worktree: Worktree | None, steps: Sequence[Step]) -> None:
    if worktree is None:
        return
    try:
        worktree.follow(steps)
    except (OSError, pygit2.GitError) as error:
        raise Blocked(f"main has moved, the working tree has not: {error}", _FINISH) from error


def _delete(repository: pygit2.Repository, draft: str | None, at: pygit2.Oid | None) -> None:
    """Delete a merged draft's branch, unless somebody has added to it or deleted it."""
    if draft is not None and at is not None:
        move(repository, f"refs/heads/{draft}", at, None, "merged")


def _includes(repository: pygit2.Repository, main: pygit2.Oid, commit: pygit2.Oid) -> bool:
    if commit not in repository:
        return False
    return main == commit or repository.descendant_of(main, commit)


def _tree(repository: pygit2.Repository, commit: pygit2.Oid | None) -> pygit2.Tree | None:
    if commit is None:
        return None
    found: object = repository.get(commit)
    if not isinstance(found, pygit2.Commit):
        raise Blocked(f"there is no commit {commit}")
    return found.tree


def _hex(commit: pygit2.Oid | None) -> str:
    return "" if commit is None else str(commit)
