"""How a call is written at one place of a source: by which names, with what before it.

Called by the edits that insert or change calls.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from controller.arena.bindings import Meaning, Role, Scope
from controller.arena.edit_arguments import Filling, Material, Origin, Source, loop_name
from controller.arena.edit_imports import JSON, SDK
from controller.arena.edit_reading import Reading
from controller.arena.edit_sites import Site
from controller.arena.edit_text import Replacement, insertion


@dataclass(frozen=True, slots=True)
class Spot:
    """A site of a function, with the names that are sure to be bound there."""

    reading: Reading
    scope: Scope
    site: Site
    names: Mapping[str, Meaning]

    def fields(self, material: Material) -> list[str]:
        """The input fields that an expression can reach here."""
        if {meaning.role for meaning in self.names.values()} & {Role.DATA, Role.RAW}:
            return list(material.kinds)
        held = {m.name for m in self.names.values() if m.role is Role.FIELD}
        return [name for name in material.kinds if name in held]

    def local(self) -> dict[str, str]:
        """The variables that hold one value of a kind, by name."""
        return {n: m.name for n, m in self.names.items() if m.role is Role.KIND}


def spot(reading: Reading, scope: Scope, site: Site) -> Spot:
    """Stand at a site of a function."""
    return Spot(reading, scope, site, scope.available(site.trail))


class Writing:
    """Writes expressions and calls for one site, and remembers what they need around them."""

    def __init__(self, spot: Spot) -> None:
        self._reading = spot.reading
        self._owner = spot.scope.node
        self._taken = spot.scope.taken
        self._line = spot.site.line
        self._names = spot.names
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


def fresh(wanted: str, taken: frozenset[str]) -> str:
    """A name that nothing in the source has: the wanted one, or with a number."""
    candidates = [wanted, *(f"{wanted}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name not in taken)


def _is_preamble(statement: ast.stmt) -> bool:
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, ast.Import | ast.ImportFrom)
