"""A document becomes its canonical text. Called by the formatter and by whoever writes contracts.

Reading the text gives an equal document. Comments stay beside what they were written beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grammar.sg.literal import duration_text, literal_text
from grammar.sg.nodes import (
    Argument,
    Contract,
    Document,
    Expression,
    FailureMode,
    Feed,
    GeneContract,
    Phenotype,
    Reference,
    Sentence,
    System,
    TypeDeclaration,
    Verify,
)
from grammar.sg.render_levels import level_rows
from grammar.sg.rows import fields, heading, prose, row, section
from grammar.sg.weave import Row, weave
from grammar.source import Span
from grammar.system.render import system_rows


def render(document: Document) -> str:
    """The canonical text: two spaces a level, one order of sections, columns aligned."""
    written: list[Row] = []
    if document.language is not None:
        written.append(Row(f"language {document.language}", _language_line(document)))
    for contract in document.contracts:
        if written:
            written.append(Row(""))
        written += _contract(contract)
    return weave(written, document.comments)


def _language_line(document: Document) -> int | None:
    """The line that declares the language, for the comments beside it."""
    lines = document.source.removeprefix("\ufeff").split("\n")
    return next((n for n, line in enumerate(lines, 1) if line.startswith("language")), None)


def _contract(contract: Contract) -> list[Row]:
    if isinstance(contract, GeneContract):
        return _gene(contract)
    if isinstance(contract, Phenotype):
        return _phenotype(contract)
    return system_rows(contract) if isinstance(contract, System) else level_rows(contract)


def _gene(gene: GeneContract) -> list[Row]:
    at = gene.places
    return [
        heading("gene", gene.name, gene.domain, gene.span),
        row(f"  is {gene.family.value}", at.get("is")),
        row(f"  risk {gene.risk.value}", at.get("risk")),
        *section("does", at, prose(gene.does)),
        *section("takes", at, fields(gene.takes, "    ")),
        *section("gives", at, fields(gene.gives, "    ")),
        *section("types", at, _types(gene.types)),
        *section("before", at, _sentences(gene.before)),
        *section("after", at, _sentences(gene.after)),
        *section("fails when", at, _failures(gene.fails_when)),
        *section("unhealthy when", at, _sentences(gene.unhealthy_when)),
        *section("verify", at, _verify(gene.verify, at.get("within"))),
        *section("feeds", at, _feeds(gene.feeds)),
    ]


def _phenotype(phenotype: Phenotype) -> list[Row]:
    at = phenotype.places
    rows = [row(f"phenotype {phenotype.name}", phenotype.span)]
    if phenotype.topology is not None:
        rows.append(row(f"  for {phenotype.topology}", at.get("for")))
    for binding in phenotype.bindings:
        rows.append(row(f"  {binding.name} = {literal_text(binding.value)}", binding.span))
    return rows + section("expresses", at, [_expression(one) for one in phenotype.expresses])


def _feeds(feeds: Sequence[Feed]) -> list[Row]:
    width = max((len(feed.locus) for feed in feeds), default=0)
    return [row(f"    {feed.locus:<{width}}  {feed.timescale.value}", feed.span) for feed in feeds]


def _types(types: Iterable[TypeDeclaration]) -> list[Row]:
    rows: list[Row] = []
    for declared in types:
        if rows:
            rows.append(Row(""))
        rows.append(row(f"    {declared.name}:", declared.span))
        rows += fields(declared.fields, "      ")
    return rows


def _sentences(sentences: Iterable[Sentence]) -> list[Row]:
    return [row(f"    - {sentence.text}", sentence.span) for sentence in sentences]


def _failures(modes: Iterable[FailureMode]) -> list[Row]:
    return [row(f"    - {mode.condition.text} -> {mode.outcome}", mode.span) for mode in modes]


def _verify(verify: Verify | None, window: Span | None) -> list[Row]:
    if verify is None:
        return []
    calls = [
        row(" ".join([f"    {call.locus}", *map(_argument, call.arguments)]), call.span)
        for call in verify.calls
    ]
    return [*calls, row(f"    within {duration_text(verify.within_ms)}", window)]


def _argument(argument: Argument) -> str:
    value = argument.value
    shown = f"{{{value.name}}}" if isinstance(value, Reference) else literal_text(value)
    return f"{argument.name}={shown}"


def expression_text(locus: str, stack: Sequence[str]) -> str:
    """`locus hash then hash, hash`: one line, without indentation."""
    dominant, *fallbacks = stack
    return f"{locus} {dominant}" + (f" then {', '.join(fallbacks)}" if fallbacks else "")


def _expression(expression: Expression) -> Row:
    text = expression_text(expression.locus, expression.stack)
    return row(f"    {text}", expression.span)
