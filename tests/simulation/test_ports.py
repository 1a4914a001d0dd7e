"""Behind each port of the simulation stands what the real adapter is: one suite runs over both.

Tests of the real repository and sandbox that need nothing but the port are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pygit2
import pytest

from controller.adapters.clock import VirtualClock
from controller.adapters.file_snapshots import FileSnapshots
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_repository import GitRepository
from controller.adapters.log_index import LogIndex
from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.transaction_journal import TransactionJournal
from controller.domains.world import Operation
from controller.history.event import Occurrence
from controller.ports import (
    Blocked,
    Clock,
    Corrupt,
    DraftRef,
    EventLog,
    Grant,
    Index,
    Merged,
    Snapshot,
    Stale,
)
from controller.ports.transactions import Transactions, Undoing, Undone
from tests.git.events import named
from tests.git.proposal import AFTER, CHANGES
from tests.git.stock import ANA, FILES, NOON
from tests.git.test_repository import (
    test_a_commit_that_is_not_there_is_blocked,
    test_a_draft_has_a_kind_and_a_slug,
    test_a_name_that_means_no_commit_is_blocked,
    test_a_proof_without_a_canonical_form_is_blocked,
    test_changed_names_what_became_of_each_path,
    test_only_a_draft_can_be_closed,
    test_proposing_again_gives_the_draft_that_is_there,
)
from tests.sandbox.test_process_sandbox import (
    test_a_syntax_error_names_its_line,
    test_an_exception_names_the_line_of_the_gene,
    test_every_allowed_module_can_be_imported,
    test_other_modules_cannot,
    test_the_largest_output_is_returned,
    test_the_output_is_what_execute_returned,
    test_what_modules_load_late_is_loaded_already,
)
from tests.simulation.clocks import Time, WallClock
from tests.simulation.in_process_sandbox import InProcessSandbox
from tests.simulation.memory_log import MemoryIndex, MemoryLog, MemorySnapshots, Shelf
from tests.simulation.memory_repository import MemoryRepository
from tests.simulation.memory_transactions import Begun, MemoryTransactions

TAKEN = (
    test_a_commit_that_is_not_there_is_blocked,
    test_a_draft_has_a_kind_and_a_slug,
    test_a_name_that_means_no_commit_is_blocked,
    test_a_proof_without_a_canonical_form_is_blocked,
    test_changed_names_what_became_of_each_path,
    test_only_a_draft_can_be_closed,
    test_proposing_again_gives_the_draft_that_is_there,
    test_a_syntax_error_names_its_line,
    test_an_exception_names_the_line_of_the_gene,
    test_every_allowed_module_can_be_imported,
    test_other_modules_cannot,
    test_the_largest_output_is_returned,
    test_the_output_is_what_execute_returned,
    test_what_modules_load_late_is_loaded_already,
)
"""Collected here again, with the fixtures of this module."""
Repositories = GitRepository | MemoryRepository
ADD = Operation("add_port", {"port": "eth1"})
REMOVE = Operation("remove_port", {"port": "eth1"})


@pytest.fixture
def sandbox() -> InProcessSandbox:
    return InProcessSandbox()


@pytest.fixture(params=["git", "memory"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repositories:
    clock = VirtualClock(NOON)
    if request.param == "git":
        return GitRepository.create(tmp_path / "genome", FILES, "genome: begin", ANA, clock)
    return MemoryRepository.create(FILES, "genome: begin", ANA, clock)


@pytest.fixture(params=["git", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[EventLog, Index]]:
    if request.param == "memory":
        memory = MemoryLog(Shelf(), VirtualClock(NOON))
        yield memory, MemoryIndex(memory)
        return
    pygit2.init_repository(str(tmp_path / "log"), bare=True)
    log = GitEventLog(tmp_path / "log")
    yield log, LogIndex(log, tmp_path / "log")
    log.close()


@pytest.fixture(params=["file", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Transactions]:
    """What opens the journal, as a process does that starts."""
    begun: dict[str, Begun] = {}
    if request.param == "file":
        return lambda: TransactionJournal(tmp_path / "journal")
    return lambda: MemoryTransactions(begun, Time())


@pytest.fixture(params=["virtual", "wall"])
def clock(request: pytest.FixtureRequest) -> Clock:
    return VirtualClock(NOON) if request.param == "virtual" else WallClock(Time(), NOON)


# --- the log and its index --------------------------------------------------------------


def test_what_was_appended_is_read_from_any_cursor(opened: tuple[EventLog, Index]) -> None:
    log, _ = opened
    events = [*log.append(named("ana", 3)), *log.append(named("bo", 2))]
    assert all(list(log.since(cursor)) == events[cursor:] for cursor in range(6))
    assert log.length() == 5
    with pytest.raises(Corrupt):
        list(log.since(6))
    with pytest.raises(ValueError, match="-1"):
        log.since(-1)


def test_what_is_there_already_is_not_appended_again(opened: tuple[EventLog, Index]) -> None:
    log, _ = opened
    (first,) = log.append(named("ana", 1))
    both = log.append([*named("ana", 1), *named("bo", 1), *named("bo", 1)])
    assert both == (first, both[1], both[1])
    assert list(log.since()) == [first, both[1]]


def test_an_append_with_one_wrong_event_appends_nothing(opened: tuple[EventLog, Index]) -> None:
    log, _ = opened
    (good,) = named("ana", 1)
    wrong = [
        replace(good, data={"x": float("nan")}),
        replace(good, time=NOON.replace(tzinfo=None)),
        replace(good, cause="0" * 64),
    ]
    for bad in wrong:
        with pytest.raises(Blocked):
            log.append([good, bad])
    assert log.length() == 0


def test_a_cause_may_be_in_the_same_append(opened: tuple[EventLog, Index]) -> None:
    log, index = opened
    (cause,) = log.append(named("ana", 1))
    told = Occurrence("noted", "bo", {}, NOON, cause.id, "person:bo")
    (effect,) = log.append([told])
    assert [*index.consequences(cause.id)] == [1]
    assert (index.find(effect.id), index.find(effect.id[:12])) == (1, 1)
    assert (index.known(effect.id), index.known("f" * 64)) == (True, False)
    assert [*index.by_subject("bo")] == [1]
    assert [*index.repeated()] == []
    near = index.between(NOON - timedelta(seconds=1), NOON + timedelta(seconds=1))
    assert 1 in {number for part in near for number in part}


# --- snapshots --------------------------------------------------------------------------


def test_snapshots_come_newest_first_and_only_the_latest_are_kept(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path / "log"), bare=True)
    log = GitEventLog(tmp_path / "log")
    events = log.append(named("ana", 5))
    log.close()
    for snapshots in (FileSnapshots(tmp_path / "log"), MemorySnapshots(Shelf())):
        kept = [Snapshot("ledger", 1, n, events[n - 1].id, b"%d" % n) for n in range(1, 6)]
        for one in kept:
            snapshots.keep(one)
        assert [*snapshots.newest_first("ledger", 1)] == kept[:1:-1]
        assert [*snapshots.newest_first("ledger", 2)] == []
        snapshots.forget()
        assert [*snapshots.newest_first("ledger", 1)] == []


# --- the journal of transactions --------------------------------------------------------


def test_inverses_come_back_with_the_last_operation_first(
    journal: Callable[[], Transactions],
) -> None:
    journal().begin("t1", "simulated", "trial", 100.0)
    journal().begin("t0", "simulated", "other", 0.0)
    journal().record("t1", ADD, (REMOVE, ADD))
    journal().record("t1", REMOVE, (ADD,))
    assert journal().leave("t1", {"eth1": {"up": True}})
    first, second = journal().open()
    assert (first.id, first.trial, first.operations) == ("t1", "trial", 2)
    assert first.inverses == (ADD, REMOVE, ADD)
    assert first.left == {"eth1": {"up": True}}
    assert 0 < first.due_in_s <= 100
    assert (second.id, second.inverses, second.left, second.due_in_s) == ("t0", (), None, 0)
    assert journal().confirm("t1")
    assert journal().confirm("t1")
    journal().forget("t0")
    journal().forget("t0")
    assert (journal().open(), journal().damaged()) == ((), ())


def test_only_an_open_transaction_takes_records_and_none_begins_twice(
    journal: Callable[[], Transactions],
) -> None:
    journal().begin("t1", "simulated", "", 100.0)
    with pytest.raises(Blocked, match="open already"):
        journal().begin("t1", "simulated", "", 100.0)
    journal().forget("t1")
    with pytest.raises(Blocked, match="not open"):
        journal().record("t1", ADD, (REMOVE,))


def test_what_somebody_undoes_is_neither_confirmed_nor_gone_on_with(
    journal: Callable[[], Transactions],
) -> None:
    journal().begin("t1", "simulated", "", 100.0)
    with journal().alone():
        journal().undoing("t1", Undoing("late", ("eth1",)))
    assert not journal().confirm("t1")
    assert not journal().leave("t1", {})
    with pytest.raises(Blocked, match="not open"):
        journal().record("t1", ADD, (REMOVE,))
    journal().undone("t1", Undone("late", ("eth1 stays",)))
    (found,) = journal().open()
    assert found.undoing == Undoing("late", ("eth1",))
    assert found.undone == Undone("late", ("eth1 stays",))
    journal().undoing("gone", Undoing("late"))
    journal().undone("gone", Undone("late"))


# --- the repository ---------------------------------------------------------------------


def proposed(repository: Repositories) -> DraftRef:
    text = "promote a at edge\n\nIt did better.\n\nKind: promote\nCause: 12ab\n"
    return repository.propose("draft/promote/a", repository.main(), CHANGES, text, ANA)


def test_a_merge_makes_the_drafts_tree_the_next_main(repository: Repositories) -> None:
    draft = proposed(repository)
    assert draft.trailers == {"Kind": "promote", "Cause": "12ab"}
    assert (draft.title, draft.base) == ("promote a at edge", repository.main())
    result = repository.merge(draft, draft.base, "merge", ANA)
    assert result == Merged(repository.main())
    assert dict(repository.files(repository.main())) == AFTER
    assert repository.drafts() == ()
    parents = [commit for commit, _ in repository.first_parents(repository.main(), 9)]
    assert parents == [repository.main(), draft.base]


def test_a_main_that_moved_makes_a_merge_stale(repository: Repositories) -> None:
    draft = proposed(repository)
    moved = repository.commit_main({"x": b""}, "move on", ANA)
    assert repository.merge(draft, draft.base, "merge", ANA) == Stale(draft.base, moved)
    assert repository.merge(draft, moved, "merge", ANA) == Stale(draft.base, moved)
    assert repository.drafts() == (draft,)


def test_a_closed_draft_may_be_closed_and_proposed_again(repository: Repositories) -> None:
    draft = proposed(repository)
    repository.attach_proof(draft.commit, {"tree": draft.tree})
    repository.close(draft.name)
    repository.close(draft.name)
    assert repository.drafts() == ()
    assert repository.proof(draft.commit) == {"tree": draft.tree}
    assert proposed(repository).tree == draft.tree


def test_a_revert_is_a_commit_that_takes_files_back(repository: Repositories) -> None:
    first = repository.main()
    draft = proposed(repository)
    repository.merge(draft, draft.base, "merge", ANA)
    before = repository.files(first)
    changes = {path: before.get(path) for path in repository.changed(first, repository.main())}
    repository.commit_main(changes, "revert", ANA)
    assert repository.tree(repository.main()) == repository.tree(first)


def test_what_takes_a_merge_back_leaves_alone_what_came_after_it(repository: Repositories) -> None:
    first, draft = repository.main(), proposed(repository)
    merged = repository.merge(draft, draft.base, "merge", ANA)
    assert isinstance(merged, Merged)
    assert repository.parents(merged.commit) == (first, draft.commit)
    repository.commit_main({"later.txt": b"later"}, "later", ANA)
    changes = repository.reverting(merged.commit, repository.main())
    assert changes is not None
    repository.commit_main(changes, "revert", ANA)
    files = {**repository.files(repository.main())}
    assert files.pop("later.txt") == b"later"
    assert files == {**repository.files(first)}
    assert repository.reverting(merged.commit, repository.main()) == {}


def test_what_main_has_changed_since_is_not_taken_back(repository: Repositories) -> None:
    draft = proposed(repository)
    merged = repository.merge(draft, draft.base, "merge", ANA)
    assert isinstance(merged, Merged)
    repository.commit_main({"alleles/a/1.py": b"x = 2\n"}, "another x", ANA)
    assert repository.reverting(merged.commit, repository.main()) is None


# --- the sandbox ------------------------------------------------------------------------


@pytest.mark.parametrize("error", [TimeoutError, KeyboardInterrupt])
def test_an_error_of_the_world_reaches_the_caller(error: type[BaseException]) -> None:
    source = "def execute(text):\n    try: gene_sdk.look()\n    except Exception: return text\n"

    def lost(*_: object) -> None:
        raise error

    with ProcessSandbox() as real:
        for sandbox in (real, InProcessSandbox()):
            with pytest.raises(error):
                sandbox.call(source, "x", (Grant("look", ()),), lost)


# --- the clock --------------------------------------------------------------------------


def test_sleeping_is_what_makes_time_pass(clock: Clock) -> None:
    begin = clock.now()
    clock.sleep(5)
    assert timedelta(seconds=5) <= clock.now() - begin < timedelta(seconds=5.01)
    with pytest.raises(ValueError, match="backwards"):
        clock.sleep(-1)
