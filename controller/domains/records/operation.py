"""What a projection gene may do: the catalogue of the records domain.

`relational` genes have tables, `graph` genes have nodes (rows of a table that is their label)
and typed edges. An allele says which it is by `MODEL = "graph"` at the top of its source, so
that the answer is part of what its hash names; without it, it is relational.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final, Literal

from controller.domains.world import OperationSpec, Parameter

Model = Literal["relational", "graph"]

_TABLE = Parameter("table", "name")
_KEY = Parameter("key", "key")
_EVENT = Parameter("event", "event")
_EDGE = (Parameter("kind", "name"), Parameter("source", "node"), Parameter("target", "node"))
_LIMIT = Parameter("limit", "int", optional=True)


def _spec(
    name: str, parameters: tuple[Parameter, ...], returns: str, doc: str, *, mutates: bool = False
) -> OperationSpec:
    facets = frozenset({"edges" if name in GRAPH_ONLY else "rows"})
    return OperationSpec(name, parameters, returns, mutates, facets, doc)


GRAPH_ONLY: Final = frozenset({"link", "link_many", "unlink", "neighbours", "reach"})
"""Operations that need a graph."""

ASKED_ONLY: Final = frozenset({"reach"})
"""Operations of answering alone: while building, what they follow is still being made."""

CATALOGUE: Final[Mapping[str, OperationSpec]] = {
    spec.name: spec
    for spec in (
        _spec("get", (_TABLE, _KEY), "record", "The row at a key, or null."),
        _spec(
            "put",
            (_TABLE, _KEY, Parameter("row", "record"), _EVENT),
            "none",
            "Make a row what it is to be, because of an event.",
            mutates=True,
        ),
        _spec(
            "get_many",
            (_TABLE, Parameter("keys", "keys")),
            "record",
            "The rows at many keys, as {key: row}; absent ones are left out.",
        ),
        _spec(
            "put_many",
            (_TABLE, Parameter("rows", "rows")),
            "none",
            "As `put` for each of {key, row, events}: one request for a whole batch.",
            mutates=True,
        ),
        _spec("delete", (_TABLE, _KEY, _EVENT), "none", "Let go of a row, if there.", mutates=True),
        _spec(
            "scan",
            (
                _TABLE,
                Parameter("prefix", "prefix", optional=True),
                Parameter("after", "prefix", optional=True),
                _LIMIT,
            ),
            "record[]",
            "Rows by key, as {key, row}: those that begin with `prefix` and follow `after`.",
        ),
        _spec(
            "link_many",
            (_EDGE[0], Parameter("edges", "edges")),
            "none",
            "As `link` for each of {source, target, events}.",
            mutates=True,
        ),
        _spec("link", (*_EDGE, _EVENT), "none", "Have an edge, because of an event.", mutates=True),
        _spec("unlink", (*_EDGE, _EVENT), "none", "Let go of an edge.", mutates=True),
        _spec(
            "neighbours",
            (
                _EDGE[0],
                Parameter("node", "node"),
                Parameter("incoming", "bool", optional=True),
                Parameter("after", "prefix", optional=True),
                _LIMIT,
            ),
            "node[]",
            "The nodes at the other end of a node's edges of a kind, by name, those after `after`.",
        ),
        _spec(
            "reach",
            (_EDGE[0], Parameter("node", "node"), Parameter("depth", "int"), _LIMIT),
            "record[]",
            "All that edges of a kind lead to within `depth` steps, as {node, steps}.",
        ),
    )
}


def model_of(source: str) -> Model:
    """What an allele builds: `graph` if its source says `MODEL = "graph"`, else `relational`."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return "relational"
    for line in body:
        match line:
            case ast.Assign(targets=[ast.Name(id="MODEL")], value=ast.Constant(value="graph")):
                return "graph"
    return "relational"


def catalogue_of(model: Model, *, building: bool) -> tuple[OperationSpec, ...]:
    """The operations that a gene may call: all of its model to build, the queries to answer."""
    return tuple(
        spec
        for spec in CATALOGUE.values()
        if (model == "graph" or spec.name not in GRAPH_ONLY)
        and (building or not spec.mutates)
        and not (building and spec.name in ASKED_ONLY)
    )
