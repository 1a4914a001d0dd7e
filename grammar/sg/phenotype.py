"""Makes a phenotype of its parts, and checks what it binds and expresses. Called by parse.py."""

from __future__ import annotations

from collections.abc import Iterable

from grammar.remarks import Remarks
from grammar.sg.contract import read_parts
from grammar.sg.forms import PHENOTYPE_SECTIONS, Heading
from grammar.sg.layout import Block
from grammar.sg.nodes import Binding, Expression, Phenotype
from grammar.sg.reader import Reader

KEYWORDS = ("for",)
SECTIONS = tuple(PHENOTYPE_SECTIONS)


def read_phenotype(reader: Reader, block: Block, heading: Heading) -> Phenotype:
    """The phenotype that a `phenotype NAME` block holds."""
    parts = read_parts(reader, block, heading, KEYWORDS, PHENOTYPE_SECTIONS, prose=False)
    topology = parts.keywords.get("for")
    expressions: list[Expression] = parts.sections.get("expresses", [])
    _say_bound_twice(reader.remarks, parts.bindings)
    _say_expressed_twice(reader.remarks, expressions)
    return Phenotype(
        name=parts.name.text,
        topology=topology.text if topology else None,
        bindings=tuple(parts.bindings),
        expresses=tuple(expressions),
        span=parts.name.span,
        places=parts.spans,
    )


def _say_bound_twice(remarks: Remarks, bindings: Iterable[Binding]) -> None:
    lines: dict[str, int] = {}
    for binding in bindings:
        if binding.span is None:
            continue
        if binding.name in lines:
            hint = f"it was bound in line {lines[binding.name]}"
            remarks.say("SG-E206", f"`{binding.name}` is bound twice", binding.span, hint)
        lines.setdefault(binding.name, binding.span.line)


def _say_expressed_twice(remarks: Remarks, expressions: Iterable[Expression]) -> None:
    lines: dict[str, int] = {}
    for expression in expressions:
        if expression.span is None:
            continue
        locus = expression.locus
        if locus in lines:
            hint = f"it was expressed in line {lines[locus]}; join the stacks with `then`"
            remarks.say("SG-E207", f"`{locus}` is expressed twice", expression.span, hint)
        lines.setdefault(locus, expression.span.line)
