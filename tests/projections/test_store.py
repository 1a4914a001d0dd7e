"""What every projection store must do, whatever it keeps rows in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller import limits
from controller.adapters.graph_projection import GraphProjection
from controller.adapters.sqlite_projection import SqliteProjection
from controller.domains.records.batch import BatchKernel
from controller.domains.world import Json, Operation, OperationRefused
from controller.ports import Corrupt, Unavailable
from controller.ports.projections import ProjectionStore

SUBJECTS = {f"e{number}": f"s{number % 3}" for number in range(100)}


def write(store: ProjectionStore, cursor: int, *operations: tuple[str, dict[str, Json]]) -> None:
    kernel = BatchKernel(store, SUBJECTS)
    for name, arguments in operations:
        kernel.perform(Operation(name, arguments))
    store.commit(kernel.change(), cursor)


def put(key: str, event: str, value: Json = None, table: str = "t") -> tuple[str, dict[str, Json]]:
    return "put", {"table": table, "key": key, "row": {"v": value}, "event": event}


def gone(key: str) -> dict[str, Json]:
    return {"table": "t", "key": key, "event": "e1"}


def keys(store: ProjectionStore, prefix: str = "", after: str = "", limit: int = 100) -> list[str]:
    return [row.key for row in store.rows("t", prefix, after, limit)]


def test_a_row_comes_back_with_its_body_and_its_events(store: ProjectionStore) -> None:
    write(store, 1, put("k", "e1", {"deep": [1, 2.5, None, "ü\u0000"]}))
    row = store.row("t", "k")
    assert row is not None
    assert row.body == {"v": {"deep": [1, 2.5, None, "ü\u0000"]}}
    assert row.lineage.events == ("e1",)
    assert store.row("t", "other") is None


def test_rows_and_cursor_move_together_or_not_at_all(store: ProjectionStore) -> None:
    write(store, 7, put("k", "e1", 1))
    kernel = BatchKernel(store, SUBJECTS)
    kernel.perform(Operation(*put("k", "e2", 2)))
    assert store.cursor() == 7
    assert store.row("t", "k") is not None
    assert store.row("t", "k").body == {"v": 1}  # type: ignore[union-attr]
    store.commit(kernel.change(), 9)
    assert store.cursor() == 9
    assert store.row("t", "k").body == {"v": 2}  # type: ignore[union-attr]


def test_a_busy_row_keeps_its_first_event_and_the_latest(store: ProjectionStore) -> None:
    write(store, 1, *(put("k", f"e{number}") for number in range(50)))
    row = store.row("t", "k")
    assert row is not None
    latest = tuple(f"e{n}" for n in range(50 - limits.PROJECTION_LINEAGE_LATEST, 50))
    assert row.lineage.events == ("e0", *latest)


def test_rows_are_scanned_by_prefix_in_the_order_of_keys(store: ProjectionStore) -> None:
    names = ["b", "a/2", "a/10", "a", "ä", "A", "a/\U0001f600", "a0"]
    write(store, 1, *(put(name, "e1") for name in names))
    assert keys(store) == sorted(names)
    assert keys(store, "a/") == ["a/10", "a/2", "a/\U0001f600"]
    assert keys(store, "a/", after="a/10") == ["a/2", "a/\U0001f600"]
    assert keys(store, "a/", limit=1) == ["a/10"]


def test_a_tally_is_what_a_count_finds(store: ProjectionStore) -> None:
    write(store, 1, put("a", "e1"), put("b", "e1"), put("a", "e2"), put("c", "e1", table="u"))
    write(store, 2, put("b", "e3"), ("delete", {"table": "t", "key": "a", "event": "e3"}))
    write(store, 3, ("delete", {"table": "t", "key": "never", "event": "e3"}))
    assert store.tally() == store.count() == {"t": 1, "u": 1}


def test_what_a_subject_wrote_is_found_and_whether_others_did_too(store: ProjectionStore) -> None:
    write(store, 1, put("own", "e1"), put("own", "e4"), put("both", "e1"), put("both", "e2"))
    assert [row.ref for row in store.touching("s1")] == ['["t", "both"]', '["t", "own"]']
    assert store.shared('["t", "both"]')
    assert not store.shared('["t", "own"]')


def test_what_is_erased_holds_nothing_and_takes_nothing_any_more(store: ProjectionStore) -> None:
    write(store, 7, put("a", "e1"), put("a", "e2"))
    kernel = BatchKernel(store, SUBJECTS)
    kernel.perform(Operation(*put("b", "e3")))
    assert not store.erased()
    store.erase()
    store.erase()
    assert store.erased()
    assert list(store.items()) == list(store.touching("s1")) == []
    assert store.tally() == store.count() == {}
    with pytest.raises(Unavailable, match="forgotten"):
        store.commit(kernel.change(), 8)
    assert (store.cursor(), keys(store)) == (0, [])


def test_rows_at_a_key_are_found_in_every_table(store: ProjectionStore) -> None:
    write(store, 1, put("k", "e1"), put("k", "e1", table="u"), put("kk", "e1"))
    assert [(row.table, row.key) for row in store.at_key("k")] == [("t", "k"), ("u", "k")]


def test_a_gene_cannot_name_an_event_that_it_was_not_given(store: ProjectionStore) -> None:
    with pytest.raises(OperationRefused, match="not one of those"):
        write(store, 1, put("k", "somebody else's"))
    assert store.cursor() == 0


OPERATIONS = st.lists(
    st.tuples(st.sampled_from("pd"), st.sampled_from(["a", "a/1", "b", "ü"]), st.integers(0, 9)),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(OPERATIONS, max_size=4))
def test_a_store_is_a_dictionary_that_knows_its_events(
    store: ProjectionStore, batches: list[list[tuple[str, str, int]]]
) -> None:
    former = [("delete", gone(row.key)) for row in store.rows("t", "", "", 100)]
    write(store, store.cursor() + 1, *former)
    model: dict[str, int] = {}
    for number, batch in enumerate(batches, store.cursor() + 1):
        operations: list[tuple[str, dict[str, Json]]] = []
        for what, key, value in batch:
            if what == "p":
                model[key] = value
                operations.append(put(key, f"e{value}", value))
            else:
                model.pop(key, None)
                operations.append(("delete", {"table": "t", "key": key, "event": "e1"}))
        write(store, number, *operations)
    stored = {row.key: row.body["v"] for row in store.rows("t", "", "", 100)}
    assert stored == model
    assert dict(store.tally()) == dict(store.count())


def link(source: str, target: str, event: str = "e1") -> tuple[str, dict[str, Json]]:
    return "link", {"kind": "knows", "source": source, "target": target, "event": event}


def test_edges_are_followed_in_both_directions(graph: GraphProjection) -> None:
    write(graph, 1, link("p/a", "p/b"), link("p/a", "p/c"), link("p/c", "p/a"))
    out = [edge.target for edge in graph.edges("knows", "p/a", "", incoming=False, limit=9)]
    assert out == ["p/b", "p/c"]
    back = [edge.source for edge in graph.edges("knows", "p/a", "", incoming=True, limit=9)]
    assert back == ["p/c"]
    after = graph.edges("knows", "p/a", "p/b", incoming=False, limit=9)
    assert [edge.target for edge in after] == ["p/c"]
    assert graph.tally() == graph.count() == {"->knows": 3}


def test_a_traversal_finds_the_shortest_ways_and_ends_in_circles(graph: GraphProjection) -> None:
    ring = [link(f"p/{n}", f"p/{(n + 1) % 5}") for n in range(5)]
    write(graph, 1, *ring, link("p/0", "p/3"))
    assert graph.reach("knows", "p/0", 8, 9) == [("p/1", 1), ("p/3", 1), ("p/2", 2), ("p/4", 2)]
    assert graph.reach("knows", "p/0", 1, 9) == [("p/1", 1), ("p/3", 1)]


def test_edges_go_one_by_one_or_with_everything(graph: GraphProjection) -> None:
    write(graph, 1, link("p/a", "p/b"), link("p/a", "p/c", "e2"))
    one: dict[str, Json] = {"kind": "knows", "source": "p/a", "target": "p/b", "event": "e1"}
    write(graph, 2, ("unlink", one))
    assert graph.tally() == graph.count() == {"->knows": 1}
    graph.erase()
    assert list(graph.items()) == []
    assert graph.tally() == graph.count() == {}


@pytest.mark.parametrize("kind", [SqliteProjection, GraphProjection])
def test_what_is_erased_is_in_no_byte_of_any_file(
    tmp_path: Path, kind: type[SqliteProjection | GraphProjection]
) -> None:
    store = kind(tmp_path / "store")
    for number in range(30):
        secret = f"secret-{number}-" + "of s1 " * 50
        write(store, number, put(f"k{number}", "e1", secret), put(f"secret-{number}", "e2"))
        if number == 20:
            write(store, number, *(("delete", gone(f"k{n}")) for n in range(10)))
    other = kind(tmp_path / "store")
    assert holds(tmp_path, b"secret-")
    other.erase()
    assert not holds(tmp_path, b"secret-")
    assert store.erased()
    store.close()
    other.close()
    assert not holds(tmp_path, b"secret-")


def holds(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.iterdir())


def test_a_file_that_is_no_projection_is_told_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"no database at all, but long enough to be one " * 10)
    with pytest.raises(Corrupt) as told:
        SqliteProjection(tmp_path / "store")
    assert "rebuild" in told.value.hint
