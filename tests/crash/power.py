"""What a loss of power may leave of a directory, by the rules of POSIX and no kinder ones.

Reads the diary that `disk.c` kept of every call below a directory. A file's bytes are on the
disk when the file was synced after they were written, its name when the directory was synced
after it was given. Whatever was not synced may be there, in any selection: a write in any of its
sectors, a truncation, a new, changed or removed name. What a sync failed to write is lost even
if a later sync of the same file succeeds, as Linux has it.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

SECTOR_BYTES = 512
_HEAD = struct.Struct("<cQQIQ")


@dataclass(frozen=True, slots=True)
class Call:
    """One record: C created, W written, T truncated, S synced, F not synced, R renamed,
    L linked, U removed, M directory made."""

    kind: str
    inode: int
    offset: int
    path: str
    data: bytes


def diary(path: Path) -> list[Call]:
    """The calls, in their order."""
    content, calls, at = path.read_bytes(), [], 0
    while at < len(content):
        kind, inode, offset, name_length, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        name = content[at : at + name_length].decode()
        at += name_length
        calls.append(Call(kind.decode(), inode, offset, name, content[at : at + length]))
        at += length
    return calls


@dataclass(slots=True)
class _File:
    """`pending` are writes (offset, bytes) and truncations (size, None), oldest first."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    doomed: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.pending:
            _apply(self.durable, offset, data)
        self.pending.clear()

    def left(self, rng: random.Random) -> bytes:
        found = bytearray(self.durable)
        for offset, data in [*self.doomed, *self.pending]:
            for at, piece in _torn(offset, data, rng):
                _apply(found, at, piece)
        return bytes(found)


class _Directory(dict[str, "_File | _Directory"]):
    """Names that are on the disk; `pending` are changes of names, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self.now: dict[str, _File | _Directory] = {}
        self.pending: list[_Change] = []


@dataclass(eq=False, slots=True)
class _Change:
    """Names that change together: (directory, name, what it names then)."""

    entries: list[tuple[_Directory, str, _File | _Directory | None]]
    done: bool = False

    def apply(self) -> None:
        for directory, name, what in self.entries:
            if what is None:
                dict.pop(directory, name, None)
            else:
                directory[name] = what
        self.done = True


class Disk:
    """A directory, as programs see it and as the platters have it."""

    def __init__(self, begin: Path) -> None:
        """Starts with what is in a directory, all of it on the platters."""
        self._root = _Directory()
        self._files: dict[int, _File] = {}
        self._load(begin, self._root)

    def do(self, call: Call) -> None:
        """One call more."""
        match call.kind:
            case "C":
                self._files[call.inode] = _File()
                self._name([(call.path, self._files[call.inode])])
            case "W":
                self._files[call.inode].pending.append((call.offset, call.data))
            case "T":
                self._files[call.inode].pending.append((call.offset, None))
            case "M":
                self._name([(call.path, _Directory())])
            case "U":
                self._name([(call.path, None)])
            case "R" | "L":
                directory, name = self._place(call.path)
                new = (call.data.decode(), directory.now[name])
                self._name([new] if call.kind == "L" else [(call.path, None), new])
            case "F" | "S":
                self._sync(call)
            case _:
                raise AssertionError(call)

    def lose_power(self, rng: random.Random, into: Path) -> None:
        """Write down what a loss of power now may leave."""
        left = _copied(self._root, {})
        for directory in _directories(left):
            for change in directory.pending:
                if not change.done and rng.random() < 0.5:
                    change.apply()
        _write(left, into, rng)

    def _sync(self, call: Call) -> None:
        directory, name = self._place(call.path)
        what = directory.now.get(name) if name else self._root
        if isinstance(what, _Directory):
            if call.kind == "S":
                for change in what.pending:
                    if not change.done:
                        change.apply()
                what.pending.clear()
        elif call.kind == "S":
            self._files[call.inode].sync()
        else:
            file = self._files[call.inode]
            file.doomed += file.pending
            file.pending.clear()

    def _name(self, paths: Sequence[tuple[str, _File | _Directory | None]]) -> None:
        places = [(*self._place(path), what) for path, what in paths]
        change = _Change(places)
        for directory, name, what in places:
            if what is None:
                directory.now.pop(name, None)
            else:
                directory.now[name] = what
            if change not in directory.pending:
                directory.pending.append(change)

    def _place(self, path: str) -> tuple[_Directory, str]:
        *above, name = PurePosixPath(path).parts
        directory = self._root
        for part in above:
            inner = directory.now[part]
            assert isinstance(inner, _Directory)
            directory = inner
        return directory, name

    def _load(self, path: Path, into: _Directory) -> None:
        for each in sorted(path.iterdir()):
            if each.is_dir():
                inner = _Directory()
                into[each.name] = into.now[each.name] = inner
                self._load(each, inner)
            else:
                file = _File(bytearray(each.read_bytes()))
                into[each.name] = into.now[each.name] = file
                self._files[each.stat().st_ino] = file


def _copied(root: _Directory, known: dict[int, _Directory]) -> _Directory:
    """The same names, in directories of their own; changes refer to the copies."""

    def copy(old: _Directory) -> _Directory:
        if id(old) not in known:
            known[id(old)] = new = _Directory()
            for name, what in old.items():
                new[name] = copy(what) if isinstance(what, _Directory) else what
            new.pending = [changed(change) for change in old.pending]
        return known[id(old)]

    changes: dict[int, _Change] = {}

    def changed(old: _Change) -> _Change:
        if id(old) not in changes:
            changes[id(old)] = new = _Change([], old.done)
            new.entries = [
                (copy(at), name, copy(what) if isinstance(what, _Directory) else what)
                for at, name, what in old.entries
            ]
        return changes[id(old)]

    return copy(root)


def _directories(root: _Directory) -> Iterator[_Directory]:
    """A directory and all below it, those included that a change may bring."""
    seen: dict[int, _Directory] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen[id(each)] = each
        yield each
        named = [what for change in each.pending for _, _, what in change.entries]
        waiting += [what for what in [*each.values(), *named] if isinstance(what, _Directory)]


def _write(directory: _Directory, into: Path, rng: random.Random) -> None:
    into.mkdir()
    for name, what in directory.items():
        if isinstance(what, _Directory):
            _write(what, into / name, rng)
        else:
            (into / name).write_bytes(what.left(rng))


def _torn(
    offset: int, data: bytes | None, rng: random.Random
) -> Iterator[tuple[int, bytes | None]]:
    """The sectors of a write, or the truncation, that chance lets through."""
    if rng.random() < 0.3:
        return
    if data is None:
        yield offset, None
        return
    whole = rng.random() < 0.3
    at = 0
    while at < len(data):
        size = SECTOR_BYTES - (offset + at) % SECTOR_BYTES
        if whole or rng.random() < 0.5:
            yield offset + at, data[at : at + size]
        at += size


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(max(0, offset - len(content))))
    else:
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data
