"""Where a source has room for a change: its blocks, and the boundaries between statements.

Called by the analysis of names (a name is in scope at a boundary or it is not) and by the
edits. Statements that reach no operation are skipped over: to insert before or after them is
the same, and the later place is the one where more names are known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Trail = tuple[tuple[int, int], ...]
"""(block number, statement index) from the outermost block inwards."""

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_EXITS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_QUIET_NAMES = frozenset(
    {
        "all",
        "any",
        "bool",
        "bytes",
        "dict",
        "enumerate",
        "float",
        "frozenset",
        "int",
        "isinstance",
        "len",
        "list",
        "max",
        "min",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
    }
)
_QUIET_METHODS = frozenset(
    {
        "append",
        "copy",
        "dumps",
        "endswith",
        "extend",
        "format",
        "get",
        "items",
        "join",
        "keys",
        "loads",
        "lower",
        "pop",
        "replace",
        "setdefault",
        "sort",
        "split",
        "startswith",
        "strip",
        "update",
        "upper",
        "values",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A run of statements with one indentation inside one function, or a module's body.

    `trail` leads to the statement that holds the block; `depth` counts the branches taken on
    the way (an error handler counts two). `always` is True for a block that has run to its
    end, or left the function, whenever the statement that holds it has ended.
    """

    number: int
    statements: tuple[ast.stmt, ...]
    trail: Trail
    depth: int
    always: bool
    is_elif: bool = False

    def at(self, index: int) -> Trail:
        """The trail of the boundary before statement `index`."""
        return (*self.trail, (self.number, index))


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The boundary before statement `index` of a block.

    With `after_value`, it is the moment when the `return` at `index` has its value.
    """

    block: Block
    index: int
    after_value: bool = False

    @property
    def trail(self) -> Trail:
        """Where it is, for the question whether a name is bound here."""
        return self.block.at(self.index)

    @property
    def line(self) -> int:
        """The last line before it, counted from 1; a return's own line for `after_value`."""
        statements = self.block.statements
        if self.after_value:
            return statements[self.index].end_lineno or 0
        if self.index:
            return statements[self.index - 1].end_lineno or 0
        return statements[0].lineno - 1


def blocks(owner: Function | ast.Module) -> tuple[Block, ...]:
    """Every block of a function or module, outer before inner, without nested definitions."""
    found: list[Block] = []
    waiting: list[tuple[list[ast.stmt], Trail, int, bool, bool]] = [
        (owner.body, (), 0, True, False)
    ]
    while waiting:
        statements, trail, depth, always, is_elif = waiting.pop(0)
        block = Block(len(found), tuple(statements), trail, depth, always, is_elif)
        found.append(block)
        for index, statement in enumerate(statements):
            if not isinstance(statement, _DEFINITIONS):
                for inner, branches, runs, chained in _inner(statement):
                    waiting.append((inner, block.at(index), depth + branches, runs, chained))
    return tuple(found)


def own_nodes(owner: Function | ast.Module) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of the definitions nested in it."""
    waiting: list[ast.AST] = list(reversed(owner.body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _DEFINITIONS):
            waiting += reversed(list(ast.iter_child_nodes(node)))


def sites(function_blocks: tuple[Block, ...], quiet: Callable[[ast.Call], bool]) -> list[Site]:
    """The boundaries of a function that differ for an operation, in no particular order.

    `quiet` tells of a call that it surely reaches no operation.
    """
    return [
        site
        for block in function_blocks
        if not block.is_elif
        for site in _block_sites(block, quiet)
    ]


def passive(node: ast.AST, quiet: Callable[[ast.Call], bool]) -> bool:
    """True when nothing happens in a statement but naming and computing values."""
    if isinstance(node, _DEFINITIONS):
        return True
    for part in ast.walk(node):
        if isinstance(part, (*_EXITS, ast.Yield, ast.YieldFrom, ast.Await, ast.While)):
            return False
        if isinstance(part, ast.Call) and not quiet(part):
            return False
    return True


def leaves(statement: ast.stmt) -> bool:
    """True when running a statement may end its block: it returns, raises, breaks, continues."""
    return any(isinstance(part, _EXITS) for part in ast.walk(statement))


def quiet_by_name(call: ast.Call) -> bool:
    """True for calls of the language's own that reach no operation: `len`, `json.dumps`, …"""
    if isinstance(call.func, ast.Name):
        return call.func.id in _QUIET_NAMES
    return isinstance(call.func, ast.Attribute) and call.func.attr in _QUIET_METHODS


def in_scope(binding: Trail, site: Trail, *, within: bool, blocks_of: tuple[Block, ...]) -> bool:
    """Whether a name bound by the statement at `binding` is sure to be bound at `site`.

    With `within`, the name is bound by a header (`for name in …`) for the block below it only.
    """
    while binding:
        number, index = binding[-1]
        depth = len(binding) - 1
        if depth < len(site) and site[depth][0] == number:
            inside = site[depth][1] == index and depth + 1 < len(site)
            return inside if within else site[depth][1] > index
        if within or not blocks_of[number].always:
            return False
        binding = binding[:-1]
    return False


def _block_sites(block: Block, quiet: Callable[[ast.Call], bool]) -> Iterator[Site]:
    for index, statement in enumerate(block.statements):
        opening = index == 0 and _is_docstring(statement)
        if not opening and not passive(statement, quiet):
            yield Site(block, index)
        if isinstance(statement, ast.Return) and statement.value is not None:
            calls = [n for n in ast.walk(statement.value) if isinstance(n, ast.Call)]
            if not all(quiet(call) for call in calls):
                yield Site(block, index, after_value=True)
        if isinstance(statement, _EXITS):
            return
    yield Site(block, len(block.statements))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _inner(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], int, bool, bool]]:
    """(statements, branches taken, always run, written as `elif`) of each block inside."""
    straight = isinstance(statement, ast.Try | ast.With | ast.AsyncWith)
    for name, value in ast.iter_fields(statement):
        if not isinstance(value, list) or not value:
            continue
        if isinstance(value[0], ast.stmt):
            chained = (
                isinstance(statement, ast.If)
                and name == "orelse"
                and isinstance(value[0], ast.If)
                and value[0].col_offset == statement.col_offset
            )
            always = straight and name in ("body", "finalbody")
            yield value, 0 if straight else 1, always, chained
        elif isinstance(value[0], ast.ExceptHandler | ast.match_case):
            for clause in value:
                handles = isinstance(clause, ast.ExceptHandler)
                yield clause.body, 2 if handles else 1, False, False
