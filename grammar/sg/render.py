"""A document becomes its canonical text. Called by the formatter and by whoever writes contracts.

Reading the text gives an equal document. Comments stay beside what they were written beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from grammar.sg.literal import duration_text, literal_text, quoted
from grammar.sg.nodes import (
    Argument,
    Document,
    Expression,
    FailureMode,
    Feed,
    Field,
    GeneContract,
    Phenotype,
    Reference,
    Sentence,
    TypeDeclaration,
    Verify,
)
from grammar.sg.weave import Row, weave
from grammar.source import Span


def render(document: Document) -> str:
    """The canonical text: two spaces a level, one order of sections, columns aligned."""
    contracts: list[GeneContract | Phenotype] = [*document.genes, *document.phenotypes]
    contracts.sort(key=_written_at)
    rows: list[Row] = []
    for contract in contracts:
        if rows:
            rows.append(Row(""))
        rows += _gene(contract) if isinstance(contract, GeneContract) else _phenotype(contract)
    return weave(rows, document.comments)


def _written_at(contract: GeneContract | Phenotype) -> int:
    return contract.span.line if contract.span else 0


def _row(text: str, span: Span | None = None) -> Row:
    return Row(text, span.line if span else None)


def _gene(gene: GeneContract) -> list[Row]:
    at = gene.places
    return [
        _row(f"gene {gene.name}", gene.span),
        _row(f"  is {gene.family.value}", at.get("is")),
        _row(f"  risk {gene.risk.value}", at.get("risk")),
        *_section("does", at, _prose(gene.does)),
        *_section("takes", at, _fields(gene.takes, "    ")),
        *_section("gives", at, _fields(gene.gives, "    ")),
        *_section("types", at, _types(gene.types)),
        *_section("before", at, _sentences(gene.before)),
        *_section("after", at, _sentences(gene.after)),
        *_section("fails when", at, _failures(gene.fails_when)),
        *_section("unhealthy when", at, _sentences(gene.unhealthy_when)),
        *_section("verify", at, _verify(gene.verify, at.get("within"))),
        *_section("feeds", at, _feeds(gene.feeds)),
    ]


def _phenotype(phenotype: Phenotype) -> list[Row]:
    at = phenotype.places
    rows = [_row(f"phenotype {phenotype.name}", phenotype.span)]
    if phenotype.topology is not None:
        rows.append(_row(f"  for {phenotype.topology}", at.get("for")))
    for binding in phenotype.bindings:
        rows.append(_row(f"  {binding.name} = {literal_text(binding.value)}", binding.span))
    return rows + _section("expresses", at, [_expression(one) for one in phenotype.expresses])


def _section(name: str, at: Mapping[str, Span], rows: Sequence[Row]) -> list[Row]:
    return [Row(""), _row(f"  {name}:", at.get(name)), *rows] if rows else []


def _feeds(feeds: Sequence[Feed]) -> list[Row]:
    width = max((len(feed.locus) for feed in feeds), default=0)
    return [_row(f"    {feed.locus:<{width}}  {feed.timescale.value}", feed.span) for feed in feeds]


def _prose(text: str) -> list[Row]:
    return [Row(f"    {line}" if line else "") for line in text.split("\n")] if text else []


def _fields(fields: Sequence[Field], indent: str) -> list[Row]:
    kinds = [_kind(field) for field in fields]
    names_width = max((len(field.name) for field in fields), default=0)
    kinds_width = max((len(kind) for kind in kinds), default=0)
    rows = []
    for field, kind in zip(fields, kinds, strict=True):
        described = f"  {quoted(field.description)}" if field.description else ""
        text = f"{indent}{field.name:<{names_width}}  {kind:<{kinds_width}}{described}"
        rows.append(_row(text.rstrip(), field.span))
    return rows


def _kind(field: Field) -> str:
    default = f" = {literal_text(field.default)}" if field.has_default else ""
    return f"{field.type}{default}"


def _types(types: Iterable[TypeDeclaration]) -> list[Row]:
    rows: list[Row] = []
    for declared in types:
        if rows:
            rows.append(Row(""))
        rows.append(_row(f"    {declared.name}:", declared.span))
        rows += _fields(declared.fields, "      ")
    return rows


def _sentences(sentences: Iterable[Sentence]) -> list[Row]:
    return [_row(f"    - {sentence.text}", sentence.span) for sentence in sentences]


def _failures(modes: Iterable[FailureMode]) -> list[Row]:
    return [_row(f"    - {mode.condition.text} -> {mode.outcome}", mode.span) for mode in modes]


def _verify(verify: Verify | None, window: Span | None) -> list[Row]:
    if verify is None:
        return []
    calls = [
        _row(" ".join([f"    {call.locus}", *map(_argument, call.arguments)]), call.span)
        for call in verify.calls
    ]
    return [*calls, _row(f"    within {duration_text(verify.within_ms)}", window)]


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
    return _row(f"    {text}", expression.span)
