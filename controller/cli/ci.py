"""`draft prove --ci`: the gates as a check of a pull request, on whatever service runs it.

The clone there is fresh and its HEAD detached, so nothing is taken from local branches and none is
made: the draft is the commit that was checked out, its base where it left `origin/main`. What is
proved, and how, is what `draft prove` does anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from controller.adapters.clock import SystemClock
from controller.adapters.forge_connect import forge
from controller.adapters.forge_token import TOKEN, VARIABLES, Token, read_secret
from controller.cli.screen import complain
from controller.config import ForgeConfig
from controller.membrane.ci_report import junit, statuses, summary, workflow_errors
from controller.membrane.draft import PREFIX
from controller.membrane.proof import Proof
from controller.ports import Blocked, ControllerError, DraftRef
from controller.stories.prove import prove
from controller.wiring import open_bench

Kind = Literal["github", "gitlab", "forgejo"]
KINDS: Final[tuple[Kind, ...]] = ("github", "gitlab", "forgejo")
MAIN: Final = "origin/main"
Show = Callable[[Proof], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What a service says of the job that it runs.

    `commit` is the tip of the pull request's branch, or whatever is checked out. `summary` is the
    file whose Markdown becomes the job's page.
    """

    kind: Kind
    url: str
    project: str
    branch: str
    commit: str = "HEAD"
    summary: Path | None = None


def job_of(kind: Kind, environment: Mapping[str, str]) -> Job:
    """The job, by the variables that the service documents. Raises `Blocked` where none runs.

    GitHub: "Store information in variables"; Forgejo: "Environment variables" of its Actions
    reference; GitLab: "Predefined CI/CD variables". In a pipeline for merged results, GitLab has
    a merge checked out, and names the branch's own commit beside it.
    """
    said = {name: value for name, value in environment.items() if value}

    def first(*names: str) -> str:
        for name in names:
            if name in said:
                return said[name]
        raise Blocked(
            f"{names[0]} is not set: this is no job of {kind}",
            "to prove a draft anywhere else: germline draft prove NAME",
        )

    if kind == "gitlab":
        return Job(
            kind,
            first("CI_SERVER_URL"),
            first("CI_PROJECT_PATH"),
            first("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
            said.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "HEAD"),
        )
    page = said.get("GITHUB_STEP_SUMMARY")
    return Job(
        kind,
        first("GITHUB_SERVER_URL"),
        first("GITHUB_REPOSITORY"),
        first("GITHUB_HEAD_REF", "GITHUB_REF_NAME"),
        summary=Path(page) if page and kind == "github" else None,
    )


def prove_in_ci(path: Path, job: Job, report: Path | None, show: Show) -> bool:
    """Prove the job's draft and tell everybody; False if a gate fails.

    A branch that is no draft is a person's, which `germline check` and reviewers judge. Raises
    `Blocked` where the clone lacks history.
    """
    if not job.branch.startswith(PREFIX):
        click.echo(f"{job.branch} is no draft: people's own changes pass no gates.")
        return True
    with open_bench(path) as (repository, bench):
        draft = repository.draft_at(job.branch, job.commit, MAIN)
        _require_history(draft)
        proof = prove(bench, repository, draft)
        for protection in bench.sandbox.missing():
            click.echo(f"The sandbox lacks {protection}.")
    show(proof)
    _leave_files(job, proof, report)
    _report(job, draft.commit, proof)
    return proof.passed


def _require_history(draft: DraftRef) -> None:
    if not draft.base:
        raise Blocked(
            f"this clone does not have where {draft.name} left main",
            "fetch all history: `fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` on GitLab",
        )


def _leave_files(job: Job, proof: Proof, report: Path | None) -> None:
    if job.kind == "github":
        click.echo(workflow_errors(proof), nl=False)
    try:
        if job.summary is not None:
            with job.summary.open("a", encoding="utf-8") as page:
                page.write(summary(job.branch, proof))
        if report is not None:
            report.write_bytes(junit(job.branch, proof))
    except OSError as error:
        raise Blocked(f"the report cannot be written: {error}", "see --junit") from error


def _report(job: Job, commit: str, proof: Proof) -> None:
    """Set the commit's statuses. A token that may not, as a fork's, changes no verdict."""
    secret = read_secret(TOKEN)
    if secret is None:
        click.echo(f"{VARIABLES[TOKEN]} is not set: the commit gets no statuses.")
        return
    config = ForgeConfig(kind=job.kind, url=job.url, project=job.project)
    try:
        client = forge(config, Token(job.kind, secret), SystemClock())
        try:
            for check in statuses(proof):
                client.report(commit, check)
        finally:
            client.close_connection()
    except ControllerError as trouble:
        complain(f"the commit got no statuses: {trouble.reason}", trouble.hint)
