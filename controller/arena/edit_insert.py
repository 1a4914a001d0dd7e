"""Edits that add an operation to a gene, at every place where it makes a difference.

Called by `mutation` for one parent. Each edit knows what a reviewer should read about it and
what the search should know to decide when to try it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.arena.bindings import Scope
from controller.arena.edit_arguments import Filling, Material, fillings
from controller.arena.edit_reading import Reading
from controller.arena.edit_sites import Site, sites
from controller.arena.edit_text import Replacement, insertion
from controller.arena.edit_writing import Spot, Writing, fresh, spot
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
        here = spot(reading, scope, site)
        for _, spec in sorted(material.catalogue.items()):
            if spec.mutates:
                for filling in fillings(spec, material, here.fields(material), here.local()):
                    yield _inserted(here, filling, where)


def place(reading: Reading, scope: Scope, site: Site) -> Place:
    """How promising a site is: late on the main path of `execute` comes first."""
    elsewhere = 0 if scope.node is reading.text.entry else 3
    return elsewhere + site.block.depth, -site.line


def _inserted(here: Spot, filling: Filling, where: Place) -> Edit:
    """The edit that calls an operation at a spot."""
    writing = Writing(here)
    lines = writing.statement(filling)
    text, block, index = here.reading.text, here.site.block, here.site.index
    changes: list[Replacement] = []
    if here.site.after_value:
        kept = fresh("result", here.scope.taken)
        start = text.start(block.statements[index])
        changes.append(Replacement(start, start + len("return"), f"{kept} ="))
        lines, index = [*lines, f"return {kept}"], index + 1
    changes += insertion(text, block.statements, index, lines)
    changes += writing.imports()
    return Edit(
        words=f"{_where(here.site)}: {filling.words}",
        replacements=tuple(changes),
        operations=(filling.operation.name,),
        place=where,
        misfit=filling.misfit,
        inserted=(filling.operation.name,),
    )


def _where(site: Site) -> str:
    if site.after_value:
        return f"line {site.line}, before the value is returned"
    if site.index == 0:
        return f"before line {site.block.statements[0].lineno}"
    nested_end = site.block.trail and site.index == len(site.block.statements)
    return f"after line {site.line}{', in its block' if nested_end else ''}"
