"""Everything at once on real hosts: a branch, its proof, a merge, a canary, a rollout, a revert."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.genome.allele import name_of
from controller.shipped import ci_files
from tests.fleet.genome import (
    CONTRACTS,
    FORMER,
    LATTER,
    LOCUS,
    PHENOTYPE,
    Fixture,
    genome,
    phenotype,
    registered,
    short,
)
from tests.fleet.namespaces import Fleet
from tests.fleet.people import commit_on, git, merge
from tests.forge.test_ci import FILES, steps

pytestmark = [pytest.mark.root, pytest.mark.timeout(900)]

SETTINGS = """
[canary]
hosts = ["h2"]
window_seconds = 2

[rollout]
batches = [2]
watch_seconds = 40
"""
CONTRACT = f"contracts/network/{LOCUS}.sg"
DRAFT = "draft/person/latter"


def serving(fixture: Fixture) -> dict[str, str]:
    """What each host has confirmed last, by the first digits of its SHA-256."""
    trials = fixture.organism.chronicle.ledger.trials.values()
    return {trial.world: trial.allele[:12] for trial in trials if trial.end == "confirmed"}


def prove_as_ci_does(path: Path, branch: str) -> str:
    """The job of the template, in a fresh clone with the branch checked out; what it says."""
    clone = path.parent / "ci"
    git(path.parent, "clone", "-q", str(path), "ci")
    git(clone, "switch", "-q", "--detach", f"origin/{branch}")
    program = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    job = {
        "CI": "true",
        "CI_SERVER_URL": "https://git.example.org",
        "CI_PROJECT_PATH": "acme/genome",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
    }
    said = []
    for command, _ in steps("gitlab", ci_files()[FILES["gitlab"]].decode()):
        if command.startswith("germline"):
            environment = {**os.environ, "PATH": program, **job}
            done = subprocess.run(
                ["sh", "-ec", command],
                cwd=clone,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            said.append(done.stdout)
    return "".join(said)


def draft_of(path: Path, source: str, *fallbacks: str) -> None:
    """A person's draft that makes a source dominant."""
    files = {**registered(LOCUS, source), "phenotypes/fleet.sg": phenotype(source, *fallbacks)}
    told = f"Germline-Locus: {LOCUS}\nGermline-Phenotype: {PHENOTYPE}\n"
    message = f"Another way to give an address\n\n{told}Germline-Allele: {name_of(source)}"
    commit_on(path, DRAFT, files, message)


def test_a_change_reaches_four_hosts_and_is_taken_back_when_one_falls_ill(
    reached: Fleet, tmp_path: Path
) -> None:
    with ExitStack() as held:
        for host in reached.hosts:
            held.enter_context(host.cable("lan0"))
        fixture = held.enter_context(genome(tmp_path / "genome", reached, FORMER, 300.0, SETTINGS))
        path, hosts = fixture.path, [f"host:{host.name}" for host in reached.hosts]
        for number, host in enumerate(reached.hosts, 1):
            fixture.ask(host.name, {"interface": "lan0", "address": f"10.85.0.{number}/24"})
        assert fixture.run_until("transaction.confirmed", 4) == []

        worded = CONTRACTS[CONTRACT].lstrip().replace("one more", "another").encode()
        merge(path, {CONTRACT: worded}, "The contract, worded better")
        draft_of(path, LATTER, FORMER)
        assert "passed" in prove_as_ci_does(path, DRAFT)
        fixture.run_until("draft.merged")
        fixture.run_until("canary.started")
        fixture.run_until("transaction.confirmed", 8)
        started = [event.data["world"] for event in fixture.events("expression.started")[4:]]
        assert started[0] == "host:h2"
        assert sorted(started) == hosts
        (passed,) = fixture.events("canary.passed")
        second = fixture.events("expression.started")[5]
        assert passed.at <= second.at
        assert serving(fixture) == dict.fromkeys(hosts, short(LATTER))

        merged = fixture.events("draft.merged")[0].data["merge"]
        reached.hosts[2].ip("link", "set", "lan0", "down")
        fixture.run_until("draft.merged", 2)
        reached.hosts[2].ip("link", "set", "lan0", "up")
        (failed,) = fixture.events("rollout.failed")
        assert failed.data["reason"] == "unhealthy according to check_link on host:h3"
        assert git(path, "diff", f"{merged}^1", "main") == ""
        assert f"This reverts commit {merged}" in git(path, "log", "-1", "--format=%B", "main^2")
        fixture.run_until("transaction.confirmed", 12)
        assert serving(fixture) == dict.fromkeys(hosts, short(FORMER))
        assert fixture.events("draft.merged")[1].data["draft"].startswith("draft/revert/")

        git(path, "revert", "-m", "1", "--no-edit", "HEAD")
        fixture.run_until("canary.passed", 2)
        fixture.run_until("transaction.confirmed", 16)
        assert serving(fixture) == dict.fromkeys(hosts, short(LATTER))


def test_a_change_that_cuts_its_canary_off_is_undone_there_and_reverted(
    reached: Fleet, tmp_path: Path
) -> None:
    first, second, *_ = reached.hosts
    settings = "[canary]\nwindow_seconds = 0\n"
    with genome(tmp_path / "genome", reached, FORMER, 25.0, settings=settings) as fixture:
        for number, host in enumerate((first, second), 1):
            fixture.ask(host.name, {"interface": "mgmt0", "address": f"10.86.0.{number}/24"})
        fixture.run_until("transaction.confirmed", 2)
        cutting = FORMER.replace(
            "    return", '    gene_sdk.set_link_state("mgmt0", False)\n    return'
        )
        draft_of(fixture.path, cutting, FORMER)
        fixture.run_until("draft.refused")  # it is seen in a shadow already
        (refused,) = fixture.events("draft.refused")
        assert "contract" in str(refused.data["reason"])
        files = {**registered(LOCUS, cutting), "phenotypes/fleet.sg": phenotype(cutting, FORMER)}
        taken = merge(fixture.path, files, "An allele that nobody proved")
        fixture.run_until("draft.merged")
        assert first.is_up()
        (undone,) = fixture.events("transaction.rolled_back")
        assert undone.data["restored"] is True
        (failed,) = fixture.events("canary.failed")
        assert "host:h1 was out of reach after it" in str(failed.data["reason"])
        given = {e.data["world"] for e in fixture.events("expression.started")[2:]}
        assert "host:h2" not in given
        assert git(fixture.path, "diff", f"{taken}^1", "main") == ""
        assert name_of(cutting) in fixture.organism.chronicle.ledger.rejected(PHENOTYPE, LOCUS)
