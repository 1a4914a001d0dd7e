"""`germline demo`: the whole story as a person sees it, on the simulated and the real kernel."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from controller.cli.demo import choose_world
from tests.cli.terminal import Said, germline, git

CHAPTERS = [
    "1. The gene is expressed",
    "2. Its contract's verification comes due",
    "3. The transaction rolls back, the fallback stack is tried",
    "4. The search engine mutates the failing allele in the twin",
    "5. A draft is opened and proved",
    "6. After the merge the healed allele is expressed",
    "7. germline why bridge_uplink",
    "8. git revert, and the revert reverted",
]


def tells_the_whole_story(said: Said) -> None:
    assert said.code == 0, said.out + said.err
    places = [said.out.index(chapter) for chapter in CHAPTERS]
    assert places == sorted(places)
    assert "not a port" in said.out
    assert "Healed, and healthy as the kernel has it." in said.out
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def namespaces() -> set[str]:
    shown = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in shown.stdout.splitlines() if line}


def orphans(names: set[str]) -> set[str]:
    """Namespaces of a demonstration whose process is gone; another one may be playing."""
    ours = {name for name in names if name.startswith("germline-")}
    return {name for name in ours if not Path("/proc", name.split("-")[1]).exists()}


def test_the_story_on_the_simulated_kernel(tmp_path: Path) -> None:
    kept = tmp_path / "genome"
    tells_the_whole_story(germline("demo", "--world", "simulated", "--keep", str(kept)))
    subjects = git(kept, "log", "--first-parent", "--format=%s").splitlines()
    assert [subject.split()[0] for subject in subjects] == ["Revert", "Revert", "Merge", "A"] or [
        subject.split()[0] for subject in subjects
    ] == ["Reapply", "Revert", "Merge", "A"]
    assert git(kept, "status", "--porcelain") == ""
    assert "passed" in git(kept, "notes", "--ref=germline/proofs", "show", "HEAD~2^2")


@pytest.mark.root
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_story_on_the_real_kernel(seed: int) -> None:
    before = namespaces()
    tells_the_whole_story(germline("demo", "--world", "netns", "--seed", str(seed)))
    assert orphans(namespaces() - before) == set()


@pytest.mark.root
def test_ctrl_c_leaves_nothing_behind() -> None:
    command = [sys.executable, "-m", "controller", "demo", "--world", "netns"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if "was expressed" in line:
            break
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert {n for n in namespaces() if n.startswith(f"germline-{child.pid}-")} == set()


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("def execute(input_json):\n    return json.dumps({'success': True, 'uplink': ''})\n", 0),
        ("print('no gene at all')\n", 0),
    ],
)
def test_a_story_can_begin_with_another_allele(tmp_path: Path, source: str, ending: int) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    said = germline("demo", "--world", "simulated", "--seed", "4", "--allele", str(path))
    assert said.code == ending, said.out + said.err
    assert "the search found" in said.out


def test_a_missing_allele_file_is_told(tmp_path: Path) -> None:
    said = germline("demo", "--world", "simulated", "--allele", str(tmp_path / "none.py"))
    assert said.code != 0
    assert "Traceback" not in said.err


def test_without_root_the_story_takes_place_on_the_simulated_kernel() -> None:
    assert choose_world("netns", is_root=False) == (
        "simulated",
        "Making network namespaces needs root",
    )
    assert choose_world(None, is_root=False)[0] == "simulated"
    assert choose_world("simulated", is_root=True) == ("simulated", "")
