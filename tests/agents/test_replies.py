"""A reply is hostile text: it is read as what it says, or refused in one line, and never raises."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from controller import agent_limits
from controller.conductor.assignment import Reply, read_reply

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
WORDS = ("resolution", "outcome", "appended", "events", "drafted", "source", "cost", "money")
NEARLY = st.dictionaries(st.sampled_from(WORDS), JSON | st.sampled_from(WORDS), max_size=6)


def line(value: object) -> bytes:
    return json.dumps(value).encode()


@given(st.binary(max_size=200) | JSON.map(line) | NEARLY.map(line))
def test_whatever_is_written_is_a_reply_or_one_line_that_says_why_not(output: bytes) -> None:
    found = read_reply(output)
    assert isinstance(found, Reply) or 0 < len(found) <= agent_limits.AGENT_WORDS_CHARACTERS


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = b'{"resolution":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    assert isinstance(read_reply(deep), str)


def test_events_keep_what_they_say() -> None:
    event = {"type": "alert_rep", "subject": "customer:c1", "data": {"why": "ÿ\u2028", "n": 1.5}}
    found = read_reply(line({"resolution": {"outcome": "appended", "events": [event]}}))
    assert isinstance(found, Reply)
    assert found.resolution.model_dump(mode="json")["events"] == [event]
    assert found.cost is None
