"""Every kind of forge answers `ports.forge` alike: the servers of this suite, and a real one.

`GERMLINE_TEST_FORGE=kind,url,owner/name` with the token in `GERMLINE_FORGE_TOKEN` names a real
project, whose main exists; branches `draft/conformance/…` are made there and deleted again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.adapters.clock import SystemClock
from controller.adapters.forge_connect import Client, forge
from controller.adapters.forge_token import Token
from controller.adapters.git_remote import GitRemote
from controller.config import ForgeConfig
from controller.membrane.checks import Check
from controller.membrane.pull_text import PullText
from controller.ports import Blocked
from controller.ports.forge import Moved, Push
from tests.forge.conftest import APIS
from tests.forge.project import NAME, TOKEN, Project
from tests.forge.server import ForgeServer
from tests.git.stock import git

REAL = os.environ.get("GERMLINE_TEST_FORGE", "")
MAIN = "refs/heads/main"
TEXT = PullText("gene: a title", "A body\nof lines.", ("germline", "risk: low"))


@dataclass
class Place:
    """A clone with one commit on a draft's branch, and the forge that it is of."""

    client: Client
    remote: GitRemote
    clone: Path
    branch: str
    url: str

    @property
    def ref(self) -> str:
        """The branch's full name."""
        return f"refs/heads/{self.branch}"

    def commit(self) -> str:
        """A new commit on top of the clone's HEAD."""
        git(self.clone, "commit", "--quiet", "--allow-empty", "-m", f"Change {uuid.uuid4()}")
        return git(self.clone, "rev-parse", "HEAD").strip()

    def push(self) -> str:
        """The same, pushed as the draft."""
        commit = self.commit()
        was = self.remote.refs().get(self.ref)
        assert self.remote.push([Push(self.ref, was, commit)]) == ()
        return commit


@pytest.fixture(params=[*APIS, "real"] if REAL else [*APIS])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """A fresh branch's name on a forge."""
    with ExitStack() as closing:
        if request.param == "real":
            kind, url, project = REAL.split(",")
            token = os.environ["GERMLINE_FORGE_TOKEN"]
            git_url = f"{url.rstrip('/')}/{project}.git"
        else:
            for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
                monkeypatch.delenv(name)
            kind, project, token = request.param, NAME, TOKEN
            made = Project.create(tmp_path / "forge" / f"{NAME}.git", finds_merges=True)
            tree = git(made.path, "mktree", "--missing").strip()
            first = git(made.path, "commit-tree", tree, "-m", "Begin").strip()
            git(made.path, "update-ref", MAIN, first)
            server = ForgeServer(made, APIS[kind].answer, APIS[kind].limited)
            closing.callback(server.close)
            url, git_url = server.url, server.git_url
        config = ForgeConfig(kind=kind, url=url, project=project)
        clone = tmp_path / "clone"
        git(tmp_path, "init", "--quiet", str(clone))
        git(clone, "remote", "add", "origin", git_url)
        remote = GitRemote(clone / ".git", "origin", url, Token(kind, token))
        git(clone, "reset", "--quiet", "--hard", remote.refs()[MAIN])
        client = forge(config, Token(kind, token), SystemClock())
        closing.callback(client.close_connection)
        branch = f"draft/conformance/{uuid.uuid4().hex[:12]}"
        yield Place(client, remote, clone, branch, url)
        at = remote.refs().get(f"refs/heads/{branch}")
        if at is not None:
            remote.push([Push(f"refs/heads/{branch}", at, None)])


def test_a_pull_request_is_opened_revised_made_ready_and_closed(place: Place) -> None:
    head = place.push()
    made = place.client.open(place.branch, TEXT)
    assert (made.state, made.draft, made.branch, made.head) == ("open", True, place.branch, head)
    assert (made.text.title, made.text.body) == (TEXT.title, TEXT.body)
    assert place.branch in {pull.branch for pull in place.client.pulls()}
    other = PullText("gene: another title", "Another body.", (*TEXT.labels, "mutation"))
    place.client.revise(made, other)
    place.client.set_draft(made, False)
    seen = place.client.pull(made.number)
    assert seen is not None
    assert (seen.draft, seen.text.title, seen.text.body) == (False, other.title, other.body)
    assert set(other.labels) <= set(seen.text.labels)
    place.client.set_draft(seen, True)
    place.client.close(seen, "That was all.")
    closed = place.client.pull(made.number)
    assert closed is not None
    assert (closed.state, closed.draft) == ("closed", True)
    assert closed.by != ""
    assert place.branch not in {pull.branch for pull in place.client.pulls()}


def test_of_statuses_the_latest_of_each_context_counts(place: Place) -> None:
    commit = place.push()
    for check in (
        Check("germline/proof", "pending", "waits"),
        Check("germline/paths", "failure", "contracts/ belongs to people"),
        Check("germline/proof", "success", "8 of 8 gates passed"),
        Check("germline/old", "pending", "waits"),
        Check("germline/old", "cancelled", "superseded"),
    ):
        place.client.report(commit, check)
    states = {name: check.state for name, check in place.client.checks(commit).items()}
    assert states == {
        "germline/proof": "success",
        "germline/paths": "failure",
        "germline/old": "cancelled",
    }


def test_a_number_that_there_is_not_is_none(place: Place) -> None:
    assert place.client.pull(999_999_999) is None


def test_a_second_pull_request_of_a_branch_is_refused_in_words(place: Place) -> None:
    place.push()
    made = place.client.open(place.branch, TEXT)
    with pytest.raises(Blocked, match="already exists"):
        place.client.open(place.branch, TEXT)
    place.client.close(made, "Done.")


def test_a_push_from_an_outdated_value_moves_nothing(place: Place) -> None:
    first = place.push()
    second = place.push()
    third = place.commit()
    assert place.remote.push([Push(place.ref, first, third)]) == (Moved(place.ref),)
    assert place.remote.push([Push(place.ref, None, third)]) == (Moved(place.ref),)
    assert place.remote.refs()[place.ref] == second


def test_the_wrong_token_is_told_with_where_it_comes_from(place: Place) -> None:
    wrong = GitRemote(place.clone / ".git", "origin", place.url, Token("github", "x"))
    with pytest.raises(Blocked) as told:
        wrong.push([Push(place.ref, None, place.commit())])
    assert "GERMLINE_FORGE_TOKEN" in told.value.hint
