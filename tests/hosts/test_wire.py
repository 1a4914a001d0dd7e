"""What a controller and a host say to each other arrives as it was sent, or is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters import outpost_wire as wire
from controller.adapters.outpost_wire import Request
from controller.domains.world import Answer, Operation
from controller.ports import Blocked, Died, Returned, Unavailable
from controller.ports.outposts import Errand, Ran, Refusal

TEXT = st.text(max_size=20)
VALUES = st.dictionaries(TEXT, st.one_of(st.none(), st.booleans(), st.integers(), TEXT), max_size=3)
OPERATIONS = st.builds(Operation, TEXT, VALUES)
ERRANDS = st.builds(
    Errand,
    TEXT,
    VALUES,
    st.lists(TEXT, max_size=3).map(tuple),
    st.dictionaries(TEXT, st.lists(TEXT, max_size=2).map(tuple), max_size=2),
    st.booleans(),
)
REQUESTS = st.builds(
    Request,
    do=st.sampled_from(["observe", "run", "confirm", "undo"]),
    vantages=st.dictionaries(TEXT, TEXT, max_size=2),
    roles=st.dictionaries(TEXT, TEXT, max_size=2),
    transaction=st.one_of(st.none(), st.just("ab" * 32)),
    confirm_within_s=st.floats(0, 1e6),
    errand=st.one_of(st.none(), ERRANDS),
    reason=TEXT,
)
RAN = st.builds(
    Ran,
    st.one_of(st.builds(Died, TEXT, TEXT), st.builds(Returned, TEXT, st.floats(0, 1e6))),
    VALUES,
    VALUES,
    st.lists(OPERATIONS, max_size=2).map(tuple),
    st.lists(OPERATIONS, max_size=2).map(tuple),
    st.lists(st.builds(Answer, OPERATIONS, TEXT), max_size=2).map(tuple),
    st.lists(st.builds(Refusal, TEXT, TEXT), max_size=2).map(tuple),
)


@given(REQUESTS)
def test_a_request_arrives_as_it_was_sent(request: Request) -> None:
    assert wire.request_from_bytes(wire.request_to_bytes(request)) == request


@given(RAN)
def test_the_end_of_a_gene_call_arrives_as_it_was_sent(ran: Ran) -> None:
    answer = wire.answer_from_bytes(wire.answer_to_bytes(wire.ran_to_json(ran)), "a host")
    assert wire.ran_from_json(answer) == ran


@given(st.binary(max_size=60))
def test_other_bytes_are_no_request_and_no_answer(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them is told in words by the caller
        wire.request_from_bytes(data)
    with pytest.raises(ValueError):  # noqa: PT011
        wire.answer_from_bytes(data, "a host")


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "a b", "ab" * 40])
def test_a_transaction_has_no_name_that_could_be_a_path(name: str) -> None:
    said = json.loads(wire.request_to_bytes(Request("undo", {}, {})))
    with pytest.raises(ValueError, match="this name"):
        wire.request_from_bytes(json.dumps({**said, "transaction": name}).encode())


def test_a_trouble_on_a_host_is_the_same_trouble_here_with_its_name() -> None:
    with pytest.raises(Unavailable, match="host h1: the disk is full") as told:
        wire.answer_from_bytes(wire.trouble_to_bytes(Unavailable("the disk is full")), "host h1")
    assert told.value.reason == "host h1: the disk is full"
    with pytest.raises(Blocked):
        wire.answer_from_bytes(wire.trouble_to_bytes(Blocked("no", "do")), "host h1")
