"""A genome repository in memory: answers `ports.Repository`. What is in `Refs` outlives a crash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controller.domains.world import JsonObject
from controller.history.canonical import canonical
from controller.ports import Blocked, Clock, DraftRef, Merged, Stale

_NAME = re.compile(r"draft/[a-z0-9][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_TRAILER = re.compile(r"([A-Za-z0-9-]+): (.*)")


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of all files, and where it came from."""

    id: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: str


@dataclass(slots=True)
class Refs:
    """What is on the disk: commits, the files of each tree, branches and notes."""

    commits: dict[str, Commit] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    main: str = ""
    drafts: dict[str, str] = field(default_factory=dict)
    closed: list[tuple[str, str]] = field(default_factory=list)
    proofs: dict[str, bytes] = field(default_factory=dict)


class MemoryRepository:
    """Commits are named by what they say, so the same life makes the same commits."""

    def __init__(self, refs: Refs, clock: Clock) -> None:
        self._refs = refs
        self._clock = clock

    @classmethod
    def create(
        cls, files: Mapping[str, bytes], message: str, author: str, clock: Clock
    ) -> MemoryRepository:
        """A repository with one commit on main."""
        made = cls(Refs(), clock)
        made._refs.main = made._commit(dict(files), (), message, author)
        return made

    @property
    def refs(self) -> Refs:
        """What outlives a crash."""
        return self._refs

    def main(self) -> str:
        """See `ports.Repository`."""
        return self._refs.main

    def files(self, commit: str) -> Mapping[str, bytes]:
        """See `ports.Repository`."""
        return self._refs.trees[self._known(commit).tree]

    def resolve(self, name: str) -> str:
        """See `ports.Repository`."""
        if name in ("main", "HEAD"):
            return self._refs.main
        if name in self._refs.drafts:
            return self._refs.drafts[name]
        found = [one for one in self._refs.commits if name and one.startswith(name)]
        if len(found) != 1:
            raise Blocked(
                f"{name!r} means no commit here",
                "did you mean main?" if sorted(name) == sorted("main") else "give a commit's id",
            )
        return found[0]

    def tree(self, commit: str) -> str:
        """See `ports.Repository`."""
        return self._known(commit).tree

    def parents(self, commit: str) -> tuple[str, ...]:
        """See `ports.Repository`."""
        return self._known(commit).parents

    def reverting(self, commit: str, on: str) -> Mapping[str, bytes | None] | None:
        """See `ports.Repository`. Files are whole: one that changed since conflicts."""
        parents = self.parents(commit)
        if not parents:
            return None
        before, after, now = self.files(parents[0]), self.files(commit), self.files(on)
        changes: dict[str, bytes | None] = {}
        for path in self.changed(parents[0], commit):
            if now.get(path) == before.get(path):
                continue
            if now.get(path) != after.get(path):
                return None
            changes[path] = before.get(path)
        return changes

    def changed(self, base: str, commit: str) -> Mapping[str, str]:
        """See `ports.Repository`."""
        old: Mapping[str, bytes] = self.files(base) if base else {}
        new = self.files(commit)
        steps = dict.fromkeys(old.keys() - new.keys(), "deleted")
        steps |= dict.fromkeys(new.keys() - old.keys(), "added")
        steps |= {path: "modified" for path in old.keys() & new.keys() if old[path] != new[path]}
        return dict(sorted(steps.items()))

    def contains(self, commit: str, ancestor: str) -> bool:
        """See `ports.Repository`."""
        return ancestor in self._ancestors(self._known(commit).id)

    def author(self, commit: str) -> str:
        """See `ports.Repository`."""
        return self._known(commit).author

    def authors(self, base: str, commit: str) -> frozenset[str]:
        """See `ports.Repository`."""
        known = set(self._ancestors(base))
        new = (one for one in self._ancestors(commit) if one not in known)
        return frozenset(self._refs.commits[one].author for one in new)

    def conflicts(self, one: str, other: str) -> tuple[str, ...]:
        """See `ports.Repository`. Files are whole: one that both changed conflicts."""
        base, ours, theirs = (self.files(c) for c in (self._merge_base(one, other), one, other))
        return tuple(
            path
            for path in sorted({*base, *ours, *theirs})
            if len({side.get(path) for side in (base, ours, theirs)}) == 3
        )

    def catch_up(self, draft: DraftRef, main: str, author: str) -> DraftRef | None:
        """See `ports.Repository`."""
        at = self._refs.drafts.get(draft.name)
        if at != draft.commit or self.conflicts(at, main):
            return None
        base = self._merge_base(at, main)
        changes = {path: self.files(at).get(path) for path in self.changed(base, at)}
        together = _with(self.files(main), changes)
        self._refs.drafts[draft.name] = self._commit(together, (at, main), draft.message, author)
        return self._draft(draft.name)

    def first_parents(self, commit: str, limit: int) -> Sequence[tuple[str, str]]:
        """See `ports.Repository`."""
        found: list[tuple[str, str]] = []
        at: Commit | None = self._known(commit)
        while at is not None and len(found) < limit:
            found.append((at.id, at.message))
            at = self._refs.commits[at.parents[0]] if at.parents else None
        return found

    def propose(
        self, name: str, base: str, changes: Mapping[str, bytes | None], message: str, author: str
    ) -> DraftRef:
        """See `ports.Repository`."""
        if not _NAME.fullmatch(name) or name.endswith(".lock") or ".." in name:
            raise Blocked(f"{name!r} cannot be the name of a draft")
        if name not in self._refs.drafts:
            self._refs.drafts[name] = self._commit(
                _with(self.files(base), changes), (base,), message, author
            )
        return self._draft(name)

    def drafts(self) -> tuple[DraftRef, ...]:
        """See `ports.Repository`."""
        return tuple(self._draft(name) for name in sorted(self._refs.drafts))

    def close(self, name: str) -> None:
        """See `ports.Repository`."""
        commit = self._refs.drafts.pop(name, None)
        if commit is not None:
            self._refs.closed.append((name, commit))
        elif all(name != closed for closed, _ in self._refs.closed):
            raise Blocked(f"there is no draft {name}")

    def proof(self, commit: str) -> JsonObject | None:
        """See `ports.Repository`."""
        note = self._refs.proofs.get(self._known(commit).id)
        return None if note is None else json.loads(note)

    def attach_proof(self, commit: str, proof: JsonObject) -> None:
        """See `ports.Repository`."""
        try:
            self._refs.proofs[self._known(commit).id] = canonical(proof)
        except ValueError as error:
            raise Blocked(f"a proof cannot be written: {error}") from error

    def merge(self, draft: DraftRef, base: str, message: str, author: str) -> Merged | Stale:
        """See `ports.Repository`."""
        proposed = self._known(draft.commit)
        if proposed.tree != draft.tree:
            raise Blocked(f"the tree of {draft.name} is {proposed.tree}, not {draft.tree}")
        if self._refs.main != base:
            return Stale(expected=base, found=self._refs.main)
        common = self._merge_base(base, draft.commit)
        if common != base:
            return Stale(expected=common, found=base)
        files = self._refs.trees[draft.tree]
        self._refs.main = self._commit(files, (base, draft.commit), message, author)
        if self._refs.drafts.get(draft.name) == draft.commit:
            del self._refs.drafts[draft.name]
        return Merged(self._refs.main)

    def commit_main(self, changes: Mapping[str, bytes | None], message: str, author: str) -> str:
        """A person's commit on main; None deletes a file. See `GitRepository`."""
        files = _with(self.files(self._refs.main), changes)
        if files != self.files(self._refs.main):
            self._refs.main = self._commit(files, (self._refs.main,), message, author)
        return self._refs.main

    def recover(self) -> tuple[str, ...]:
        """See `ports.Repository`: here a merge is one step."""
        return ()

    def _draft(self, name: str) -> DraftRef:
        commit = self._refs.commits[self._refs.drafts[name]]
        return DraftRef(
            name=name,
            commit=commit.id,
            tree=commit.tree,
            base=self._merge_base(self._refs.main, commit.id),
            title=commit.message.split("\n", 1)[0],
            message=commit.message,
            trailers=_trailers(commit.message),
        )

    def _merge_base(self, one: str, other: str) -> str:
        """The nearest ancestor of `other` that is one of `one`, itself included; empty if none."""
        reached = set(self._ancestors(one))
        return next((commit for commit in self._ancestors(other) if commit in reached), "")

    def _ancestors(self, commit: str) -> Sequence[str]:
        found, waiting = dict[str, None](), [commit]
        while waiting:
            at = waiting.pop(0)
            if at not in found:
                found[at] = None
                waiting += self._refs.commits[at].parents
        return [*found]

    def _commit(
        self, files: dict[str, bytes], parents: tuple[str, ...], message: str, author: str
    ) -> str:
        tree = _hash(*(part for path in sorted(files) for part in (path.encode(), files[path])))
        said = message.rstrip("\n") + "\n"
        when = self._clock.now().isoformat()
        name = _hash(tree.encode(), *(p.encode() for p in parents), said.encode(), when.encode())
        self._refs.trees.setdefault(tree, files)
        self._refs.commits[name] = Commit(name, tree, parents, said, author)
        return name

    def _known(self, commit: str) -> Commit:
        found = self._refs.commits.get(commit)
        if found is None:
            raise Blocked(f"there is no commit {commit!r} here")
        return found


def _with(files: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    together = {**files, **changes}
    return {path: data for path, data in together.items() if data is not None}


def _hash(*parts: bytes) -> str:
    told = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        told.update(b"%d:" % len(part) + part)
    return told.hexdigest()


def _trailers(message: str) -> dict[str, str]:
    """The `Key: value` lines of the last paragraph, if it is not the only one."""
    paragraphs = message.strip("\n").split("\n\n")
    if len(paragraphs) < 2:
        return {}
    found = [_TRAILER.fullmatch(line) for line in paragraphs[-1].splitlines()]
    return {match[1]: match[2] for match in found if match}
