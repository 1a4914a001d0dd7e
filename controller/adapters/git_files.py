"""Reads the files of a tree, compares trees, and makes new ones from changes.

Called by the repository. Touches objects only: no ref, no index, no working tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pygit2
from pygit2.enums import FileMode

from controller.ports import Blocked

Changes = Mapping[str, bytes | None]
"""Path → new content, or None where the file is deleted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a tree: git's mode (regular, executable, symbolic link, submodule) and its id."""

    mode: int
    id: pygit2.Oid


@dataclass(frozen=True, slots=True)
class Step:
    """What one path is before and after a change; None where there is no file."""

    path: str
    old: Entry | None
    new: Entry | None

    @property
    def kind(self) -> str:
        """`added`, `modified` or `deleted`."""
        if self.old is None:
            return "added"
        return "deleted" if self.new is None else "modified"


class TreeFiles(Mapping[str, bytes]):
    """Every file of a tree, by path; content is read on access.

    A symbolic link's content is where it points to. Submodules are left out.
    """

    def __init__(self, repository: pygit2.Repository, tree: pygit2.Tree) -> None:
        self._repository = repository
        self._tree = tree

    @cached_property
    def _blobs(self) -> dict[str, pygit2.Oid]:
        return dict(_walk(self._tree, ""))

    def __getitem__(self, path: str) -> bytes:
        found = self._repository[self._blobs[path]]
        if not isinstance(found, pygit2.Blob):
            raise KeyError(path)
        return found.data

    def __contains__(self, path: object) -> bool:
        return path in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


def _walk(tree: pygit2.Tree, prefix: str) -> Iterator[tuple[str, pygit2.Oid]]:
    for entry in tree:
        path = prefix + (entry.raw_name or b"").decode("utf-8", "surrogateescape")
        if isinstance(entry, pygit2.Tree):
            yield from _walk(entry, path + "/")
        elif entry.filemode != FileMode.COMMIT:
            yield path, entry.id


def steps_between(
    repository: pygit2.Repository, old: pygit2.Tree | None, new: pygit2.Tree
) -> tuple[Step, ...]:
    """The paths that differ between two trees, by name; None is the empty tree."""
    before = repository[repository.TreeBuilder().write()] if old is None else old
    assert isinstance(before, pygit2.Tree)
    steps = []
    for delta in before.diff_to_tree(new).deltas:
        path = delta.new_file.raw_path.decode("utf-8", "surrogateescape")
        steps.append(Step(path, _entry(delta.old_file), _entry(delta.new_file)))
    return tuple(sorted(steps, key=lambda step: step.path))


def _entry(side: pygit2.DiffFile) -> Entry | None:
    return None if side.mode == FileMode.UNREADABLE else Entry(side.mode, side.id)


def tree_with(
    repository: pygit2.Repository, base: pygit2.Tree | None, changes: Changes
) -> pygit2.Tree:
    """Write the tree that `base` becomes by changes; a file keeps its mode.

    Raises `Blocked` for a path that git cannot hold, and where a new file would take the
    place of a directory or the other way round.
    """
    index = pygit2.Index()
    if base is not None:
        index.read_tree(base)
    for path, content in changes.items():
        _check_path(path)
        if content is None:
            if path in index:
                index.remove(path)
            continue
        mode = index[path].mode if path in index else FileMode.BLOB
        try:
            index.add(pygit2.IndexEntry(path, repository.create_blob(content), mode))
        except pygit2.GitError as error:
            raise Blocked(f"{path!r} cannot be the path of a file in git: {error}") from error
    tree = repository[index.write_tree(repository)]
    assert isinstance(tree, pygit2.Tree)
    for step in steps_between(repository, base, tree):
        if step.new is None and changes.get(step.path, b"") is not None:
            raise Blocked(
                f"{step.path} would be lost: a change needs its place",
                "a path is a file or a directory, not both",
            )
    return tree


def _check_path(path: str) -> None:
    parts = path.split("/")
    reserved = any(part.lower() == ".git" or "\0" in part for part in parts)
    if reserved or {"", ".", ".."} & set(parts):
        raise Blocked(
            f"{path!r} cannot be the path of a file in git",
            "paths are relative, with forward slashes, and stay inside the repository",
        )
