"""Signatures and the forge: they survive it, and what people sign elsewhere arrives by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.membrane.signatures import SIGNERS_PATH, SIGNING_PATH
from controller.stories.signing import approve, hold_of
from controller.wiring import open_organism
from tests.forge.conftest import CONTRACT, Publish, Published, on_one_forge
from tests.git.stock import git
from tests.signing.keys import COMMITTING, DECIDING, Pair, make_key

ANA = "Ana <ana@example.org>"


@pytest.fixture
def ana(tmp_path: Path) -> Pair:
    return make_key(tmp_path / "keys", "ana")


def signed(at: Published, ana: Pair) -> Published:
    """The same forge, with a policy that asks for signatures; Ana put it there."""
    controller = make_key(ana.path.parent, "controller")
    config = at.on.main().files["germline.toml"].decode()
    changes = {
        SIGNERS_PATH: (ana.line(DECIDING) + controller.line(COMMITTING)).encode(),
        SIGNING_PATH: f'[signing]\nrequired = true\npeople = ["{ana.principal}"]\n'.encode(),
        "germline.toml": f'{config}\n[identity]\ncontroller = "{controller.path}"\n'.encode(),
    }
    at.on.commit(changes, "Signatures are asked for")
    git(at.on.path, "push", "--quiet", str(at.project.path), "main")
    return at


def clone(at: Published, ana: Pair, to: Path) -> Path:
    """Ana's own clone, where git signs with her key."""
    git(to.parent, "clone", "--quiet", str(at.project.path), to.name)
    git(to, "config", "gpg.format", "ssh")
    git(to, "config", "user.signingkey", str(ana.path))
    return to


def held(at: Published) -> str | None:
    """Why main is held, after a pass."""
    at.run()
    return hold_of(at.on.organism.chronicle.ledger, at.on.organism.repository)


def test_signed_merges_survive_the_forge(publish: Publish, ana: Pair) -> None:
    at = signed(publish(risk="medium"), ana)
    demand = at.on.ask()
    assert at.settle().troubles == ()
    assert at.on.outcomes(demand)[-1] == (at.on.dominant(), "confirmed")
    assert at.project.tip("main") == at.on.organism.chronicle.ledger.vouched
    (at.project.path / "signers").write_bytes(at.on.main().files[SIGNERS_PATH])
    for commit in ("main", "main^2"):
        git(at.project.path, "-c", "gpg.ssh.allowedSignersFile=signers", "verify-commit", commit)


def test_what_a_person_approves_in_another_clone_is_merged_here(
    publish: Publish, ana: Pair, tmp_path: Path
) -> None:
    at = signed(publish(risk="high"), ana)
    draft = at.propose()
    assert at.run().troubles == ()
    assert f"germline draft approve {draft.name}" in at.pull().body
    there = clone(at, ana, tmp_path / "anas")
    git(there, "fetch", "--quiet", "origin", "refs/heads/draft/*:refs/heads/draft/*")
    with open_organism(there, at.on.clock) as hers:
        (seen,) = hers.repository.drafts()
        ref = approve(hers.past.notary, hers.repository, seen, ANA)
    git(there, "push", "--quiet", "origin", ref)
    assert at.run().troubles == ()
    (event,) = at.on.events("draft.merged")
    assert event.data["draft"] == draft.name
    assert at.project.tip("main") == at.on.organism.chronicle.ledger.vouched


@on_one_forge
def test_an_approval_that_is_given_here_is_at_the_forge_for_everybody(
    publish: Publish, ana: Pair
) -> None:
    at = signed(publish(risk="high"), ana)
    draft = at.propose()
    at.run()
    git(at.on.path, "config", "gpg.format", "ssh")
    git(at.on.path, "config", "user.signingkey", str(ana.path))
    ref = approve(at.on.organism.past.notary, at.on.organism.repository, draft, ANA)
    at.settle()
    assert git(at.project.path, "for-each-ref", "--format=%(refname)", ref).strip() == ref


@on_one_forge
def test_what_lets_go_of_main_arrives_from_the_forge(
    publish: Publish, ana: Pair, tmp_path: Path
) -> None:
    at = signed(publish(risk="high"), ana)
    assert held(at) is None
    at.project.commit("main", CONTRACT, at.on.main().files[CONTRACT].decode() + "\n")
    assert f"changes {CONTRACT} and is not signed" in (held(at) or "")
    there = clone(at, ana, tmp_path / "anas")
    git(there, "commit", "--quiet", "--allow-empty", "-S", "-m", "I looked at it")
    git(there, "push", "--quiet", "origin", "main")
    assert held(at) is None


@on_one_forge
def test_a_held_main_that_names_another_forge_sends_no_token_there(
    publish: Publish, ana: Pair
) -> None:
    at = signed(publish(risk="high"), ana)
    assert held(at) is None
    config = at.on.main().files["germline.toml"].decode()
    at.project.commit("main", "germline.toml", config.replace(at.server.url, "http://127.0.0.1:9"))
    assert "changes germline.toml and is not signed" in (held(at) or "")
    at.server.asked.clear()
    at.propose()
    assert at.run().troubles[0].startswith("main is held")
    assert at.server.asked == []
