"""Whatever is wrong between here and the forge stands in `germline status`, with a way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from controller import forge_limits
from tests.forge.conftest import Publish, Published, on_one_forge
from tests.forge.test_screen import germline


def fault(name: str) -> Callable[[Published], object]:
    """Has the server misbehave."""
    return lambda at: setattr(at.server, "fault", name)


TROUBLES: dict[str, tuple[Callable[[Published], object], str]] = {
    "down": (lambda at: at.server.close(), "is origin out of reach?"),
    "slow": (fault("slow"), "the forge does not answer"),
    "slow git": (fault("slow git"), "took longer than 1 s"),
    "rate": (fault("rate"), "too many requests; the rest waits until the forge takes more"),
    "broken": (fault("broken"), "the forge answered 500"),
    "nonsense": (fault("nonsense"), "is `url` in [forge] the forge's, and no proxy in between?"),
    "expired": (fault("expired"), "is the token right and not expired?"),
    "read only": (fault("read only"), "is the token right and not expired?"),
    "rewritten": (lambda at: at.project.rewrite(), "it is not followed blindly"),
    "no main": (lambda at: at.project.delete("main"), "the forge has no branch main"),
}


@on_one_forge
@pytest.mark.parametrize("name", TROUBLES)
def test_status_says_what_is_wrong_and_when_the_forge_is_asked_again(
    publish: Publish, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forge_limits, "FORGE_REQUEST_SECONDS", 1)
    if name == "slow git":
        monkeypatch.setattr(forge_limits, "FORGE_GIT_SECONDS", 1)
    at = publish()
    begin, words = TROUBLES[name]
    begin(at)
    draft = at.propose()
    at.run()
    shown = " ".join(germline(at, "status").split())
    assert "tries that failed: 1, the next at 2026-01-01" in shown
    assert words in shown
    assert draft.name in shown
    assert at.on.organism.repository.proof(draft.commit) is not None
