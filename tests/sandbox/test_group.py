"""The control group of all genes: where it is made, what it bounds, that it goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.adapters import gene_group
from controller.adapters.delegated_group import MARK
from controller.adapters.gene_group import GeneGroup, own_group, places
from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.world import Json, JsonObject
from controller.gene_limits import SANDBOX_MEMORY_BYTES, SANDBOX_PROCESSES
from controller.ports import Grant, Returned
from tests.sandbox.host import descendants

pytestmark = pytest.mark.root
VERSION_1 = """\
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/d1 /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""


def test_in_version_1_each_controller_has_a_tree_of_its_own() -> None:
    found = places(VERSION_1, "2:memory:/docker/d1/app\n1:cpu,cpuacct:/a/b\n0::/")
    assert found["memory"][0] == Path("/sys/fs/cgroup/memory/app")
    assert [str(place) for place in found["cpu"]] == [
        "/sys/fs/cgroup/cpu/a/b",
        "/sys/fs/cgroup/cpu/a",
        "/sys/fs/cgroup/cpu",
        "/sys/fs/cgroup/unified",
    ]


def test_in_version_2_groups_around_this_one_are_tried_as_well() -> None:
    mounts = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
    found = places(mounts, "0::/system.slice/germline.service/controller\n")
    assert [str(place) for place in found["pids"]] == [
        "/sys/fs/cgroup/system.slice/germline.service/controller",
        "/sys/fs/cgroup/system.slice/germline.service",
        "/sys/fs/cgroup/system.slice",
        "/sys/fs/cgroup",
    ]


def test_the_own_group_is_the_one_of_version_2_wherever_that_is_mounted() -> None:
    found = own_group(VERSION_1, "2:memory:/docker/d1/app\n0::/system.slice/germline.service")
    assert found == Path("/sys/fs/cgroup/unified/system.slice/germline.service")
    assert own_group("", "0::/") is None
    assert own_group(VERSION_1, "2:memory:/docker/d1/app\n") is None


MAKES_ROOM = """
import sys
from pathlib import Path
from controller.adapters.delegated_group import make_room
group = Path(sys.argv[1])
(group / "cgroup.procs").write_text("0")
print(make_room(group, ("memory",)), Path("/proc/self/cgroup").read_text().strip().split("0::")[1])
"""


@pytest.mark.parametrize("mark", [b"1", None])
def test_a_group_is_cleared_where_it_was_delegated_and_left_alone_elsewhere(
    mark: bytes | None,
) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    ours = own_group(mounts, Path("/proc/self/cgroup").read_text())
    assert ours is not None
    group = ours / f"germline-test-{os.getpid()}"
    group.mkdir()
    try:
        if mark is not None:
            os.setxattr(group, MARK, mark)
        done = subprocess.run(
            [sys.executable, "-c", MAKES_ROOM, str(group)],
            capture_output=True,
            text=True,
            check=True,
        )
        room, place = done.stdout.split()
        assert room == str(mark is not None)
        assert place.endswith(f"{group.name}/controller" if mark else group.name)
    finally:
        for made in (group / "controller", group):
            if made.exists():
                made.rmdir()


def test_a_place_that_gives_no_controller_leaves_nothing_and_is_named(tmp_path: Path) -> None:
    readable = tmp_path / "not-there"
    group = GeneGroup.within({"memory": [readable], "pids": [], "cpu": []})
    assert group.directories == {}
    assert group.missing == (
        "no control group: memory and pids and cpu of all genes together have no bound",
    )
    assert list(tmp_path.iterdir()) == []


@contextmanager
def a_group() -> Iterator[GeneGroup]:
    """The group of this machine, or a skipped test that says what it does not give."""
    group = GeneGroup.of_this_machine()
    try:
        if group.missing:
            pytest.skip(f"not shown here: {group.missing[0]}")
        yield group
    finally:
        group.remove()
    assert not any(directory.exists() for directory in group.directories)


def run_in(group: GeneGroup, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that begins when it is in the group."""
    waits = f"import os, sys\nsys.stdin.readline()\n{program}"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", waits],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        group.take_in(process.pid)
        said, _ = process.communicate("go\n")
    return subprocess.CompletedProcess(process.args, process.returncode, said)


def test_memory_beyond_the_bound_is_not_to_be_had() -> None:
    with a_group() as group:
        taken = run_in(group, f"kept = b'x' * {SANDBOX_MEMORY_BYTES + (64 << 20)}\nprint('had')")
        less = run_in(group, f"kept = b'x' * {SANDBOX_MEMORY_BYTES // 4}\nprint('had')")
    assert (taken.returncode, taken.stdout) == (-9, "")
    assert less.stdout == "had\n"


def test_processes_beyond_the_bound_are_not_to_be_had() -> None:
    forks = """
held, release = os.pipe()
made = 0
try:
    while made < 1000:
        if os.fork() == 0:
            os.close(release)
            os.read(held, 1)
            os._exit(0)
        made += 1
except BlockingIOError:
    print(made)
"""
    with a_group() as group:
        assert run_in(group, forks).stdout == f"{SANDBOX_PROCESSES - 1}\n"


def test_a_gene_runs_in_the_group_and_the_group_goes_with_the_sandbox() -> None:
    with a_group() as group:
        expected = {str(directory.parent) for directory in group.directories}
    found: list[str] = []

    def look(operation: str, arguments: JsonObject) -> Json:
        for pid in descendants(os.getpid()) - before:
            found.append(Path(f"/proc/{pid}/cgroup").read_text())
            assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "500\n"
        return None

    before = descendants(os.getpid())
    others = _groups(expected)
    with ProcessSandbox() as sandbox:
        source = "def execute(text):\n    gene_sdk.look()\n    return text\n"
        outcome = sandbox.call(source, "", (Grant("look", ()),), look)
        assert isinstance(outcome, Returned), outcome
    assert len(found) >= 3
    for membership in found:
        assert membership.count(f"germline-genes-{os.getpid()}-") == len(expected)
    assert _groups(expected) == others


def _groups(places: Iterable[str]) -> set[Path]:
    """The groups of this very process; other sandboxes of it may be open."""
    own = f"germline-genes-{os.getpid()}-*"
    return {place for where in places for place in Path(where).glob(own)}


def test_what_a_killed_controller_left_is_removed_by_the_next() -> None:
    with a_group() as group:
        places = [directory.parent for directory in group.directories]
    with subprocess.Popen(["true"]) as gone:
        pass
    left = [place / f"germline-genes-{gone.pid}-0" for place in places]
    for directory in left:
        directory.mkdir()
    with a_group():
        assert not any(directory.exists() for directory in left)


def test_a_group_that_does_not_let_a_process_in_is_none(tmp_path: Path) -> None:
    (tmp_path / "genes").mkdir()
    group = GeneGroup({tmp_path / "genes" / "no-such-group": gene_group.CONTROLLERS})
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        group.take_in(process.pid)
        process.communicate(b"")
    assert group.directories == {}
    assert group.missing != ()
