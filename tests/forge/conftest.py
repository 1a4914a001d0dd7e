"""A stage whose genome is published on a forge, once for each kind of forge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller import forge_limits
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.ports import DraftRef
from controller.ports.forge import Relations
from controller.stories.converge import PassResult
from controller.stories.merge import note_opened
from controller.stories.publish import keep_published
from grammar.sg.edit import with_stack
from tests.forge import forgejo_api, github_api, gitlab_api
from tests.forge.project import NAME, TOKEN, Project, PullRow
from tests.forge.server import ForgeServer
from tests.git.stock import git
from tests.stories.stage import ANNOUNCING, Stage, stage

CONTRACT = "contracts/network/bridge_uplink.sg"
APIS = {"github": github_api, "gitlab": gitlab_api, "forgejo": forgejo_api}


@dataclass
class Published:
    """A stage and the forge that it is published on."""

    kind: str
    on: Stage
    server: ForgeServer
    project: Project

    def propose(self, name: str = "draft/person/try", source: str = ANNOUNCING) -> DraftRef:
        """A draft, here, that makes another allele dominant; nothing has looked at it yet."""
        sha = name_of(source)
        path = f"phenotypes/{PHENOTYPE}.sg"
        text = self.on.main().files[path].decode()
        lineage = Lineage(locus=LOCUS, engine="person").to_bytes()
        changes = {
            source_path(LOCUS, sha): source.encode(),
            lineage_path(LOCUS, sha): lineage,
            path: with_stack(text, path, PHENOTYPE, LOCUS, [sha[:12]]).encode(),
        }
        message = (
            "bridge_uplink: announce the new uplink\n\nThe switch must learn at once.\n\n"
            f"Germline-Locus: {LOCUS}\nGermline-Phenotype: {PHENOTYPE}\nGermline-Allele: {sha}\n"
        )
        repository = self.on.organism.repository
        return repository.propose(name, repository.main(), changes, message, PERSON)

    def publish(self) -> bool:
        """Only the step of the pass that is about the forge."""
        controller = self.on.organism.controller
        controller.hands.chronicle.refresh()
        for draft in controller.repository.drafts():
            note_opened(controller.membrane, draft)
        self.on.organism.publisher.look_now()
        return keep_published(self.on.organism.publisher, self.on.main(), controller.held)

    def run(self) -> PassResult:
        """One pass that looks at the forge."""
        self.on.organism.publisher.look_now()
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
        self.on.clock.sleep(2 * forge_limits.FORGE_BACKOFF_MAX_SECONDS)
        return self.run()

    def relations(self) -> Relations:
        """How it stands with the forge."""
        return self.on.organism.publisher.memory.read()

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
on_one_forge = pytest.mark.parametrize("publish", ["forgejo"], indirect=True)
"""For what is the story's alone, whichever forge it is told to."""


@contextmanager
def published(
    kind: str, path: Path, risk: str = "high", *, finds_merges: bool = True
) -> Iterator[Published]:
    """A stage on a forge of this kind: `risk="high"` leaves merges to people."""
    found = finds_merges and kind != "forgejo"
    project = Project.create(path / "forge" / f"{NAME}.git", finds_merges=found)
    server = ForgeServer(project, APIS[kind].answer, APIS[kind].limited)
    with closing(server), stage(path) as on:
        text = on.main().files[CONTRACT].replace(b"  risk medium\n", f"  risk {risk}\n".encode())
        config = (
            on.main().files["germline.toml"]
            + f'\n[forge]\nkind = "{kind}"\nurl = "{server.url}"\nproject = "{NAME}"\n'.encode()
        )
        on.commit({CONTRACT: text, "germline.toml": config}, "On a forge")
        git(on.path, "remote", "add", "origin", server.git_url)
        git(on.path, "push", "--quiet", str(project.path), "main")
        yield Published(kind, on, server, project)


@pytest.fixture(params=list(APIS))
def publish(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Publish]:
    """Puts a stage on a forge: `publish(risk="medium")` leaves merges to the controller."""
    monkeypatch.setenv("GERMLINE_FORGE_TOKEN", TOKEN)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with ExitStack() as held:

        def put(risk: str = "high", *, finds_merges: bool = True) -> Published:
            made = published(request.param, tmp_path, risk, finds_merges=finds_merges)
            return held.enter_context(made)

        yield put
