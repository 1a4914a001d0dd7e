"""Makes a phenotype of its parts, and checks what it binds and expresses. Called by parse.py."""

from __future__ import annotations

from collections.abc import Iterable

from grammar.remarks import Remarks, somewhere
from grammar.repeated import repeated
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
    for one, first in repeated(bindings, lambda binding: binding.name):
        hint = f"it was bound in line {somewhere(first.span).line}"
        remarks.say("SG-E206", f"`{one.name}` is bound twice", somewhere(one.span), hint)


def _say_expressed_twice(remarks: Remarks, expressions: Iterable[Expression]) -> None:
    for one, first in repeated(expressions, lambda expression: expression.locus):
        line = somewhere(first.span).line
        hint = f"it was expressed in line {line}; join the stacks with `then`"
        remarks.say("SG-E207", f"`{one.locus}` is expressed twice", somewhere(one.span), hint)
