"""From a person's push of a revert to the former allele being live again: how long, by which way.

One simulated host, whose windows pass at once: what is timed is the work of everybody concerned.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figure import Figure
from tests.fleet import people
from tests.forge.conftest import published
from tests.forge.project import TOKEN
from tests.stories.stage import ANNOUNCING, Stage, stage
from tests.stories.test_membrane import propose, raised

HTTP = "forgejo"


def figures() -> list[Figure]:
    """Without a forge, and with one that is asked over HTTP."""
    name = "push of a revert to the former allele on a simulated host"
    with tempfile.TemporaryDirectory() as made, token():
        return [
            Figure(f"{name}, embedded forge", _embedded(Path(made) / "embedded"), "s"),
            Figure(f"{name}, {HTTP} over HTTP", _over_http(Path(made) / "http"), "s"),
        ]


@contextmanager
def token() -> Iterator[None]:
    """While it is held, this process has a token for the forge, and no proxy in between."""
    kept = {**os.environ}
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["GERMLINE_FORGE_TOKEN"] = TOKEN
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _embedded(path: Path) -> float:
    path.mkdir()
    with stage(path) as on:
        on.ask()
        on.settle()
        former = on.dominant()
        propose(on, raised(on, ANNOUNCING))
        on.settle()
        people.git(on.path, "config", "receive.denyCurrentBranch", "updateInstead")
        return _timed(on, former, on.path, on.organism.controller.run_pass)


def _over_http(path: Path) -> float:
    path.mkdir()
    with published(HTTP, path, "medium") as at:
        at.on.ask()
        at.settle()
        former = at.on.dominant()
        at.propose()
        at.settle()
        return _timed(at.on, former, at.project.path, at.run)  # a pass as after a webhook


def _timed(on: Stage, former: str, shared: Path, one_pass: Callable[[], object]) -> float:
    """Seconds from the push of a revert of main's last merge until the former allele is kept."""
    assert on.dominant() != former
    hers = on.path.parent / "hers"
    people.git(on.path.parent, "clone", "-q", str(shared), "hers")
    people.git(hers, "revert", "-m", "1", "--no-edit", "HEAD")
    confirmed = len(on.events("transaction.confirmed"))
    start = time.perf_counter()
    people.git(hers, "push", "-q", "origin", "main")
    while len(on.events("transaction.confirmed")) == confirmed:
        one_pass()
        on.clock.sleep(30.0)
        assert time.perf_counter() - start < 120.0
    took = time.perf_counter() - start
    assert on.dominant() == former
    return took
