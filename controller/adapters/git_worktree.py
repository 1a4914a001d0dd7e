"""Lets a working tree and its index follow a move of the branch that they have checked out.

Called when main moves and HEAD names it. Decides first whether anything of a person's would
be lost (`obstacles`), then changes the paths that differ and no others (`follow`). A path
may be as it was before the move or as it will be after it: so a `follow` that was killed
half-way is finished by another one. Files and the index are replaced by renaming, so a
reader sees the old one or the new one.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from controller.adapters.git_files import Entry, Step
from controller.adapters.git_open import own_directory
from controller.ports import Blocked, Unavailable


class Worktree:
    """The working tree of a repository that is not bare."""

    def __init__(self, repository: pygit2.Repository) -> None:
        if repository.workdir is None:
            raise Blocked(f"{repository.path} is a bare repository: it has no working tree")
        self._repository = repository
        self._root = Path(repository.workdir)
        self._index = Path(repository.path) / "index"
        self._hold = own_directory(repository) / "index.hold"
        self._next = own_directory(repository) / "index.next"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold git's lock on the index, so that nobody stages or commits meanwhile.

        `index.lock` is a hard link to a file of our own, so that whose it was can be seen if
        the holder is killed (`let_go`). Called with the writer lock held. Raises
        `Unavailable` while another git command is at work.
        """
        lock = self._index.with_name("index.lock")
        self._hold.write_text(f"{os.getpid()}\n", encoding="ascii")
        try:
            os.link(self._hold, lock)
        except FileExistsError as error:
            raise Unavailable(
                f"the index is locked: {lock} is there",
                "wait for the git command that is running, or remove the file if none is",
                retry_after_s=1.0,
            ) from error
        try:
            yield
        finally:
            lock.unlink()
            self._hold.unlink()

    def let_go(self) -> bool:
        """Remove the lock on the index of a holder that was killed; True if there was one.

        Called with the writer lock held, which says that no other holder lives.
        """
        lock = self._index.with_name("index.lock")
        ours = self._hold.exists() and lock.exists() and lock.samefile(self._hold)
        if ours:
            lock.unlink()
        self._hold.unlink(missing_ok=True)
        return ours

    def obstacles(self, steps: Sequence[Step]) -> tuple[str, ...]:
        """What a person would lose if `steps` were followed: one phrase per path, by name."""
        index = self._repository.index
        index.read(True)
        if index.conflicts is not None:
            return ("the index has unresolved conflicts",)
        if any(FileMode.COMMIT in (_mode(step.old), _mode(step.new)) for step in steps):
            return ("submodules change, which is not supported",)
        gone = {step.path for step in steps if step.new is None}
        found = (_staged(index, step) or self._in_the_way(step, gone) for step in steps)
        return tuple(sorted({phrase for phrase in found if phrase is not None}))

    def follow(self, steps: Sequence[Step]) -> None:
        """Change files and index from the old to the new side of `steps`."""
        for step in steps:
            if step.new is None:
                self._remove(self._root / step.path)
        for step in steps:
            if step.new is not None and self._entry(step.path, step.new) != step.new:
                self._write(step.path, step.new)
        self._write_index(steps)

    def forget_leftovers(self, steps: Sequence[Step]) -> None:
        """Remove the half-written files of a `follow` that was killed."""
        for step in steps:
            unfinished = _unfinished(self._root / step.path)
            if unfinished.parent.is_dir():
                unfinished.unlink(missing_ok=True)

    def _in_the_way(self, step: Step, gone: set[str]) -> str | None:
        path = self._root / step.path
        for parent in list(path.relative_to(self._root).parents)[-2::-1]:
            above = self._root / parent
            if above.is_symlink() or (above.exists() and not above.is_dir()):
                makes_way = str(parent) in gone and step.new is not None
                has_nothing = step.new is None and not above.is_symlink()
                return None if makes_way or has_nothing else f"{parent} is not a directory"
        if path.is_dir() and not path.is_symlink():
            return self._directory_in_the_way(step, path, gone)
        found = self._entry(step.path, step.old or step.new)
        if found in (step.old, step.new):
            return None
        if found is None:
            return f"{step.path} is deleted"
        return f"{step.path} is {'not tracked' if step.old is None else 'changed'}"

    def _directory_in_the_way(self, step: Step, path: Path, gone: set[str]) -> str | None:
        """A directory where a file will be may hold nothing but files that go."""
        if step.old is not None:
            return f"{step.path} is a directory"
        for folder, _, names in os.walk(path):
            for name in names:
                inside = str((Path(folder) / name).relative_to(self._root))
                if inside not in gone:
                    return f"{inside} is not tracked"
        return None

    def _entry(self, path: str, like: Entry | None) -> Entry | None:
        """What git would store for the file that is there; None if there is none."""
        full = self._root / path
        try:
            mode = full.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return Entry(FileMode.LINK, pygit2.hash(os.fsencode(full.readlink())))
        if not stat.S_ISREG(mode):
            return Entry(FileMode.UNREADABLE, pygit2.hash(b""))
        kind = FileMode.BLOB_EXECUTABLE if mode & stat.S_IXUSR else FileMode.BLOB
        if like is not None and like.mode != FileMode.LINK and not self._modes_count():
            kind = FileMode(like.mode)
        return Entry(kind, self._repository.hashfile(str(full), as_path=path))

    def _modes_count(self) -> bool:
        config = self._repository.config
        return "core.filemode" not in config or config.get_bool("core.filemode")

    def _remove(self, path: Path) -> None:
        """Remove a file, and the directories that are empty without it."""
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        for parent in path.parents:
            if parent == self._root or not parent.is_dir() or any(parent.iterdir()):
                return
            parent.rmdir()

    def _write(self, path: str, entry: Entry) -> None:
        full = self._root / path
        if full.is_dir() and not full.is_symlink():
            _remove_empty(full)
        full.parent.mkdir(parents=True, exist_ok=True)
        unfinished = _unfinished(full)
        unfinished.unlink(missing_ok=True)
        blob = self._repository[entry.id]
        assert isinstance(blob, pygit2.Blob)
        if entry.mode == FileMode.LINK:
            unfinished.symlink_to(os.fsdecode(blob.data))
        else:
            with pygit2.BlobIO(blob, as_path=path) as content, unfinished.open("wb") as file:
                shutil.copyfileobj(content, file)
                if entry.mode == FileMode.BLOB_EXECUTABLE:
                    mode = os.fstat(file.fileno()).st_mode
                    os.fchmod(file.fileno(), mode | (mode & 0o444) >> 2)
        unfinished.replace(full)

    def _write_index(self, steps: Sequence[Step]) -> None:
        self._next.unlink(missing_ok=True)
        self._next.with_name("index.next.lock").unlink(missing_ok=True)
        if self._index.exists():
            shutil.copyfile(self._index, self._next)
        index = pygit2.Index(str(self._next))
        for step in steps:
            if step.new is not None:
                index.add(pygit2.IndexEntry(step.path, step.new.id, FileMode(step.new.mode)))
            elif step.path in index:
                index.remove(step.path)
        index.write()
        self._next.replace(self._index)


def _remove_empty(directory: Path) -> None:
    """Remove a directory with nothing but directories in it. Raises `OSError` for another."""
    for inner in directory.iterdir():
        _remove_empty(inner)
    directory.rmdir()


def _unfinished(path: Path) -> Path:
    """Where a file is written before it takes its place: beside it, under a fixed name."""
    return path.with_name(f".{path.name}.germline")


def _mode(entry: Entry | None) -> int:
    return FileMode.UNREADABLE if entry is None else entry.mode


def _staged(index: pygit2.Index, step: Step) -> str | None:
    path = step.path
    found = Entry(index[path].mode, index[path].id) if path in index else None
    return None if found in (step.old, step.new) else f"{step.path} is staged with changes"
