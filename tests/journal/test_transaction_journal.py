"""The journal of inverses: what a crash leaves is enough to undo what had happened."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.adapters import transaction_journal
from controller.adapters.transaction_journal import TransactionJournal, Uptime
from controller.domains.world import Json, JsonObject, Operation
from controller.limits import TRANSACTION_NAME_CHARACTERS
from controller.ports import Blocked, Unavailable
from controller.ports.transactions import OpenTransaction, Undoing, Undone

LEFT: JsonObject = {"up br0": True, "mtu br0": 1500, "load": 0.25, "none": None}
WITHIN_S = 60.0
ADD = Operation("add_port", {"bridge": "br0", "port": "eth1"})
REMOVE = Operation("remove_port", {"bridge": "br0", "port": "eth1"})

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
json_values: st.SearchStrategy[Json] = st.recursive(
    scalars | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
operations = st.builds(
    Operation, st.text(min_size=1, max_size=9), st.dictionaries(st.text(), json_values, max_size=3)
)
recorded = st.lists(st.tuples(operations, st.lists(operations, max_size=3).map(tuple)), max_size=5)
in_one_directory = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def at(machine: str, boot: str, now_s: float) -> Callable[[], Uptime]:
    return lambda: Uptime(machine, boot, now_s)


def inverses_of(found: OpenTransaction) -> tuple[str, tuple[Operation, ...]]:
    return found.id, found.inverses


def the_file(directory: Path) -> Path:
    (path,) = directory.glob("*.jsonl")
    return path


def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    assert TransactionJournal(tmp_path / "journal").open() == ()


def test_inverses_come_back_with_the_last_operation_first(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "trial-1", WITHIN_S)
    journal.record("t1", ADD, (REMOVE, Operation("flush", {"port": "eth1"})))
    journal.record("t1", Operation("set_up", {"name": "br0"}), (Operation("set_down", {}),))
    journal.record("t1", Operation("ping", {}), ())

    (found,) = TransactionJournal(tmp_path).open()
    assert (found.id, found.world, found.trial) == ("t1", "simulated", "trial-1")
    assert found.operations == 3
    assert found.inverses == (
        Operation("set_down", {}),
        REMOVE,
        Operation("flush", {"port": "eth1"}),
    )


def test_open_transactions_come_oldest_first_whatever_their_names(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    for name in ("z", "a", "m-a", "m"):
        journal.begin(name, "simulated", "", WITHIN_S)
    journal.confirm("a")
    journal.begin("b", "simulated", "", WITHIN_S)

    assert [transaction.id for transaction in journal.open()] == ["z", "m-a", "m", "b"]


@pytest.mark.parametrize("end", ["confirm", "forget"])
def test_a_transaction_that_ended_is_forgotten_and_may_end_again(tmp_path: Path, end: str) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    getattr(journal, end)("t1")
    getattr(journal, end)("t1")

    assert TransactionJournal(tmp_path).open() == ()
    assert not list(tmp_path.glob("*.jsonl"))


def test_ending_one_transaction_leaves_a_longer_name_with_the_same_end(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("x-1", "simulated", "", WITHIN_S)
    journal.confirm("1")
    assert [transaction.id for transaction in journal.open()] == ["x-1"]


def test_an_operation_outside_a_transaction_is_blocked(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.forget("t1")
    with pytest.raises(Blocked, match="not open"):
        journal.record("t1", ADD, (REMOVE,))


def test_a_transaction_cannot_begin_twice(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    with pytest.raises(Blocked, match="open already"):
        journal.begin("t1", "simulated", "", WITHIN_S)
    assert journal.open()[0].inverses == (REMOVE,)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "-rf", "a\nb", "é", "x" * (TRANSACTION_NAME_CHARACTERS + 1)]
)
def test_a_name_that_is_no_files_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a transaction"):
        TransactionJournal(tmp_path).begin(name, "simulated", "", WITHIN_S)
    assert not list(tmp_path.glob("*.jsonl"))


def test_the_longest_name_is_a_files_name(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    longest = "x" * TRANSACTION_NAME_CHARACTERS
    journal.begin(longest, "simulated", "", WITHIN_S)
    assert journal.open()[0].id == longest


def test_an_unfinished_beginning_is_no_transaction_and_is_cleared_away(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    (tmp_path / "000000000001-t0.partial").write_bytes(b'{"checksum":')
    assert journal.open() == ()
    journal.begin("t1", "simulated", "", WITHIN_S)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000000000001-t1.jsonl", "lock"]


@in_one_directory
@given(steps=recorded, data=st.data())
def test_every_prefix_of_a_file_recovers_what_was_recorded(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[Operation, tuple[Operation, ...]]],
    data: st.DataObject,
) -> None:
    directory, now = tmp_path_factory.mktemp("journal"), at("m", "b", 0.0)
    journal = TransactionJournal(directory, now)
    journal.begin("t1", "w", "trial", WITHIN_S)
    sizes = [the_file(directory).stat().st_size]
    for operation, inverse in steps:
        journal.record("t1", operation, inverse)
        sizes.append(the_file(directory).stat().st_size)

    torn_at = data.draw(st.integers(0, sizes[-1]))
    os.truncate(the_file(directory), torn_at)
    completed = sum(size <= torn_at for size in sizes) - 1
    expected = tuple(
        step for _, inverse in reversed(steps[: max(completed, 0)]) for step in inverse
    )

    found = TransactionJournal(directory, now).open()
    if completed < 0:
        assert found == ()
    else:
        assert [(f.id, f.world, f.trial, f.inverses) for f in found] == [
            ("t1", "w", "trial", expected)
        ]


def test_every_byte_at_which_one_file_can_be_torn_recovers(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "trial-1", WITHIN_S)
    states = [journal.open()]
    ends = [the_file(tmp_path).stat().st_size]
    for write in (
        lambda: journal.record("t1", ADD, (REMOVE,)),
        lambda: journal.record("t1", REMOVE, (ADD, REMOVE)),
        lambda: journal.leave("t1", LEFT),
        lambda: journal.undoing("t1", Undoing("too late", ("up br0",))),
        lambda: journal.undone("t1", Undone("too late", ("up br0 stays",))),
    ):
        write()
        states.append(journal.open())
        ends.append(the_file(tmp_path).stat().st_size)
    assert len({repr([replace(t, due_in_s=0) for t in state]) for state in states}) == 6

    for torn_at in range(ends[-1], -1, -1):
        os.truncate(the_file(tmp_path), torn_at)
        whole = sum(end <= torn_at for end in ends)
        expected = states[whole - 1] if whole else ()
        found = journal.open()
        assert [replace(t, due_in_s=0) for t in found] == [replace(t, due_in_s=0) for t in expected]


def test_a_record_after_a_torn_line_replaces_it(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    journal.record("t1", ADD, (Operation("lost", {}),))
    os.truncate(the_file(tmp_path), the_file(tmp_path).stat().st_size - 5)
    journal.record("t1", ADD, (Operation("kept", {}),))

    assert journal.open()[0].inverses == (Operation("kept", {}), REMOVE)


@in_one_directory
@given(data=st.data())
def test_a_changed_byte_never_passes_for_another_inverse(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory, now = tmp_path_factory.mktemp("journal"), at("m", "b", 0.0)
    journal = TransactionJournal(directory, now)
    journal.begin("t1", "simulated", "trial-1", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    journal.record("t1", ADD, (REMOVE,))
    (genuine,) = journal.open()
    content = bytearray(the_file(directory).read_bytes())
    place = data.draw(st.integers(0, len(content) - 2))  # the last newline is another test
    content[place] = data.draw(st.integers(0, 255))
    the_file(directory).write_bytes(content)

    found = [inverses_of(each) for each in journal.open()]
    assert found == [inverses_of(genuine)] or (found == [] and len(journal.damaged()) == 1)


def test_a_line_missing_in_the_middle_is_told_and_no_other_transaction_is_kept_from_its_undoing(
    tmp_path: Path,
) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    for _ in range(3):
        journal.record("t1", ADD, (REMOVE,))
    lines = the_file(tmp_path).read_bytes().splitlines(keepends=True)
    the_file(tmp_path).write_bytes(b"".join(lines[:2] + lines[3:]))
    journal.begin("t2", "simulated", "", WITHIN_S)

    assert [found.id for found in journal.open()] == ["t2"]
    (told,) = journal.damaged()
    assert "t1.jsonl does not verify (it misses a line)" in told


def test_a_file_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    line = json.loads(the_file(tmp_path).read_bytes())
    line["entry"]["format"] = 1
    the_file(tmp_path).write_text(json.dumps(line) + "\n")
    assert journal.open() == ()
    assert len(journal.damaged()) == 1


def test_a_file_of_another_machine_is_told_and_not_undone(tmp_path: Path) -> None:
    TransactionJournal(tmp_path, at("elsewhere", "b", 0.0)).begin("t1", "netns:x", "", WITHIN_S)
    here = TransactionJournal(tmp_path, at("here", "b", 0.0))
    assert here.open() == ()
    assert here.damaged()[0].endswith("is of another machine: move it away")


# --- deadlines --------------------------------------------------------------------------


def test_a_deadline_counts_down_on_the_time_since_the_machine_started(tmp_path: Path) -> None:
    TransactionJournal(tmp_path, at("m", "b", 100.0)).begin("t1", "w", "", 30.0)
    left = [
        TransactionJournal(tmp_path, at("m", "b", now)).open()[0].due_in_s for now in (110, 131)
    ]
    assert left == [20.0, 0.0]


def test_after_another_start_of_the_machine_every_deadline_is_over(tmp_path: Path) -> None:
    TransactionJournal(tmp_path, at("m", "first", 100.0)).begin("t1", "w", "", 30.0)
    assert TransactionJournal(tmp_path, at("m", "second", 1.0)).open()[0].due_in_s == 0.0


# --- undoing ----------------------------------------------------------------------------


def test_what_is_being_undone_is_not_confirmed_and_does_not_go_on(tmp_path: Path) -> None:
    journal, other = TransactionJournal(tmp_path), TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    other.undoing("t1", Undoing("too late", ("up br0",)))

    assert not journal.confirm("t1")
    assert not journal.leave("t1", LEFT)
    with pytest.raises(Blocked, match="not open"):
        journal.record("t1", ADD, (REMOVE,))
    assert journal.open()[0].undoing == Undoing("too late", ("up br0",))


def test_how_an_undoing_ended_stays_until_somebody_has_taken_note(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    assert journal.leave("t1", LEFT)
    journal.undoing("t1", Undoing("too late"))
    journal.undone("t1", Undone("too late", ("eth1 is gone",)))

    (found,) = TransactionJournal(tmp_path).open()
    assert (found.left, found.undone) == (LEFT, Undone("too late", ("eth1 is gone",)))
    journal.forget("t1")
    assert journal.open() == ()


def test_only_one_at_a_time_undoes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction_journal, "UNDO_LOCK_SECONDS", 0.05)
    journal = TransactionJournal(tmp_path)
    with journal.alone(), pytest.raises(Unavailable), TransactionJournal(tmp_path).alone():
        pass
    with journal.alone():
        pass


def test_a_full_disk_refuses_and_keeps_what_was_written(tmp_path: Path) -> None:
    journal = TransactionJournal(tmp_path)
    journal.begin("t1", "simulated", "", WITHIN_S)
    journal.record("t1", ADD, (REMOVE,))
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (the_file(tmp_path).stat().st_size + 9, limit[1]))
    try:
        with pytest.raises(Unavailable):
            journal.record("t1", ADD, (Operation("lost", {}),))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert journal.open()[0].inverses == (REMOVE,)
    journal.record("t1", ADD, (Operation("kept", {}),))
    assert journal.open()[0].inverses == (Operation("kept", {}), REMOVE)


def _record_many(directory: Path, name: str) -> None:
    journal = TransactionJournal(directory)
    journal.begin(name, "simulated", "", WITHIN_S)
    for step in range(20):
        journal.record(name, Operation("do", {"step": step}), (Operation("undo", {"step": step}),))


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_record_many, args=(tmp_path, f"t{n}")) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        writer.close()

    found = TransactionJournal(tmp_path).open()
    undo = tuple(Operation("undo", {"step": step}) for step in reversed(range(20)))
    assert sorted(transaction.id for transaction in found) == ["t0", "t1", "t2"]
    assert all(transaction.inverses == undo for transaction in found)


WRITER = """
import sys
from pathlib import Path
from controller.adapters.transaction_journal import TransactionJournal
from controller.domains.world import Operation
journal = TransactionJournal(Path(sys.argv[1]))
journal.begin("t1", "simulated", "", 60.0)
for step in range(100000):
    journal.record("t1", Operation("do", {"step": step}), (Operation("undo", {"step": step}),))
    print(step, flush=True)  # stands for the operation
"""


def test_a_killed_writer_leaves_the_inverse_of_all_that_it_did(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as writer:
        assert writer.stdout is not None
        for _ in range(10):
            writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        done = 10 + len(writer.stdout.readlines())

    (found,) = TransactionJournal(tmp_path).open()
    steps = [inverse.arguments["step"] for inverse in found.inverses]
    assert steps in (list(reversed(range(done))), list(reversed(range(done + 1))))
