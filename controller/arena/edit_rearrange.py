"""Edits that add nothing: statements that act are taken out, exchanged, or moved to the end.

Called by `mutation` for one parent. An acting statement is one that calls a mutating operation,
itself or through a function of the same source, and does not leave its block.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from textwrap import shorten

from controller.arena.bindings import Scope
from controller.arena.edit_insert import Edit, place
from controller.arena.edit_reading import Reading
from controller.arena.edit_sites import Block, Function, Site, leaves
from controller.arena.edit_text import Replacement, own_lines
from controller.limits import MUTATION_EXCERPT_CHARACTERS

_SWAP, _MOVE, _DELETE = 1, 2, 3
"""How odd each is as a repair: exchanging two is more often right than losing one."""


def rearrangements(reading: Reading) -> Iterator[Edit]:
    """Every way to take out, exchange or move acting statements, wherever they are."""
    for scope in reading.scopes:
        for block in scope.blocks:
            acting = [
                index
                for index, statement in enumerate(block.statements)
                if _movable(statement) and reading.acts(statement)
            ]
            for index in acting:
                yield _deleted(reading, scope, block, index)
                moved = _moved(reading, scope, block, index)
                if moved is not None and index != acting[-1]:
                    yield moved
            for first, second in pairwise(acting):
                yield _swapped(reading, scope, block, first, second)
            for statement in block.statements:
                yield from _calls_swapped(reading, scope, block, statement)


def _movable(statement: ast.stmt) -> bool:
    return not isinstance(statement, Function | ast.ClassDef) and not leaves(statement)


def _deleted(reading: Reading, scope: Scope, block: Block, index: int) -> Edit:
    text, statement = reading.text, block.statements[index]
    lines = own_lines(text, block.statements, index)
    if lines is not None and len(block.statements) > 1:
        change = Replacement(*lines, "")
    else:
        change = Replacement(text.start(statement), text.end(statement), "pass")
    words = f"line {statement.lineno} removed: {_told(reading, statement)}"
    return _edit(reading, scope, Site(block, index), words, (change,), _DELETE, statement)


def _moved(reading: Reading, scope: Scope, block: Block, index: int) -> Edit | None:
    text, statements = reading.text, block.statements
    last = len(statements) - 1
    if leaves(statements[last]):
        last -= 1
    lines = own_lines(text, statements, index)
    if lines is None or last <= index or own_lines(text, statements, last) is None:
        return None
    end = text.line_end(text.end(statements[last]))
    moved = text.data[slice(*lines)].decode().rstrip("\n")
    changes = (Replacement(*lines, ""), Replacement(end, end, "\n" + moved))
    statement = statements[index]
    words = f"line {statement.lineno} moved after line {statements[last].end_lineno}: "
    words += _told(reading, statement)
    return _edit(reading, scope, Site(block, last), words, changes, _MOVE, statement)


def _swapped(reading: Reading, scope: Scope, block: Block, first: int, second: int) -> Edit:
    text, statements = reading.text, block.statements
    pair = (statements[first], statements[second])
    one, other = own_lines(text, statements, first), own_lines(text, statements, second)
    if one is None or other is None:
        one, other = _span(reading, pair[0]), _span(reading, pair[1])
    words = f"lines {pair[0].lineno} and {pair[1].lineno} exchanged: "
    words += f"{_told(reading, pair[1])} before {_told(reading, pair[0])}"
    changes = _exchange(reading, one, other)
    return _edit(reading, scope, Site(block, second), words, changes, _SWAP, *pair)


def _calls_swapped(
    reading: Reading, scope: Scope, block: Block, statement: ast.stmt
) -> Iterator[Edit]:
    """Exchange calls within one statement: `a() and b()`, `[a(), b()]`."""
    parts = [part for part in ast.walk(statement) if part is not statement]
    if any(isinstance(part, ast.stmt | ast.JoinedStr) for part in parts):
        return
    calls = [n for n in parts if isinstance(n, ast.Call) and _acts_itself(reading, n)]
    calls.sort(key=reading.text.start)
    for one, other in pairwise(calls):
        if reading.text.end(one) > reading.text.start(other):
            continue
        words = f"line {statement.lineno}: {_told(reading, other)} before {_told(reading, one)}"
        changes = _exchange(reading, _span(reading, one), _span(reading, other))
        site = Site(block, block.statements.index(statement))
        yield _edit(reading, scope, site, words, changes, _SWAP, one, other)


def _acts_itself(reading: Reading, call: ast.Call) -> bool:
    inner = [n for n in ast.iter_child_nodes(call) if reading.acts(n)]
    return reading.acts(call) and not inner


def _exchange(
    reading: Reading, one: tuple[int, int], other: tuple[int, int]
) -> tuple[Replacement, ...]:
    data = reading.text.data
    return (
        Replacement(*one, data[slice(*other)].decode()),
        Replacement(*other, data[slice(*one)].decode()),
    )


def _span(reading: Reading, node: ast.stmt | ast.expr) -> tuple[int, int]:
    return reading.text.start(node), reading.text.end(node)


def _told(reading: Reading, node: ast.stmt | ast.expr) -> str:
    """The beginning of a statement, for a sentence."""
    return shorten(reading.text.segment(node).split("\n", 1)[0], MUTATION_EXCERPT_CHARACTERS)


def _edit(
    reading: Reading,
    scope: Scope,
    site: Site,
    words: str,
    changes: tuple[Replacement, ...],
    misfit: int,
    *concerned: ast.AST,
) -> Edit:
    operations = {name for node in concerned for name in reading.operations_in(node)}
    return Edit(
        words=words,
        replacements=changes,
        operations=tuple(sorted(operations)),
        place=place(reading, scope, site),
        misfit=misfit,
    )
