"""The checks that a new genome has for continuous integration, run as each service runs them.

What a job does is read from the template's own files. The clone is made as the services document
it: fresh, detached, without local branches. Statuses go to the forge's API over HTTP.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from controller.demo.setting import LOCUS
from controller.shipped import ci_files
from tests.forge.conftest import Publish, Published, on_one_forge
from tests.forge.project import NAME, TOKEN
from tests.git.stock import git

BRANCH = "draft/person/try"
FILES = {
    "github": ".github/workflows/prove.yml",
    "gitlab": ".gitlab-ci.yml",
    "forgejo": ".forgejo/workflows/prove.yml",
}
COSTS = {"risk", "blast-radius", "primary-data"}
WORKS = {"failing-input", "lineage", "shadow", "contract", "performance", "invariants"}
GATES = {"paths", "genome", "bindings", "admission", *COSTS, *WORKS}
CALLING_NOBODY = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    return json.dumps({"success": True, "uplink": json.loads(input_json)["to_nic"]})
"""


@dataclass(frozen=True)
class Job:
    """How a job ended."""

    code: int
    said: str
    place: Path


def steps(kind: str, text: str) -> list[tuple[str, dict[str, str]]]:
    """The job's commands with the environment of each, as the template has them."""
    tree = yaml.load(text, Loader=yaml.BaseLoader)
    job = tree["prove"] if kind == "gitlab" else tree["jobs"]["prove"]
    if kind == "gitlab":
        return [(line, job["variables"]) for line in job["script"]]
    return [
        (one["run"], {**tree["env"], **one.get("env", {})}) for one in job["steps"] if "run" in one
    ]


def variables(at: Published, branch: str, place: Path) -> dict[str, str]:
    """What the service's documentation says a job of a pull request has."""
    if at.kind == "gitlab":
        return {
            "CI": "true",
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_SERVER_URL": at.server.url,
            "CI_PROJECT_PATH": NAME,
            "CI_COMMIT_REF_NAME": branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
            "GERMLINE_FORGE_TOKEN": TOKEN,
        }
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": at.server.url,
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_HEAD_REF": branch,
        "GITHUB_BASE_REF": "main",
        "GITHUB_REF_NAME": "1/merge",
        "GITHUB_STEP_SUMMARY": str(place.parent / "summary.md"),
    }


def checked_out(at: Published, branch: str, place: Path) -> Path:
    """A clone as the service makes one: GitLab fetches the branch alone, the others all of them."""
    wanted = branch if at.kind == "gitlab" else "*"
    git(place.parent, "init", "--quiet", place.name)
    git(place, "remote", "add", "origin", str(at.project.path))
    git(place, "fetch", "--quiet", "origin", f"+refs/heads/{wanted}:refs/remotes/origin/{wanted}")
    git(place, "checkout", "--quiet", "--detach", f"origin/{branch}")
    return place


def run_job(at: Published, branch: str, place: Path, **changed: str) -> Job:
    """Every command of the job but the installation, until one fails."""
    text = ci_files()[FILES[at.kind]].decode()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outside = {"PATH": path, "HOME": str(place.parent), "LC_ALL": "C.UTF-8"}
    said = []
    for command, given in steps(at.kind, text):
        if command.startswith("pip install"):
            continue
        own = {name: value.replace("${{ github.token }}", TOKEN) for name, value in given.items()}
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=place,
            env=outside | variables(at, branch, place) | own | changed,
            capture_output=True,
            text=True,
            check=False,
        )
        said.append(done.stdout + done.stderr)
        if done.returncode:
            return Job(done.returncode, "".join(said), place)
    return Job(0, "".join(said), place)


def proposed(at: Published, **how: str) -> str:
    """A draft whose branch is at the forge; its commit."""
    draft = at.propose(BRANCH, **how)
    git(at.on.path, "push", "--quiet", str(at.project.path), BRANCH)
    return draft.commit


def test_a_sound_draft_passes_and_each_gate_is_a_status(publish: Publish, tmp_path: Path) -> None:
    at = publish()
    commit = proposed(at)
    job = run_job(at, BRANCH, checked_out(at, BRANCH, tmp_path / "clone"))
    assert job.code == 0, job.said
    states = at.checks(commit)
    assert {f"germline-ci/{gate}" for gate in (*GATES, "proof")} == set(states)
    assert set(states.values()) == {"success"}
    assert TOKEN not in job.said


def test_a_gate_that_fails_fails_the_job_and_is_shown_where_the_service_shows_it(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish()
    commit = proposed(at, source=CALLING_NOBODY)
    job = run_job(at, BRANCH, checked_out(at, BRANCH, tmp_path / "clone"))
    assert job.code == 1, job.said
    bad = {name for name, state in at.checks(commit).items() if state != "success"}
    assert bad == {"germline-ci/contract", "germline-ci/proof"}
    if at.kind == "gitlab":
        report = ElementTree.parse(job.place / "proof.xml")
        failed = [
            case.get("name") for case in report.iter("testcase") if len(case.findall("failure"))
        ]
        assert failed == ["contract"]
    if at.kind == "github":
        assert "::error title=contract::" in job.said
        assert "| contract | **failed** |" in (tmp_path / "summary.md").read_text()


@on_one_forge
def test_the_answer_is_the_one_that_the_genomes_own_clone_gives(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish()
    proposed(at, source=CALLING_NOBODY)
    here = subprocess.run(
        [sys.executable, "-m", "controller", "-C", str(at.on.path), "draft", "prove", BRANCH],
        capture_output=True,
        text=True,
        check=False,
    )
    job = run_job(at, BRANCH, checked_out(at, BRANCH, tmp_path / "clone"))
    assert here.returncode == job.code == 1
    assert here.stdout in job.said


def test_a_draft_that_edits_its_own_checks_is_refused(publish: Publish, tmp_path: Path) -> None:
    at = publish()
    commit = proposed(at)
    work = checked_out(at, BRANCH, tmp_path / "work")
    (work / FILES[at.kind]).write_text("")
    git(work, "commit", "--quiet", "-am", "Nothing to see")
    git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")
    job = run_job(at, BRANCH, checked_out(at, BRANCH, tmp_path / "clone"))
    assert job.code == 1
    assert at.checks(commit) == {}
    assert (
        FILES[at.kind]
        in at.project.latest(at.project.tip(BRANCH) or "")["germline-ci/paths"].description
    )


@on_one_forge
def test_a_persons_branch_is_held_against_the_language_alone(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish()
    path = f"contracts/network/{LOCUS}.sg"
    git(at.project.path, "branch", "wording", "main")
    commit = at.project.commit("wording", "notes.md", "A note\n")
    job = run_job(at, "wording", checked_out(at, "wording", tmp_path / "clone"))
    assert (job.code, at.checks(commit)) == (0, {}), job.said
    at.project.commit("wording", path, "gene\n")
    broken = run_job(at, "wording", checked_out(at, "wording", tmp_path / "later"))
    assert (broken.code, path in broken.said) == (1, True)


@on_one_forge
def test_a_token_that_may_not_set_statuses_changes_no_verdict(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish()
    commit = proposed(at)
    at.server.fault = "expired"
    job = run_job(at, BRANCH, checked_out(at, BRANCH, tmp_path / "clone"))
    assert (job.code, at.checks(commit)) == (0, {})
    assert "Error: the commit got no statuses" in job.said


@on_one_forge
def test_a_clone_without_history_is_told_how_to_get_it(publish: Publish, tmp_path: Path) -> None:
    at = publish()
    proposed(at)
    at.on.commit({"notes.md": b"main moved on\n"}, "A note")
    git(at.on.path, "push", "--quiet", str(at.project.path), "main")
    place = tmp_path / "clone"
    url = f"file://{at.project.path}"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", url, place.name)
    git(place, "checkout", "--quiet", "--detach", f"origin/{BRANCH}")
    job = run_job(at, BRANCH, place)
    assert job.code == 1
    assert "Hint: fetch all history" in job.said


@pytest.mark.parametrize("publish", ["gitlab"], indirect=True)
def test_a_pipeline_for_merged_results_proves_the_branchs_own_commit(
    publish: Publish, tmp_path: Path
) -> None:
    at = publish()
    commit = proposed(at)
    place = checked_out(at, BRANCH, tmp_path / "clone")
    git(place, "commit", "--quiet", "--allow-empty", "-m", "As GitLab would merge it")
    job = run_job(at, BRANCH, place, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=commit)
    assert job.code == 0, job.said
    assert at.checks(commit)["germline-ci/proof"] == "success"


@pytest.mark.parametrize("kind", FILES)
def test_each_file_is_what_its_service_takes(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "prove.yml"
    file.write_bytes(ci_files()[FILES[kind]])
    schema = "vendor.gitlab-ci" if kind == "gitlab" else "vendor.github-workflows"
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [checker, "--builtin-schema", schema, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_each_file_proves_and_installs_the_same_thing() -> None:
    texts = {kind: ci_files()[path].decode() for kind, path in FILES.items()}
    for kind, text in texts.items():
        commands = [command for command, _ in steps(kind, text)]
        assert commands[0] == 'pip install --quiet "$GERMLINE"'
        assert commands[-1].startswith(f"germline draft prove --ci {kind}")
        assert {given["GERMLINE"] for _, given in steps(kind, text)} == {"germline[forge]"}


def test_outside_of_any_job_the_command_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "-b", "main")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "controller", "draft", "prove", "--ci", "github"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "GITHUB_SERVER_URL is not set: this is no job of github" in done.stderr
    assert "germline draft prove NAME" in done.stderr
