"""Drafts as pull requests: the same life on every kind of forge."""

from __future__ import annotations

from tests.forge.conftest import Publish


def test_a_draft_is_opened_proved_shown_and_merged_by_the_controller(publish: Publish) -> None:
    at = publish(risk="medium")
    demand = at.on.ask()
    result = at.settle()
    assert result.troubles == ()
    assert at.on.outcomes(demand)[-1] == (at.on.dominant(), "confirmed")
    assert at.project.tip("main") == at.on.organism.repository.main()
    row = at.pull()
    assert row.state in ("merged", "closed")
    assert at.project.drafts() == []
    record = at.on.draft()
    assert (record.pull, record.state) == (1, "merged")
    assert record.url.startswith(at.server.url)
