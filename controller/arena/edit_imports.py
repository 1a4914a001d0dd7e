"""Which names of a source stand for the SDK, for `json`, or for one function of them.

Called by the analysis of a source and, through it, by every edit that writes a call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from controller.arena.edit_sites import Function, own_nodes

SDK = "gene_sdk"
JSON = "json"


@dataclass(frozen=True, slots=True)
class Import:
    """A name for a module, or for one `member` of it; in force inside `owner` (None: all)."""

    name: str
    module: str
    member: str | None
    owner: ast.AST | None
    line: int


class Imports:
    """The imports of one source, and plain aliases of them (`attach = gene_sdk.attach_port`).

    A module that is used without being imported counts as given from outside.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._entries = tuple(_entries(tree))
        self._modules = {e.name: e.module for e in self._entries if e.member is None}
        self._members = {e.name: (e.module, e.member) for e in self._entries if e.member}

    def member(self, called: ast.expr, module: str) -> str | None:
        """The name under which `module` knows what an expression names, if it is from there."""
        if isinstance(called, ast.Attribute):
            return called.attr if self.is_module(called.value, module) else None
        if isinstance(called, ast.Name):
            found = self._members.get(called.id)
            if found is None and self._members.get("*", ("",))[0] == module:
                return called.id
            return found[1] if found and found[0] == module else None
        return None

    def is_module(self, node: ast.expr, module: str) -> bool:
        """True when an expression is a name of the module itself."""
        return isinstance(node, ast.Name) and self._modules.get(node.id) == module

    def written(self, module: str, member: str, owner: ast.AST, line: int) -> str | None:
        """How to write a member of a module at a line of a function; None: not imported there."""
        reachable = [
            e
            for e in self._entries
            if e.module == module and (e.owner is None or (e.owner is owner and e.line <= line))
        ]
        for entry in reachable:
            if entry.member == member:
                return entry.name
        for entry in reachable:
            if entry.member is None:
                return f"{entry.name}.{member}"
        return None


def _entries(tree: ast.Module) -> Iterator[Import]:
    found: list[Import] = []
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    for owner in [None, *functions]:
        for node in own_nodes(tree if owner is None else owner):
            found += _imported(node, owner, found)
    yield from found
    bound = {entry.name for entry in found}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for module in (SDK, JSON):
        if module in used - bound:
            yield Import(module, module, None, None, 0)


def _imported(node: ast.AST, owner: ast.AST | None, known: Iterable[Import]) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name in (SDK, JSON):
                yield Import(alias.asname or alias.name, alias.name, None, owner, node.lineno)
    elif isinstance(node, ast.ImportFrom) and node.module in (SDK, JSON):
        for alias in node.names:
            name = alias.asname or alias.name
            yield Import(name, node.module, alias.name, owner, node.lineno)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        value = node.value
        base = value.value if isinstance(value, ast.Attribute) else value
        member = value.attr if isinstance(value, ast.Attribute) else None
        given = SDK if isinstance(base, ast.Name) and base.id == SDK else None
        named = {entry.name: entry.module for entry in known if entry.member is None}
        module = named.get(base.id, given) if isinstance(base, ast.Name) else None
        if module is not None:
            yield Import(node.targets[0].id, module, member, owner, node.lineno)
