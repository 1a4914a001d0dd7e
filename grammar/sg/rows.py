"""Rows that contracts of several levels have in common. Called by the renderers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grammar.sg.literal import literal_text, quoted
from grammar.sg.terms import Field
from grammar.sg.weave import Row
from grammar.source import Span


def row(text: str, span: Span | None = None) -> Row:
    """A row that was read from the line where `span` begins."""
    return Row(text, span.line if span else None)


def heading(kind: str, name: str, domain: str | None, span: Span | None) -> Row:
    """The first line of a contract."""
    return row(f"{kind} {name}" + (f" for {domain}" if domain else ""), span)


def section(name: str, at: Mapping[str, Span], rows: Sequence[Row]) -> list[Row]:
    """A section with its head and a blank line before it; nothing if it has no rows."""
    return [Row(""), row(f"  {name}:", at.get(name)), *rows] if rows else []


def prose(text: str) -> list[Row]:
    """The rows of `does:`."""
    return [Row(f"    {line}" if line else "") for line in text.split("\n")] if text else []


def fields(given: Sequence[Field], indent: str) -> list[Row]:
    """Fields in aligned columns."""
    kinds = [_kind(field) for field in given]
    names_width = max((len(field.name) for field in given), default=0)
    kinds_width = max((len(kind) for kind in kinds), default=0)
    rows = []
    for field, kind in zip(given, kinds, strict=True):
        described = f"  {quoted(field.description)}" if field.description else ""
        text = f"{indent}{field.name:<{names_width}}  {kind:<{kinds_width}}{described}"
        rows.append(row(text.rstrip(), field.span))
    return rows


def _kind(field: Field) -> str:
    default = f" = {literal_text(field.default)}" if field.has_default else ""
    return f"{field.type}{default}"
