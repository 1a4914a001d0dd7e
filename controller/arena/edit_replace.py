"""Edits inside a call: another value of the same kind, arguments exchanged, a name corrected.

Called by `mutation` for one parent.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from itertools import combinations

from controller.arena.bindings import DATA, Role
from controller.arena.edit_arguments import Material, Origin, Source, constants
from controller.arena.edit_insert import Edit, place
from controller.arena.edit_reading import Reading, call_arguments, field_key
from controller.arena.edit_sites import Site
from controller.arena.edit_text import Replacement
from controller.arena.edit_writing import Spot, Writing, spot
from controller.domains.world import OperationSpec
from controller.limits import MUTATION_SIMILAR_NAMES

_APART = (ast.stmt, ast.ExceptHandler, ast.match_case, ast.JoinedStr)


def replacements(reading: Reading, material: Material) -> Iterator[Edit]:
    """Every call of an operation or of the source's own functions, changed in one place."""
    for scope in reading.scopes:
        for block in scope.blocks:
            for index, statement in enumerate(block.statements):
                changing = _Changing(material, spot(reading, scope, Site(block, index)))
                for node in _expressions(statement):
                    yield from changing.edits(node)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that belong to none of the statements inside it.

    Nor to an f-string, whose parts have no reliable position before Python 3.12.
    """
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [n for n in ast.iter_child_nodes(node) if not isinstance(n, _APART)]


class _Changing:
    """The edits of the expressions of one statement."""

    def __init__(self, material: Material, here: Spot) -> None:
        self._material = material
        self._here = here
        self._reading = here.reading
        self._scope = here.scope

    def edits(self, node: ast.AST) -> Iterator[Edit]:
        """Every change of one expression itself."""
        if isinstance(node, ast.Call):
            name = self._reading.operation(node)
            spec = self._material.catalogue.get(name or "")
            if spec is not None:
                yield from self._arguments(node, spec)
            elif name:
                yield from self._renamed(node, name)
            elif self._reading.callee(node) is not None:
                yield from self._handed_on(node)
        yield from self._other_key(node)

    def _arguments(self, call: ast.Call, spec: OperationSpec) -> Iterator[Edit]:
        kinds = {parameter.name: parameter.kind for parameter in spec.parameters}
        given = list(call_arguments(call, tuple(kinds)))
        for name, value in given:
            for origin in self._alternatives(kinds[name]):
                words = f"{spec.name} takes {origin.words} as {name}"
                yield from self._rewritten(value, origin, words, (spec.name,))
        for (one, first), (other, second) in combinations(given, 2):
            text = self._reading.text
            changes = (
                Replacement(text.start(first), text.end(first), text.segment(second)),
                Replacement(text.start(second), text.end(second), text.segment(first)),
            )
            words = f"{spec.name} takes {one} and {other} exchanged"
            yield self._edit(call, words, changes, (spec.name,), misfit=1)

    def _handed_on(self, call: ast.Call) -> Iterator[Edit]:
        """Another input field of a shared kind, handed to a function of the source."""
        operations = self._reading.operations_in(call)
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
            meaning = self._reading.meaning(value, self._scope)
            if operations and meaning is not None and meaning.role is Role.FIELD:
                for origin in self._like(meaning.name):
                    words = f"{origin.words} is handed on, not {{{meaning.name}}}"
                    yield from self._rewritten(value, origin, words, operations)

    def _other_key(self, node: ast.AST) -> Iterator[Edit]:
        """`data["from"]` reads another field that shares a kind."""
        named = field_key(node)
        if named is None or self._reading.meaning(named[0], self._scope) != DATA:
            return
        operations = self._reading.operations_in(self._scope.node)
        read = str(named[1].value)
        for origin in self._like(read):
            text = self._reading.text
            change = Replacement(text.start(named[1]), text.end(named[1]), f'"{origin.name}"')
            words = f"{origin.words} is read, not {{{read}}}"
            yield self._edit(named[1], words, (change,), operations, misfit=1)

    def _renamed(self, call: ast.Call, name: str) -> Iterator[Edit]:
        """The catalogue's operations that are called nearly as the one that it does not have."""
        count = len(call.args) + len(call.keywords)
        possible = [
            spec.name
            for spec in self._material.catalogue.values()
            if sum(not p.optional for p in spec.parameters) <= count <= len(spec.parameters)
        ]
        text = self._reading.text
        close = difflib.get_close_matches(name, sorted(possible), MUTATION_SIMILAR_NAMES, 0.3)
        for rank, other in enumerate(close):
            writing = Writing(self._here)
            change = Replacement(
                text.start(call.func), text.end(call.func), writing.operation(other)
            )
            words = f"{other} in place of {name}, which does not exist"
            changes = (change, *writing.imports())
            yield self._edit(call, words, changes, (), misfit=rank)

    def _alternatives(self, kind: str) -> list[Origin]:
        fields = self._here.fields(self._material)
        local = [name for name, held in self._here.local().items() if held == kind]
        return [
            *self._material.single(kind, fields),
            *(Origin(Source.LOCAL, name, kind) for name in local),
            *constants(kind),
        ]

    def _like(self, field: str) -> list[Origin]:
        kinds = self._material.kinds.get(field, frozenset())
        is_list = field in self._material.lists
        return [
            Origin(Source.FIELD, name, "")
            for name in self._here.fields(self._material)
            if name != field
            and kinds & self._material.kinds[name]
            and (name in self._material.lists) == is_list
        ]

    def _rewritten(
        self, value: ast.expr, origin: Origin, words: str, operations: tuple[str, ...]
    ) -> Iterator[Edit]:
        text = self._reading.text
        writing = Writing(self._here)
        written = writing.expression(origin)
        meaning = self._reading.meaning(value, self._scope)
        same = meaning is not None and meaning.role is Role.FIELD and meaning.name == origin.name
        if not same and written != text.segment(value):
            change = Replacement(text.start(value), text.end(value), written)
            yield self._edit(value, words, (change, *writing.imports()), operations, misfit=0)

    def _edit(
        self,
        node: ast.expr,
        words: str,
        changes: tuple[Replacement, ...],
        operations: tuple[str, ...],
        *,
        misfit: int,
    ) -> Edit:
        return Edit(
            words=f"line {node.lineno}: {words}",
            replacements=changes,
            operations=operations,
            place=place(self._reading, self._scope, self._here.site),
            misfit=misfit,
        )
