"""The types that are the controller's own are those that its stories record."""

from __future__ import annotations

import re
from pathlib import Path

import controller.stories
from controller.conductor.recorded import RECORDED, is_reserved

STORIES = Path(controller.stories.__file__).parent
CALL = re.compile(r"\.record\(\s*\"([a-z_.]+)\"")


def test_every_type_that_a_story_records_is_reserved() -> None:
    found = {kind for path in STORIES.glob("*.py") for kind in CALL.findall(path.read_text())}
    assert len(found) > 5
    assert found <= RECORDED


def test_other_words_are_free() -> None:
    assert is_reserved("draft.anything")
    assert not any(is_reserved(kind) for kind in ("person.joined", "drafts.made", "deal.updated"))
