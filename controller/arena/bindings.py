"""Which names a gene's functions bind, where each is sure to be bound, and what it may mean.

Called by the analysis of a source. A name counts only when it is bound exactly once in its
function; whatever is not understood has no meaning, which is always safe.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from controller.arena.edit_sites import Block, Function, Trail, blocks, in_scope, own_nodes
from controller.arena.edit_text import SourceText


class Role(Enum):
    """What sort of thing an expression holds."""

    RAW = auto()
    """The input as text."""
    DATA = auto()
    """The input as an object."""
    FIELD = auto()
    """The value of one input field."""
    ELEMENT = auto()
    """An element of an input field that is a list."""
    KIND = auto()
    """A value of a kind, as a query gives it."""
    KINDS = auto()
    """A list of such values."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A role, and the name of the field or kind if it has one."""

    role: Role
    name: str = ""


RAW = Meaning(Role.RAW)
DATA = Meaning(Role.DATA)


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """Where a name gets its value; `value` is the expression, `each` if it is looped over."""

    name: str
    value: ast.expr
    each: bool
    trail: Trail


@dataclass(slots=True, eq=False)
class Scope:
    """One function: its blocks, the names bound once in it, and what they mean as far as known.

    `taken` are all names that occur in it, whatever they stand for.
    """

    node: Function
    blocks: tuple[Block, ...]
    outer: Scope | None
    bindings: Mapping[str, Binding]
    parameters: tuple[str, ...]
    taken: frozenset[str]
    known: dict[str, Meaning] = field(default_factory=dict)
    result: Meaning | None = None

    def meaning_of(self, name: str) -> Meaning | None:
        """What a name means in this function."""
        if name in self.bindings or name in self.parameters or self.outer is None:
            return self.known.get(name)
        return self.outer.meaning_of(name)

    def available(self, site: Trail) -> dict[str, Meaning]:
        """The names that are sure to be bound at a site, with what they mean."""
        around = {} if self.outer is None else self.outer.known
        found = {n: m for n, m in around.items() if n not in self.bindings}
        for name, meaning in self.known.items():
            binding = self.bindings.get(name)
            if binding is None or in_scope(
                binding.trail, site, within=binding.each, blocks_of=self.blocks
            ):
                found[name] = meaning
        return found


def scopes(text: SourceText) -> tuple[Scope, ...]:
    """Every function of a source, the entry first."""
    found: list[Scope] = []
    waiting: list[tuple[ast.AST, Scope | None]] = [(text.tree, None)]
    while waiting:
        node, outer = waiting.pop(0)
        scope = outer
        if isinstance(node, Function):
            scope = _scope(node, outer)
            found.append(scope)
        waiting += [(child, scope) for child in ast.iter_child_nodes(node)]
    entry = next(scope for scope in found if scope.node is text.entry)
    if entry.parameters and entry.parameters[0] not in entry.bindings:
        entry.known[entry.parameters[0]] = RAW
    return (entry, *(scope for scope in found if scope is not entry))


def _identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name in a part of a source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, Function | ast.ClassDef | ast.ExceptHandler) and node.name:
            yield node.name


def _scope(node: Function, outer: Scope | None) -> Scope:
    function_blocks = blocks(node)
    given = node.args
    parameters = tuple(a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs))
    stored = [n for n in own_nodes(node) if isinstance(n, ast.Name)]
    times = Counter(n.id for n in stored if not isinstance(n.ctx, ast.Load))
    bindings = {
        binding.name: binding
        for block in function_blocks
        for index, statement in enumerate(block.statements)
        for binding in _bound_by(statement, block.at(index))
        if times[binding.name] == 1 and binding.name not in parameters
    }
    lasting = tuple(name for name in parameters if not times[name])
    taken = frozenset(_identifiers(node))
    return Scope(node, function_blocks, outer, bindings, lasting, taken)


def _bound_by(statement: ast.stmt, trail: Trail) -> Iterator[Binding]:
    """The names that a statement itself binds to one expression each."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _targets(target, statement.value, trail)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _targets(statement.target, statement.value, trail)
    elif isinstance(statement, ast.For) and isinstance(statement.target, ast.Name):
        yield Binding(statement.target.id, statement.iter, True, trail)
    header: ast.expr | None = None
    if isinstance(statement, ast.If):
        header = statement.test
    elif isinstance(statement, ast.Expr | ast.Assign | ast.Return):
        header = statement.value
    for node in ast.walk(header) if header is not None else ():
        if isinstance(node, ast.NamedExpr):
            yield Binding(node.target.id, node.value, False, trail)


def _targets(target: ast.expr, value: ast.expr, trail: Trail) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield Binding(target.id, value, False, trail)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, expression in zip(target.elts, value.elts, strict=False):
            yield from _targets(part, expression, trail)
