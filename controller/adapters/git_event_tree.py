"""Finds and adds segments in the tree of an event log's commit.

Called by the event log only. The tree fans out by sequence number (`segment.path_of`), so
finding one costs as many tree reads as there are levels, however long the log is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Final

import pygit2
from pygit2.enums import FileMode

from controller.adapters.git_pack import TREE, name_of
from controller.history.segment import SEQUENCE_DIGITS, Malformed, first_of, path_of

Segment = tuple[int, pygit2.Oid]
"""The sequence number of its first event, and its blob."""

_DEPTH: Final = path_of(0).count("/")
_FOLDER_DIGITS: Final = len(path_of(0).split("/", maxsplit=1)[0])
END_OF_TIME: Final = 10**SEQUENCE_DIGITS


def segment_holding(tree: pygit2.Tree, sequence: int) -> Segment | None:
    """The last segment that begins at or before a sequence number, if there is one.

    Raises `Malformed` where the tree has an entry that no log has.
    """
    return _last(tree, "", sequence)


def segments_from(tree: pygit2.Tree, first: int) -> Iterator[Segment]:
    """The segments that begin at or after a sequence number, in order. Raises `Malformed`."""
    return _onward(tree, "", first)


def _last(tree: pygit2.Tree, prefix: str, sequence: int) -> Segment | None:
    for at in reversed(range(_after(tree, prefix, sequence))):
        entry = tree[at]
        if not isinstance(entry, pygit2.Tree):
            return _begin(entry, prefix), entry.id
        found = _last(entry, prefix + str(entry.name), sequence)
        if found is not None:
            return found
    return None


def _onward(tree: pygit2.Tree, prefix: str, first: int) -> Iterator[Segment]:
    for at in range(max(0, _after(tree, prefix, first) - 1), len(tree)):
        entry = tree[at]
        begin = _begin(entry, prefix)
        if isinstance(entry, pygit2.Tree):
            yield from _onward(entry, prefix + str(entry.name), first)
        elif begin >= first:
            yield begin, entry.id


def _after(tree: pygit2.Tree, prefix: str, sequence: int) -> int:
    """The number of a level's entries that begin at or before a sequence number."""
    places = range(len(tree))
    return bisect_right(places, sequence, key=lambda at: _begin(tree[at], prefix))


def _begin(entry: pygit2.Object, prefix: str) -> int:
    name = entry.name or ""
    if len(prefix) < _DEPTH * _FOLDER_DIGITS:
        folder = name.isascii() and name.isdigit() and len(name) == _FOLDER_DIGITS
        if folder and entry.filemode == FileMode.TREE:
            return int((prefix + name).ljust(SEQUENCE_DIGITS, "0"))
    else:
        first = first_of(name)
        if first is not None and name.startswith(prefix) and entry.filemode == FileMode.BLOB:
            return first
    begin = int(prefix.ljust(SEQUENCE_DIGITS, "0"))
    raise Malformed(begin, f"the log's tree has an entry `{name}` that is not a segment")


def tree_with(
    repository: pygit2.Repository, tree: pygit2.Oid | None, blobs: Mapping[str, bytes]
) -> tuple[bytes, list[bytes]]:
    """The tree with blobs (names of 20 bytes) added at paths: its name, and new trees' contents.

    Reads only the directories on their way, and writes nothing. Raises KeyError, ValueError or
    GitError where a tree that is there cannot be read.
    """
    entries = _entries(repository, tree)
    below: dict[str, dict[str, bytes]] = {}
    for path, blob in blobs.items():
        head, _, rest = path.partition("/")
        if rest:
            below.setdefault(head, {})[rest] = blob
        else:
            entries[head] = (FileMode.BLOB, blob)
    made: list[bytes] = []
    for head, inner in below.items():
        known = entries.get(head)
        subtree = None if known is None else pygit2.Oid(raw=known[1])
        name, contents = tree_with(repository, subtree, inner)
        made += contents
        entries[head] = (FileMode.TREE, name)
    content = b"".join(
        b"%o %b\0%b" % (mode, name.encode(), oid) for name, (mode, oid) in sorted(entries.items())
    )  # names of digits, none the beginning of another: git's order is the plain one
    return name_of(TREE, content), [*made, content]


def _entries(
    repository: pygit2.Repository, tree: pygit2.Oid | None
) -> dict[str, tuple[int, bytes]]:
    if tree is None:
        return {}
    found = repository[tree]
    if not isinstance(found, pygit2.Tree):
        raise ValueError(f"{tree} is not a tree")
    return {str(each.name): (each.filemode, each.id.raw) for each in found}
