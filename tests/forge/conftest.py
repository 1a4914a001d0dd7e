"""A stage whose genome is published on a forge, once for each kind of forge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller import limits
from controller.ports.forge import Relations
from controller.stories.converge import PassResult
from tests.forge import forgejo_api, github_api, gitlab_api
from tests.forge.project import NAME, TOKEN, Project, PullRow
from tests.forge.server import ForgeServer
from tests.git.stock import git
from tests.stories.stage import Stage, stage

CONTRACT = "contracts/network/bridge_uplink.sg"
APIS = {"github": github_api, "gitlab": gitlab_api, "forgejo": forgejo_api}


@dataclass
class Published:
    """A stage and the forge that it is published on."""

    kind: str
    on: Stage
    server: ForgeServer
    project: Project

    def run(self) -> PassResult:
        """One pass that looks at the forge."""
        self.on.organism.controller.publisher.look_now()
        return self.on.organism.controller.run_pass()

    def settle(self) -> PassResult:
        """Passes, with time going by, until nothing is done any more."""
        result = self.run()
        for _ in range(30):
            if result.actions == 0 and result.wake_at is None:
                return result
            if result.wake_at is not None:
                wait = (result.wake_at - self.on.clock.now()).total_seconds()
                self.on.clock.sleep(max(0.0, wait))
            result = self.run()
        raise AssertionError(f"no end: {result}")

    def later(self) -> PassResult:
        """A pass after the longest wait."""
        self.on.clock.sleep(2 * limits.FORGE_BACKOFF_MAX_SECONDS)
        return self.run()

    def relations(self) -> Relations:
        """How it stands with the forge."""
        return self.on.organism.controller.publisher.memory.read()

    def pull(self) -> PullRow:
        """The only pull request."""
        (row,) = self.project.pulls.values()
        return row

    def is_draft(self, row: PullRow) -> bool:
        """As the forge shows it."""
        return row.draft or row.title.startswith(("Draft: ", "WIP: "))

    def checks(self, commit: str) -> dict[str, str]:
        """Context → state of a commit."""
        return {name: row.state for name, row in self.project.latest(commit).items()}


Publish = Callable[..., Published]


@pytest.fixture(params=list(APIS))
def publish(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Publish]:
    """Puts a stage on a forge: `publish(risk="high")` leaves merges to people."""
    monkeypatch.setenv("GERMLINE_FORGE_TOKEN", TOKEN)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with ExitStack() as closing:

        def put(risk: str = "high", *, finds_merges: bool = True) -> Published:
            kind: str = request.param
            found = finds_merges and kind != "forgejo"
            project = Project.create(tmp_path / "forge" / f"{NAME}.git", finds_merges=found)
            server = ForgeServer(project, APIS[kind].answer, APIS[kind].limited)
            closing.callback(server.close)
            on = closing.enter_context(stage(tmp_path))
            text = (
                on.main().files[CONTRACT].replace(b"  risk medium\n", f"  risk {risk}\n".encode())
            )
            config = (
                on.main().files["germline.toml"]
                + f'\n[forge]\nkind = "{kind}"\nurl = "{server.url}"\nproject = "{NAME}"\n'.encode()
            )
            on.commit({CONTRACT: text, "germline.toml": config}, "On a forge")
            git(on.path, "remote", "add", "origin", server.git_url)
            git(on.path, "push", "--quiet", str(project.path), "main")
            return Published(kind, on, server, project)

        yield put
