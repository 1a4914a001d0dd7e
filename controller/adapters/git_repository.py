"""A genome repository in git: answers `ports.Repository` with libgit2.

Built in the wiring. Everything that moves a ref holds the writer lock and compares and
swaps, so any number of processes here, and any git elsewhere, may work on the same
repository.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pygit2

from controller.adapters import git_create, git_drafts, git_proofs
from controller.adapters.clock import SystemClock
from controller.adapters.git_commit import Sign, unsigned
from controller.adapters.git_files import Changes, TreeFiles, steps_between, tree_with
from controller.adapters.git_locks import WriterLock, remove_locks_from_before_the_boot
from controller.adapters.git_main import MAIN, Advance, advance, commit_of, finish
from controller.adapters.git_open import GERMLINE, open_repository, signature
from controller.adapters.git_refs import attempts, tip
from controller.domains.world import JsonObject
from controller.limits import APPEND_ATTEMPTS, FILES_CACHE_TREES
from controller.ports import Blocked, Clock, DraftRef, Merged, Stale, Unavailable


class GitRepository:
    """Answers `ports.Repository`. One object serves one thread."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        """Open a repository, bare or not; `clock` dates commits. Raises `Blocked`."""
        self._repository = open_repository(path)
        self._clock: Clock = clock or SystemClock()
        self._lock = WriterLock(Path(self._repository.path))
        self._files: OrderedDict[pygit2.Oid, TreeFiles] = OrderedDict()
        self.sign: Sign = unsigned
        """How its commits are signed; the keys are named on main, so it comes after opening."""

    @classmethod
    def create(
        cls,
        path: Path,
        files: Mapping[str, bytes],
        message: str,
        author: str,
        clock: Clock | None = None,
    ) -> GitRepository:
        """Make a new repository with one commit of `files` on main, checked out.

        Raises `Blocked` unless `path` is missing or an empty directory.
        """
        now = (clock or SystemClock()).now()
        git_create.create(path, files, _message(message), signature(author, now))
        return cls(path, clock)

    @property
    def has_main(self) -> bool:
        """False before the first commit on main."""
        return tip(self._repository, MAIN) is not None

    @property
    def has_working_tree(self) -> bool:
        """False for a bare repository."""
        return not self._repository.is_bare

    @property
    def git_directory(self) -> Path:
        """Where git keeps its objects and refs."""
        return Path(self._repository.path)

    def main(self) -> str:
        """See `ports.Repository`."""
        return str(self._main())

    def files(self, commit: str) -> Mapping[str, bytes]:
        """See `ports.Repository`. Listings of the trees asked for last are kept."""
        tree = self._commit(commit).tree
        files = self._files.pop(tree.id, None) or TreeFiles(self._repository, tree)
        self._files[tree.id] = files
        if len(self._files) > FILES_CACHE_TREES:
            self._files.popitem(last=False)
        return files

    def resolve(self, name: str) -> str:
        """See `ports.Repository`: a branch, else a tag, an id or the start of one."""
        heads = self._repository.branches.local
        try:
            branch = heads.get(name)
            found = self._repository.revparse_single(name) if branch is None else branch
            return str(found.peel(pygit2.Commit).id)
        except (pygit2.GitError, KeyError, ValueError) as error:
            names = [*heads, *self._tags()]
            near = difflib.get_close_matches(name, names, n=1)
            raise Blocked(
                f"{name!r} means no commit here",
                f"did you mean {near[0]}?" if near else "give a branch, a tag or a commit's id",
            ) from error

    def tree(self, commit: str) -> str:
        """See `ports.Repository`."""
        return str(self._commit(commit).tree_id)

    def parents(self, commit: str) -> tuple[str, ...]:
        """See `ports.Repository`."""
        return tuple(str(parent) for parent in self._commit(commit).parent_ids)

    def reverting(self, commit: str, on: str) -> Changes | None:
        """See `ports.Repository`."""
        return git_drafts.reverting(self._repository, self._commit(commit), self._commit(on))

    def changed(self, base: str, commit: str) -> Mapping[str, str]:
        """See `ports.Repository`. An empty `base` is the empty tree."""
        old = self._commit(base).tree if base else None
        steps = steps_between(self._repository, old, self._commit(commit).tree)
        return {step.path: step.kind for step in steps}

    def author(self, commit: str) -> str:
        """See `ports.Repository`."""
        author = self._commit(commit).author
        return f"{author.name} <{author.email}>"

    def authors(self, base: str, commit: str) -> frozenset[str]:
        """See `ports.Repository`."""
        since, at = self._commit(base).id, self._commit(commit).id
        return git_drafts.authors(self._repository, since, at)

    def conflicts(self, one: str, other: str) -> tuple[str, ...]:
        """See `ports.Repository`."""
        ours, theirs = self._commit(one), self._commit(other)
        return git_drafts.conflicts(self._repository.merge_commits(ours.id, theirs.id))

    def catch_up(self, draft: DraftRef, main: str, author: str) -> DraftRef | None:
        """See `ports.Repository`."""
        person, to = signature(author, self._clock.now()), self._commit(main).id
        with self._lock.held():
            if not git_drafts.catch_up(self._repository, draft, to, person, self.sign):
                return None
            return git_drafts.read(self._repository, draft.name, to)

    def first_parents(self, commit: str, limit: int) -> Sequence[tuple[str, str]]:
        """See `ports.Repository`."""
        found: list[tuple[str, str]] = []
        at: pygit2.Commit | None = self._commit(commit)
        while at is not None and len(found) < limit:
            found.append((str(at.id), at.message))
            at = self._commit(str(at.parent_ids[0])) if at.parent_ids else None
        return found

    def propose(
        self, name: str, base: str, changes: Changes, message: str, author: str
    ) -> DraftRef:
        """See `ports.Repository`. A change to None deletes the file. Raises `Blocked`."""
        person = signature(author, self._clock.now())
        start = self._commit(base)
        with self._lock.held():
            git_drafts.create(
                self._repository, name, start, changes, _message(message), person, self.sign
            )
            draft = git_drafts.read(self._repository, name, tip(self._repository, MAIN))
        if draft is None:
            raise Unavailable(f"the draft {name} was deleted as soon as it was there")
        return draft

    def drafts(self) -> tuple[DraftRef, ...]:
        """See `ports.Repository`."""
        return git_drafts.find(self._repository)

    def draft_at(self, name: str, commit: str, main: str) -> DraftRef:
        """What `commit` would be as a draft of that name, where main is `main`: no branch is asked.

        Either is anything that `resolve` knows. Raises `Blocked`.
        """
        at, of = self._commit(self.resolve(commit)), self._commit(self.resolve(main))
        return git_drafts.proposed(self._repository, name, at.id, of.id)

    def close(self, name: str) -> None:
        """See `ports.Repository`. Closing what is closed does nothing. Raises `Blocked`."""
        with self._lock.held():
            git_drafts.close(self._repository, name)

    def proof(self, commit: str) -> JsonObject | None:
        """See `ports.Repository`. Raises `Corrupt` if the note is no JSON object."""
        return git_proofs.read(self._repository, self._commit(commit).id)

    def attach_proof(self, commit: str, proof: JsonObject) -> None:
        """See `ports.Repository`."""
        target = self._commit(commit).id
        with self._lock.held():
            person = signature(GERMLINE, self._clock.now())
            git_proofs.write(self._repository, target, proof, person)

    def merge(self, draft: DraftRef, base: str, message: str, author: str) -> Merged | Stale:
        """See `ports.Repository`.

        Also `Stale` if the draft's commit does not descend from `base`, since its tree would
        undo what main gained meanwhile; `expected` is then the draft's own base.
        """
        return self.land(draft, base, self.join(draft, base, message, author))

    def join(self, draft: DraftRef, base: str, message: str, author: str) -> str:
        """See `ports.forge.Clone`."""
        person = signature(author, self._clock.now())
        step = self._merge_step(draft, base, _message(message), person)
        return str(commit_of(self._repository, step, self.sign))

    def land(self, draft: DraftRef, base: str, made: str) -> Merged | Stale:
        """See `ports.forge.Clone`. `Stale` as `merge`."""
        commit = self._commit(made)
        step = self._merge_step(draft, base, commit.message, commit.author)
        return self._land(base, replace(step, made=commit.id))

    def _land(self, base: str, step: Advance) -> Merged | Stale:
        start, proposed = step.parents
        with self._lock.held():
            found = self._main()
            if found != start:
                return Stale(expected=base, found=str(found))
            common = self._repository.merge_base(start, proposed)
            if common != start:
                return Stale(expected=str(common or ""), found=base)
            return advance(self._repository, step, self.sign)

    def fast_forward(self, base: str, to: str) -> Merged | Stale:
        """See `ports.forge.Clone`. Raises `Blocked` if `to` does not descend from `base`."""
        start, made = self._commit(base), self._commit(to)
        if not self.contains(to, base):
            raise Blocked(f"{to[:12]} does not contain {base[:12]}")
        with self._lock.held():
            step = Advance(made.tree, (start.id,), made.message, made.author, made=made.id)
            return advance(self._repository, step, self.sign)

    def contains(self, commit: str, ancestor: str) -> bool:
        """See `ports.Repository`."""
        if ancestor not in self._repository:
            return False
        late, early = self._commit(commit).id, self._commit(ancestor).id
        return late == early or self._repository.descendant_of(late, early)

    def follow_draft(self, name: str, was: str | None, to: str) -> bool:
        """See `ports.forge.Clone`."""
        with self._lock.held():
            return git_drafts.follow(self._repository, name, was, self._commit(to).id)

    def commit_main(self, changes: Changes, message: str, author: str) -> str:
        """A person's commit on main; the working tree follows as in `merge`.

        A change to None deletes the file. Returns main's commit, the present one if the
        changes change nothing. Raises `Blocked` as `merge` does.
        """
        for _ in attempts(APPEND_ATTEMPTS):
            with self._lock.held():
                parent = self._commit(self.main())
                tree = tree_with(self._repository, parent.tree, changes)
                if tree.id == parent.tree_id:
                    return str(parent.id)
                person = signature(author, self._clock.now())
                step = Advance(tree, (parent.id,), _message(message), person)
                result = advance(self._repository, step, self.sign)
            if isinstance(result, Merged):
                return result.commit
        raise Unavailable("main kept moving", "nothing was committed; try again")

    def recover(self) -> tuple[str, ...]:
        """See `ports.Repository`. Raises `Corrupt` if the record of a merge is damaged."""
        with self._lock.held() as left:
            old = remove_locks_from_before_the_boot(self.git_directory)
            locks = tuple(f"removed {name}, left by a killed process" for name in (*left, *old))
            return locks + finish(self._repository)

    def _merge_step(
        self, draft: DraftRef, base: str, message: str, author: pygit2.Signature
    ) -> Advance:
        start, proposed = self._commit(base), self._commit(draft.commit)
        if str(proposed.tree_id) != draft.tree:
            raise Blocked(f"the tree of {draft.name} is {proposed.tree_id}, not {draft.tree}")
        parents = (start.id, proposed.id)
        return Advance(proposed.tree, parents, message, author, draft.name)

    def _main(self) -> pygit2.Oid:
        if self._repository.head_is_detached:
            raise Blocked("HEAD is detached", "check out a branch: `git switch main`")
        found = tip(self._repository, MAIN)
        if found is None:
            raise Blocked(
                "there is no branch main with a commit",
                "make the first commit on main, or rename a branch: `git branch -m OLD main`",
            )
        return found

    def _commit(self, commit: str) -> pygit2.Commit:
        try:
            found: object = self._repository.get(commit)
        except ValueError:
            found = None
        if not isinstance(found, pygit2.Commit):
            raise Blocked(f"there is no commit {commit!r} here", "fetch it, or see `git log --all`")
        return found

    def _tags(self) -> list[str]:
        prefix = "refs/tags/"
        refs = self._repository.references
        return [ref.removeprefix(prefix) for ref in refs if ref.startswith(prefix)]


def _message(message: str) -> str:
    """A commit's message ends with one newline."""
    return message.rstrip("\n") + "\n"
