"""The control group around a zygote and all its genes: memory, processes, processor (cgroups(7)).

The limits on a process (`gene_locks`) bound each gene; the group bounds all of them together, and
what the kernel keeps for them. `fork_server` makes one for each zygote and removes it afterwards.
A machine may give version 1 (each controller a tree of its own), version 2 or neither, and only
some of the controllers; `missing` says what is not bounded.
"""

from __future__ import annotations

import errno
import itertools
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from controller.adapters.delegated_group import make_room
from controller.gene_limits import (
    SANDBOX_CPU_SHARE,
    SANDBOX_MEMORY_BYTES,
    SANDBOX_PROCESSES,
    SANDBOX_STOP_SECONDS,
)

if TYPE_CHECKING:
    from typing import Self

CONTROLLERS: Final = ("memory", "pids", "cpu")
_PREFIX: Final = "germline-genes-"
_PERIOD_US: Final = 100_000
"""The kernel's own default for the period of a quota."""
_POLL_SECONDS: Final = 0.002

_numbers = itertools.count()


def places(mounts: str, membership: str) -> dict[str, list[Path]]:
    """Where groups could be made for each controller, the best place first.

    `mounts` is /proc/self/mountinfo, `membership` /proc/self/cgroup. That is this process's own
    group, then the ones around it: in version 2 a group that has processes of its own cannot
    have groups with controllers.
    """
    own: dict[str, str] = {}
    for line in membership.splitlines():
        _, names, path = line.split(":", 2)
        own.update(dict.fromkeys(names.split(","), path))
    found: dict[str, list[Path]] = {}
    for line in mounts.splitlines():
        fields, _, filesystem = line.partition(" - ")
        root, mount = fields.split()[3:5]
        kind, _, options = filesystem.split()[:3]
        if kind == "cgroup2":
            for name in CONTROLLERS:
                found.setdefault(name, []).extend(_upwards(Path(mount), root, own.get("", "/")))
        elif kind == "cgroup":
            for name in set(options.split(",")) & set(CONTROLLERS):
                found[name] = [*_upwards(Path(mount), root, own.get(name, "/"))]
    return found


def own_group(mounts: str, membership: str) -> Path | None:
    """This process's group in the tree of version 2, which has every process; see `places`."""
    path = next((line[3:] for line in membership.splitlines() if line.startswith("0::")), None)
    for line in mounts.splitlines():
        fields, _, filesystem = line.partition(" - ")
        if path is not None and filesystem.startswith("cgroup2 "):
            root, mount = fields.split()[3:5]
            return next(iter(_upwards(Path(mount), root, path)))
    return None


def _upwards(mount: Path, root: str, path: str) -> Iterable[Path]:
    inside = path.removeprefix(root) if root != "/" else path
    here = mount / inside.strip("/")
    yield here
    while here != mount:
        here = here.parent
        yield here


@dataclass(slots=True)
class GeneGroup:
    """`directories` are the group's own, each with the controllers that bind there."""

    directories: dict[Path, tuple[str, ...]]

    @classmethod
    def of_this_machine(cls) -> Self:
        """A new group with every controller that this process may use, which may be none."""
        mounts = Path("/proc/self/mountinfo").read_text()
        ours = own_group(mounts, Path("/proc/self/cgroup").read_text())
        if ours is not None:
            make_room(ours, CONTROLLERS)
        return cls.within(places(mounts, Path("/proc/self/cgroup").read_text()))

    @classmethod
    def within(cls, candidates: Mapping[str, list[Path]]) -> Self:
        """A new group, each controller at the first of its candidates that takes its limits."""
        directories: dict[Path, tuple[str, ...]] = {}
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        for controller in CONTROLLERS:
            for place in candidates.get(controller, ()):
                if _bounded(place / name, controller):
                    directories[place / name] = (*directories.get(place / name, ()), controller)
                    break
        return cls(directories)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not bounded, in words."""
        held = {name for names in self.directories.values() for name in names}
        lacking = [name for name in CONTROLLERS if name not in held]
        if not lacking:
            return ()
        return (f"no control group: {' and '.join(lacking)} of all genes together have no bound",)

    def take_in(self, pid: int) -> None:
        """Put a process in, and whatever it forks; a group that does not let it in is none."""
        for directory in tuple(self.directories):
            try:
                (directory / "cgroup.procs").write_text(str(pid))
            except OSError:
                _removed(directory)
                del self.directories[directory]

    def remove(self) -> None:
        """Remove the group, when its processes have gone; one that stays busy is swept later."""
        deadline = time.monotonic() + SANDBOX_STOP_SECONDS
        for directory in self.directories:
            while not _removed(directory) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)


def _bounded(directory: Path, controller: str) -> bool:
    """Whether a group could be made here, or is, and took this controller's limit."""
    existed = directory.is_dir()
    if not existed:
        if not directory.parent.is_dir() or not os.access(directory.parent, os.W_OK):
            return False
        _sweep(directory.parent)
    try:
        directory.mkdir(exist_ok=True)
        for file, value in _settings(directory, controller):
            (directory / file).write_text(value)
    except OSError:
        if not existed:
            _removed(directory)
        return False
    return True


def _settings(directory: Path, controller: str) -> list[tuple[str, str]]:
    """The files to write, by the version of the directory's tree (cgroups(7))."""
    quota = str(round(SANDBOX_CPU_SHARE * _PERIOD_US))
    if (directory / "cgroup.controllers").exists():
        return {
            "memory": [("memory.max", str(SANDBOX_MEMORY_BYTES))],
            "pids": [("pids.max", str(SANDBOX_PROCESSES))],
            "cpu": [("cpu.max", f"{quota} {_PERIOD_US}")],
        }[controller]
    return {
        "memory": [("memory.limit_in_bytes", str(SANDBOX_MEMORY_BYTES))],
        "pids": [("pids.max", str(SANDBOX_PROCESSES))],
        "cpu": [("cpu.cfs_period_us", str(_PERIOD_US)), ("cpu.cfs_quota_us", quota)],
    }[controller]


def _removed(directory: Path) -> bool:
    try:
        directory.rmdir()
    except OSError as error:
        return error.errno == errno.ENOENT
    return True


def _sweep(place: Path) -> None:
    """Remove the groups of controllers that were killed before they could."""
    for left in place.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path(f"/proc/{owner}").exists():
            _removed(left)
