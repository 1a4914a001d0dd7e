"""What shells are offered, asked as each shell's own script asks (click's completion protocol)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from controller.cli import COMMANDS, main
from controller.domains.world import JsonObject
from controller.stories.mainline import read_main
from controller.stories.request import request
from controller.wiring import open_organism
from tests.cli.terminal import germline, git

COMMAND = Path(sys.executable).parent / "germline"
HEAVY = {"pygit2", "pyroute2", "lark", "cryptography", "prometheus_client", "rich", "github"}


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("complete") / "genome"
    assert germline("init", str(path)).code == 0
    (path / "hosts" / "fleet.yml").write_text("all: {hosts: {web1: , web2: }}\n")
    with (path / "germline.toml").open("a") as settings:
        settings.write('\n[worlds."host:*"]\nphenotype = "lab"\n')
    git(path, "add", "-A")
    git(path, "commit", "-qm", "Two hosts")
    git(path, "branch", "draft/person/try")
    return path


def offered(shell: str, *words: str, at: Path | None = None) -> list[str]:
    """The words offered for the last one, by the variables that the shell's script sets."""
    place = ["-C", str(at)] if at is not None else []
    typed = ["germline", *place, *words]
    asked = {"COMP_WORDS": " ".join(typed), "COMP_CWORD": str(len(typed) - 1)}
    if shell == "fish":
        asked = {"COMP_WORDS": " ".join(typed[:-1]), "COMP_CWORD": typed[-1]}
    done = subprocess.run(
        [COMMAND],
        env={**os.environ, **asked, "_GERMLINE_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line]
    if shell == "zsh":  # three lines for each: kind, word, help
        return [word.replace("\\:", ":") for word in lines[1::3]]
    if shell == "fish":  # kind,word and a tab before the help
        return [line.partition(",")[2].partition("\t")[0] for line in lines]
    return [line.partition(",")[2] for line in lines]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_commands_loci_worlds_and_drafts(shell: str, genome: Path) -> None:
    assert offered(shell, "dr") == ["drift", "draft"]
    assert offered(shell, "draft", "pr", at=genome) == ["prove"]
    assert offered(shell, "lineage", "bridge_u", at=genome) == ["bridge_uplink"]
    assert offered(shell, "express", "edge", at=genome) == ["edge_server"]
    assert offered(shell, "express", "bridge_uplink", "--on", "s", at=genome) == ["simulated"]
    hosts = ["host:web1", "host:web2"]
    assert offered(shell, "plan", "bridge_uplink", "--on", "host:", at=genome) == hosts
    assert offered(shell, "draft", "prove", "draft/", at=genome) == ["draft/person/try"]


def test_demands_are_offered_by_their_ids(genome: Path) -> None:
    values: JsonObject = {"bridge": "br0", "from_nic": "eth0", "to_nic": "eth1"}
    with open_organism(genome) as opened:
        main_now = read_main(opened.repository, opened.hands.bench.domain)
        worlds, who = opened.hands.worlds, "person:ana"
        where = (opened.chronicle, worlds, main_now, "bridge_uplink", "simulated")
        ids = {request(*where, values, "lab", who)[:12]}
    assert set(offered("bash", "events", "show", "", at=genome)) == ids
    assert set(offered("bash", "why", "", at=genome)) > ids


def test_where_nothing_can_be_read_nothing_is_offered_and_nothing_is_said(tmp_path: Path) -> None:
    assert offered("bash", "lineage", "", at=tmp_path) == []
    assert offered("bash", "express", "x", "--on", "", at=tmp_path / "nowhere") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_click_gives_is_one_that_the_shell_reads(shell: str) -> None:
    asked = {**os.environ, "_GERMLINE_COMPLETE": f"{shell}_source"}
    script = subprocess.run([COMMAND], env=asked, capture_output=True, text=True, check=True).stdout
    assert f"_GERMLINE_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_in_a_real_bash_tab_offers_what_the_genome_has(genome: Path) -> None:
    script = f"""
        PATH={COMMAND.parent}:$PATH
        eval "$(_GERMLINE_COMPLETE=bash_source germline)"
        COMP_WORDS=(germline -C {genome} fitness check_) COMP_CWORD=4
        _germline_completion germline
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert "check_connectivity" in done.stdout.split()
    assert all(word.startswith("check_") for word in done.stdout.split())


def test_the_table_of_commands_says_what_each_says_of_itself() -> None:
    for name, place in COMMANDS.items():
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        assert place.help == command.get_short_help_str(limit=62)


def test_help_and_completion_do_not_import_the_program() -> None:
    for ending in ("main(['--help'], standalone_mode=False)", "main.shell_complete(None, 'dr')"):
        asked = f"import sys; from controller.cli import main; {ending}; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", asked], capture_output=True, text=True, check=True
        )
        assert not HEAVY & set(done.stdout.split())


def test_status_does_not_import_what_only_some_genomes_need(genome: Path) -> None:
    asked = (
        "import sys; from controller.cli import main; "
        f"main(['-C', {str(genome)!r}, 'status'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    unneeded = {"pyroute2", "github", "gitlab", "prometheus_client", "ansible_runner", "anthropic"}
    assert not unneeded & set(done.stdout.split())
