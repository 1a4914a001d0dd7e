"""Edits that add an operation to a gene, at every place where it makes a difference.

Called by `mutation` for one parent. Each edit knows what a reviewer should read about it and
what the search should know to decide when to try it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from controller.arena.bindings import Meaning, Role, Scope, identifiers
from controller.arena.edit_arguments import Filling, Material, Origin, Source, fillings, loop_name
from controller.arena.edit_imports import JSON, SDK
from controller.arena.edit_reading import Reading
from controller.arena.edit_sites import Site, sites
from controller.arena.edit_text import Replacement, insertion
from controller.limits import MUTATION_SITES

Place = tuple[int, int]
"""How far off the main path, then how many lines above the source's end. Lower is tried first."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a source. `operations` are those it concerns, `inserted` those it adds."""

    words: str
    replacements: tuple[Replacement, ...]
    operations: tuple[str, ...]
    place: Place
    misfit: int
    inserted: tuple[str, ...] = ()


def insertions(reading: Reading, material: Material) -> Iterator[Edit]:
    """Every mutating operation, at every site, with every filling."""
    found = [
        (place(reading, scope, site), scope, site)
        for scope in reading.scopes
        for site in sites(scope.blocks, reading.quiet)
    ]
    for where, scope, site in sorted(found, key=lambda entry: entry[0])[:MUTATION_SITES]:
        bench = _Bench(reading, scope, site)
        for _, spec in sorted(material.catalogue.items()):
            if spec.mutates:
                for filling in fillings(spec, material, bench.fields(material), bench.local()):
                    yield bench.inserted(filling, where)


def place(reading: Reading, scope: Scope, site: Site) -> Place:
    """How promising a site is: late on the main path of `execute` comes first."""
    elsewhere = 0 if scope.node is reading.text.entry else 3
    return elsewhere + site.block.depth, -site.line


class _Bench:
    """One site: which values it can reach, and how a call is written there."""

    def __init__(self, reading: Reading, scope: Scope, site: Site) -> None:
        self._reading = reading
        self._scope = scope
        self._site = site
        self._names = scope.available(site.trail)
        self._taken = frozenset(identifiers(scope.node))

    def fields(self, material: Material) -> list[str]:
        """The input fields that an expression can reach here."""
        return reachable(self._names, material)

    def local(self) -> dict[str, str]:
        """The variables that hold one value of a kind, by name."""
        return {n: m.name for n, m in self._names.items() if m.role is Role.KIND}

    def inserted(self, filling: Filling, where: Place) -> Edit:
        """The edit that calls an operation here."""
        writing = Writing(self._reading, self._scope, self._site)
        lines = writing.statement(filling)
        block, index = self._site.block, self._site.index
        text = self._reading.text
        changes: list[Replacement] = []
        if self._site.after_value:
            kept = fresh("result", self._taken)
            start = text.start(block.statements[index])
            changes.append(Replacement(start, start + len("return"), f"{kept} ="))
            lines, index = [*lines, f"return {kept}"], index + 1
        changes += insertion(text, block.statements, index, lines)
        changes += writing.imports()
        return Edit(
            words=f"{_where(self._site)}: {filling.words}",
            replacements=tuple(changes),
            operations=(filling.operation.name,),
            place=where,
            misfit=filling.misfit,
            inserted=(filling.operation.name,),
        )


class Writing:
    """Writes expressions and calls for one site, and remembers what they need around them."""

    def __init__(self, reading: Reading, scope: Scope, site: Site) -> None:
        self._reading = reading
        self._owner = scope.node
        self._taken = frozenset(identifiers(scope.node))
        self._line = site.line
        self._names = scope.available(site.trail)
        self._missing: list[str] = []

    def statement(self, filling: Filling) -> list[str]:
        """The lines of a call, with what it needs before it; a tab is a step of indentation."""
        lines: list[str] = []
        asked = [o for _, origin in filling.arguments for o in (origin, *origin.arguments)]
        if any(
            o.source in (Source.FIELD, Source.EACH) and self._field(o.name) is None for o in asked
        ):
            data = fresh("data", self._taken)
            lines.append(f"{data} = {self._parsed()}")
            self._names = {**self._names, data: Meaning(Role.DATA)}
        loop, variable = filling.loop, ""
        if loop is not None:
            variable = fresh(loop_name(loop.kind), self._taken)
            lines.append(f"for {variable} in {self._iterated(loop)}:")
        call = self._call(filling, variable)
        return [*lines, f"\t{call}" if variable else call]

    def expression(self, origin: Origin) -> str:
        """An argument as it is written here, in one expression."""
        if origin.source is Source.FIELD:
            return self._field(origin.name) or f'{self._parsed()}["{origin.name}"]'
        if origin.source is Source.QUERY:
            return self._asking(origin)
        return origin.name

    def operation(self, name: str) -> str:
        """How an operation is called here."""
        written = self._reading.imports.written(SDK, name, self._owner, self._line)
        if written is None:
            self._need(SDK)
        return written or f"{SDK}.{name}"

    def imports(self) -> tuple[Replacement, ...]:
        """The import lines that what was written so far needs, put below the others."""
        body = self._reading.text.tree.body
        index = 0
        while index < len(body) and _is_preamble(body[index]):
            index += 1
        if not self._missing:
            return ()
        lines = [f"import {module}" for module in self._missing]
        return insertion(self._reading.text, body, index, lines if index else [*lines, "", ""])

    def _call(self, filling: Filling, variable: str) -> str:
        parts = []
        skipped = False
        for parameter in filling.operation.parameters:
            origin = next((o for p, o in filling.arguments if p is parameter), None)
            if origin is None:
                skipped = True
                continue
            written = variable if origin.looped else self.expression(origin)
            parts.append(f"{parameter.name}={written}" if skipped else written)
        return f"{self.operation(filling.operation.name)}({', '.join(parts)})"

    def _iterated(self, loop: Origin) -> str:
        if loop.source is Source.EACH_OF_QUERY:
            return self._asking(loop)
        return self.expression(Origin(Source.FIELD, loop.name, loop.kind))

    def _asking(self, origin: Origin) -> str:
        arguments = ", ".join(self.expression(argument) for argument in origin.arguments)
        return f"{self.operation(origin.name)}({arguments})"

    def _field(self, name: str) -> str | None:
        """A variable that holds a field, or the field of one that holds the input."""
        for variable, meaning in self._names.items():
            if meaning == Meaning(Role.FIELD, name):
                return variable
        for variable, meaning in self._names.items():
            if meaning.role is Role.DATA:
                return f'{variable}["{name}"]'
        return None

    def _parsed(self) -> str:
        raw = next(n for n, meaning in self._names.items() if meaning.role is Role.RAW)
        loads = self._reading.imports.written(JSON, "loads", self._owner, self._line)
        if loads is None:
            self._need(JSON)
        return f"{loads or 'json.loads'}({raw})"

    def _need(self, module: str) -> None:
        if module not in self._missing:
            self._missing.append(module)


def reachable(names: Mapping[str, Meaning], material: Material) -> list[str]:
    """The input fields that an expression can reach by these names."""
    if {meaning.role for meaning in names.values()} & {Role.DATA, Role.RAW}:
        return list(material.kinds)
    held = {meaning.name for meaning in names.values() if meaning.role is Role.FIELD}
    return [name for name in material.kinds if name in held]


def fresh(wanted: str, taken: frozenset[str]) -> str:
    """A name that nothing in the source has: the wanted one, or with a number."""
    candidates = [wanted, *(f"{wanted}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name not in taken)


def _where(site: Site) -> str:
    if site.after_value:
        return f"line {site.line}, before the value is returned"
    return f"after line {site.line}"


def _is_preamble(statement: ast.stmt) -> bool:
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, ast.Import | ast.ImportFrom)
