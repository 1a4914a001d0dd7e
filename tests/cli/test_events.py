"""`germline events` as people and programs use it: append, read, follow, check."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pygit2
import pytest

from controller.history.segment import path_of
from tests.cli.terminal import Said, germline, git

CALL = ("--type", "interaction.created", "--subject", "c1", "--data", '{"kind": "call"}')


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository without a genome: the log needs none."""
    path = tmp_path / "clone"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    return path


def started(at: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "controller", "-C", str(at), "events", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
    )


def fed(at: Path, text: str, *arguments: str) -> Said:
    """`germline events append` with lines on its standard input."""
    process = started(at, "append", *arguments)
    out, err = process.communicate(text)
    return Said(process.returncode, out, err)


def read(at: Path, *arguments: str) -> list[dict[str, Any]]:
    said = germline("events", "log", "--format", "json", *arguments, at=at)
    assert (said.code, said.err) == (0, "")
    return [json.loads(line) for line in said.out.splitlines()]


def lines(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def happened(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "interaction.created",
        "subject": f"c{number % 3}",
        "data": {"n": number},
        "time": f"2026-11-01T12:00:{number:02d}Z",
        "actor": "crm",
        **more,
    }


def refused(said: Said, *words: str) -> None:
    assert said.code == 1, said
    assert "Error:" in said.err
    assert "Hint:" in said.err
    assert "Traceback" not in said.err
    for word in words:
        assert word in " ".join(said.err.split()), said.err


def test_one_event_is_appended_shown_and_found(clone: Path) -> None:
    said = germline("events", "append", *CALL, at=clone)
    assert said.code == 0, said
    event_id = said.out.split()[-1]
    after = germline("events", "append", "--type", "deal.updated", "--cause", event_id, at=clone)
    later = after.out.split()[-1]
    (first, second) = read(clone)
    assert (first["id"], first["data"], first["subject"]) == (event_id, {"kind": "call"}, "c1")
    assert (second["id"], second["cause"]) == (later, event_id)
    assert second["actor"].startswith("person:")
    shown = germline("events", "show", event_id[:12], at=clone).out
    assert re.search(rf"{event_id}\n  event 0 .*\n.*c1\n    kind: \"call\"\nIt led to:", shown)
    assert later[:8] in shown
    assert event_id[:8] in germline("events", "show", later[:12], at=clone).out.split("Because:")[1]
    as_json = json.loads(germline("events", "show", later, "--format", "json", at=clone).out)
    assert [as_json["sequence"], as_json["event"]["id"]] == [1, later]
    assert [one["id"] for one in as_json["causes"]] == [event_id]


def test_lines_are_appended_in_batches_that_are_acknowledged(clone: Path) -> None:
    said = fed(clone, lines(*map(happened, range(5))) + "\n", "--format", "json")
    assert (said.code, said.err) == (0, ""), said
    acknowledged = [json.loads(line) for line in said.out.splitlines()]
    ids = [event_id for one in acknowledged for event_id in one["ids"]]
    assert sum(one["appended"] for one in acknowledged) == 5
    assert (acknowledged[0]["lines"][0], acknowledged[-1]["lines"][1]) == (1, 5)
    assert [event["id"] for event in read(clone)] == ids


def test_a_program_that_writes_a_line_and_waits_gets_its_acknowledgement(clone: Path) -> None:
    process = started(clone, "append", "--format", "json")
    assert process.stdin is not None
    assert process.stdout is not None
    cause = None
    for number in range(3):
        process.stdin.write(lines(happened(number, cause=cause)))
        process.stdin.flush()
        (cause,) = json.loads(process.stdout.readline())["ids"]
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, "", "")
    assert [event["cause"] is None for event in read(clone)] == [True, False, False]


def test_equal_lines_without_a_time_are_events_of_their_own(clone: Path) -> None:
    fed(clone, lines({"type": "door.opened"}) * 50)
    assert len({event["id"] for event in read(clone)}) == 50


def test_an_exported_log_can_be_appended_elsewhere_and_twice(clone: Path, tmp_path: Path) -> None:
    fed(clone, lines(*map(happened, range(4))))
    exported = germline("events", "log", "--format", "json", at=clone).out
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    assert fed(other, exported).code == fed(other, exported).code == 0
    assert germline("events", "log", "--format", "json", at=other).out == exported
    forged = exported.replace('"n":2', '"n":7')
    refused(fed(other, forged), "line 3", "`id` is not the hash")


def test_a_wrong_line_is_refused_by_its_number_and_what_was_before_stays(clone: Path) -> None:
    for number, wrong in enumerate(
        ("{", '{"type": "draft.opened"}', '{"type": "%s"}' % ("x" * 2**20))
    ):
        text = lines(happened(number)) + "\n" + wrong + "\n" + lines(happened(59))
        said = fed(clone, text)
        refused(said, "line 3 is refused", "go on from line 3")
        assert len(said.out.split()) == 1
    assert [event["data"]["n"] for event in read(clone)] == [0, 1, 2]


def test_bytes_that_are_no_text_are_refused(clone: Path) -> None:
    command = [sys.executable, "-m", "controller", "-C", str(clone), "events", "append"]
    done = subprocess.run(command, input=b'{"type": "\xff"}', capture_output=True, check=False)
    refused(Said(done.returncode, done.stdout.decode(), done.stderr.decode()), "not JSON")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--type", "a b"), "not an event's type"),
        (("--type", "a", "--data", "{"), "--data is not JSON"),
        (("--type", "a", "--data", "[]"), "`data` is not an object"),
        (("--type", "a", "--data", '{}, "actor": "you"'), "--data is not JSON"),
        (("--type", "a", "--time", "noon"), "RFC 3339"),
        (("--type", "a", "--cause", "abcd"), "no event of this log"),
        (("--subject", "c1"), "needs a --type"),
    ],
    ids=str,
)
def test_a_wrong_option_is_refused(clone: Path, arguments: tuple[str, ...], word: str) -> None:
    refused(germline("events", "append", *arguments, at=clone), word)
    assert read(clone) == []


def test_an_enrichment_of_an_event_is_appended(clone: Path) -> None:
    source = germline("events", "append", *CALL, at=clone).out.split()[-1]
    data = {"source": source, "inferred": True, "confidence": 0.9, "values": {"mood": None}}
    kind = ("--type", "interaction.enriched", "--data")
    assert germline("events", "append", *kind, json.dumps(data), at=clone).code == 0
    stranger = json.dumps({**data, "source": "f" * 64})
    refused(germline("events", "append", *kind, stranger, at=clone), "is no event of this log")


@pytest.fixture
def told(clone: Path) -> Path:
    """Nine events: three about each of c0, c1, c2, two of another type, one with a cause."""
    fed(clone, lines(*map(happened, range(6))))
    first = read(clone)[0]["id"]
    fed(clone, lines(*(happened(n, type="deal.updated", cause=first) for n in range(6, 8))))
    fed(clone, lines(happened(8)))
    return clone


def numbers(at: Path, *arguments: str) -> list[int]:
    return [event["data"]["n"] for event in read(at, *arguments)]


def test_filters_choose_what_is_read(told: Path) -> None:
    first = read(told)[0]["id"]
    assert numbers(told, "--type", "deal.*") == [6, 7]
    assert numbers(told, "--subject", "c1") == [1, 4, 7]
    assert numbers(told, "--subject", "c1", "--type", "deal.*") == [7]
    assert numbers(told, "--since", "7") == [7, 8]
    assert numbers(told, "--since", read(told)[6]["id"][:16]) == [7, 8]
    assert numbers(told, "--since", "2026-11-01T13:00:05+01:00") == [5, 6, 7, 8]
    assert numbers(told, "--until", "2026-11-01T12:00:01Z") == [0, 1]
    span = ("--since", "2026-11-01T12:00:02Z", "--until", "2026-11-01T12:00:04Z")
    assert numbers(told, *span) == [2, 3, 4]
    assert numbers(told, *span, "--subject", "c0") == [3]
    assert numbers(told, "--cause", first[:16]) == [6, 7]
    assert numbers(told, "--cause", first, "--since", "7") == [7]
    assert numbers(told, "--limit", "2") == [0, 1]
    assert numbers(told, "--subject", "nobody") == numbers(told, "--since", "9") == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("log", "--since", "10"), "9 events, not 10"),
        (("log", "--since", "tomorrow"), "--since"),
        (("log", "--until", "7"), "--until"),
        (("log", "--cause", "f" * 64), "no event"),
        (("show", "abc"), "no event"),
        (("show", "f" * 64), "no event"),
        (("verify", "--against", "nowhere"), "nowhere"),
        (("verify", "--checkpoint", "nowhere"), "nowhere"),
        (("checkpoint", "nowhere/x"), "cannot be written"),
    ],
    ids=str,
)
def test_a_wrong_question_is_refused(told: Path, arguments: tuple[str, ...], word: str) -> None:
    refused(germline("events", *arguments, at=told), word)


def test_what_would_steer_a_terminal_is_shown_as_text(clone: Path) -> None:
    evil = "\x1b[31mred\r\n"
    event = {"type": "a", "subject": evil, "data": {evil: evil}, "actor": evil}
    event_id = fed(clone, lines(event)).out.strip()
    for command in (("log",), ("show", event_id)):
        said = germline("events", *command, at=clone).out
        assert "\x1b" not in said
        assert "\r" not in said
        assert "\\x1b[31mred\\r\\n" in said


def test_following_goes_on_with_what_is_appended_until_it_is_interrupted(told: Path) -> None:
    process = started(told, "log", "--follow", "--since", "8", "--format", "json")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["data"] == {"n": 8}
    for number in (9, 10):
        fed(told, lines(happened(number)))
        assert json.loads(process.stdout.readline())["data"] == {"n": number}
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_reader_that_goes_away_leaves_no_traceback(clone: Path) -> None:
    fed(clone, lines(*(happened(n % 60, data={"n": n, "pad": "x" * 2000}) for n in range(300))))
    process = started(clone, "log", "--format", "json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert process.stderr.read() == ""
    assert process.wait() == 1
    process.communicate()


def test_a_checkpoint_is_grown_out_of_or_it_is_told(told: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    assert germline("events", "checkpoint", str(kept), at=told).code == 0
    fed(told, lines(happened(9)))
    grown = germline("events", "verify", "--checkpoint", str(kept), at=told)
    assert (grown.code, grown.err) == (0, "")
    assert "10 events verify" in grown.out
    read_back = json.loads(kept.read_text())
    for member, value, word in (
        ("length", 99, "had 99"),
        ("last", "f" * 64, "event 8 is"),
        ("sha256", "f" * 64, "before event 8"),
        ("commit", "f" * 40, "do not descend"),
        ("commit", "main", "not a checkpoint"),
        ("length", -1, "not a checkpoint"),
    ):
        kept.write_text(json.dumps({**read_back, member: value}))
        refused(germline("events", "verify", "--checkpoint", str(kept), at=told), word)


def test_an_event_that_is_there_twice_is_told(told: Path) -> None:
    repository = pygit2.Repository(str(told))
    tip = repository.references["refs/heads/genome/events"].peel(pygit2.Commit)
    assert json.loads(germline("events", "verify", "--format", "json", at=told).out)["sound"]
    path = "000/000/000/000000000000.jsonl"
    line = tip.tree[path].data.splitlines(keepends=True)[3]
    index = pygit2.Index()
    index.read_tree(tip.tree)
    again = path_of(int(germline("events", "log", "--format", "json", at=told).out.count("\n")))
    index.add(pygit2.IndexEntry(again, repository.create_blob(line), pygit2.enums.FileMode.BLOB))
    who = tip.author
    tree = index.write_tree(repository)
    repository.create_commit(
        "refs/heads/genome/events", who, who, "events 10..10\n\nEvents: 1\n", tree, [tip.id]
    )
    said = germline("events", "verify", at=told)
    refused(said, "event 10 is event 3 once more")


def test_another_clone_is_equal_ahead_behind_or_rewritten(told: Path, tmp_path: Path) -> None:
    def relation(against: str) -> object:
        said = germline("events", "verify", "--against", against, "--format", "json", at=told)
        return json.loads(said.out)["against"]["relation"]

    other = tmp_path / "other.git"
    git(tmp_path, "clone", "-q", "--bare", str(told), str(other))
    git(told, "remote", "add", "backup", str(other))
    assert relation("backup") == relation(str(other)) == "equal"
    fed(other, lines(happened(20)))
    assert relation("backup") == "behind"
    fed(told, lines(happened(20), happened(21)))
    assert relation("backup") == "ahead"
    fed(other, lines(happened(22)))
    assert relation("backup") == "rewritten"
    refused(germline("events", "verify", "--against", "backup", at=told), "event 10", "backup")
