"""What others hand in: each mistake has its own refusal, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.log_index import LogIndex
from controller.history.intake import Refused, read_line
from controller.limits import APPEND_BATCH_EVENTS
from controller.stories.append import Acknowledged, Intake
from tests.history.happenings import NOON, at


@pytest.fixture
def log(tmp_path: Path) -> GitEventLog:
    pygit2.init_repository(str(tmp_path), bare=True)
    return GitEventLog(tmp_path)


@pytest.fixture
def intake(log: GitEventLog, tmp_path: Path) -> Intake:
    return Intake(log, LogIndex(log, tmp_path), VirtualClock(NOON), "person:ana")


def take(intake: Intake, number: int, line: bytes) -> list[Acknowledged]:
    return list(intake.take(number, read_line(line), len(line)))


WRONG = [
    ("{", "not JSON"),
    ("[]", "not a JSON object"),
    ("{}", "no type"),
    ('{"type": ""}', "not an event's type"),
    ('{"type": "a b"}', "not an event's type"),
    ('{"type": 7}', "not an event's type"),
    ('{"type": "a", "data": 1}', "`data` is not an object"),
    ('{"type": "a", "data": {"x": NaN}}', "NaN is not a number"),
    ('{"type": "a", "data": {"x": 1e999}}', "cannot be recorded"),
    ('{"type": "a", "data": {"x": 9007199254740993}}', "cannot be recorded"),
    ('{"type": "a", "data": {"x": 1e20}}', "cannot be recorded"),
    ('{"type": "a", "data": {"x": "\\ud800"}}', "cannot be recorded"),
    ('{"type": "a", "data": {"x": 1, "x": 2}}', '"x" is there twice'),
    ('{"type": "a", "data": {"x": %s}}' % ("[" * 100 + "]" * 100), "levels"),
    ("[" * 200_000, "nested too deeply"),
    ('{"type": "a", "subject": 1}', "`subject` is not a string"),
    ('{"type": "a", "time": "yesterday"}', "RFC 3339"),
    ('{"type": "a", "time": "2026-11-01T12:00:00"}', "RFC 3339"),
    ('{"type": "a", "time": "2026-02-30T12:00:00Z"}', "RFC 3339"),
    ('{"type": "a", "time": "0001-01-01T00:00:00+23:00"}', "RFC 3339"),
    ('{"type": "a", "cause": "%s"}' % ("f" * 64), "no event of this log"),
    ('{"type": "a", "cause": ""}', "no event of this log"),
    ('{"type": "a", "priority": 1, "tags": []}', 'unknown member "priority", "tags"'),
    ('{"type": "draft.opened"}', "controller records itself"),
    ('{"type": "main.moved", "data": {}}', "controller records itself"),
    ('{"type": "call.enriched", "data": {"values": {}}}', "it is no enrichment"),
    ('{"type": "a", "data": {"x": "%s"}}' % ("x" * 1024 * 1024), "1048576 are allowed"),
    ('{"type": "a", "data": {"x": [%s]}}' % ("1e15," * 70_000 + "1"), "1048576 are allowed"),
]


@pytest.mark.parametrize(("line", "word"), WRONG, ids=[word[:40] for _, word in WRONG])
def test_a_mistake_is_refused_precisely_and_what_was_taken_stays(
    intake: Intake, log: GitEventLog, line: str, word: str
) -> None:
    take(intake, 1, b'{"type": "a"}')
    with pytest.raises(Refused) as refused:
        take(intake, 2, line.encode())
    assert word in refused.value.reason
    assert refused.value.hint
    (done,) = intake.flush()
    assert (done.first_line, done.last_line, done.events) == (1, 1, tuple(log.since()))


def test_a_cause_may_be_an_event_of_the_same_batch_or_a_beginning_of_an_older_id(
    intake: Intake, log: GitEventLog
) -> None:
    take(intake, 1, b'{"type": "a"}')
    (first,) = next(intake.flush()).events
    second = at(1, "b", "", {}, first.id)
    text = b'{"type": "b", "time": "%s", "actor": "controller", "cause": "%s"}'
    take(intake, 2, text % (second.time.encode(), first.id[:10].encode()))
    take(intake, 3, b'{"type": "c", "cause": "%s"}' % second.id.encode())
    (done,) = intake.flush()
    assert done.events[0] == second
    assert [event.cause for event in log.since()] == [None, first.id, second.id]


def test_a_full_batch_is_made_durable_without_being_asked(intake: Intake, log: GitEventLog) -> None:
    done = [one for n in range(APPEND_BATCH_EVENTS + 1) for one in take(intake, n, b'{"type":"a"}')]
    assert [(one.first_line, one.last_line) for one in done] == [(0, APPEND_BATCH_EVENTS - 1)]
    assert log.length() == APPEND_BATCH_EVENTS
    list(intake.flush())
    assert len({event.id for event in log.since()}) == APPEND_BATCH_EVENTS + 1
