"""Answers to an editor's requests: the protocol's places and words around pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, Protocol

from lsprotocol import types as lsp

from controller.language.editor.completing import complete
from controller.language.editor.completion.offer import Sort
from controller.language.editor.hovering import hover
from controller.language.editor.outlining import document_symbols
from controller.language.editor.positions import TextMap
from controller.language.editor.renaming import CannotRename, may_rename, rename
from controller.language.editor.uris import Uris
from controller.language.editor.workspace import Library, Text, Workspace
from controller.language.formatting import Refused, formatted
from controller.language.index import occurrence_at
from controller.language.symbols import Kind, Occurrence, Symbol
from controller.limits import LSP_TEXT_MAPS
from grammar.diagnostic import Diagnostic, Severity
from grammar.source import Span

_SEVERITIES: Final = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
_SORTS: Final = {
    Sort.KEYWORD: lsp.CompletionItemKind.Keyword,
    Sort.LOCUS: lsp.CompletionItemKind.Function,
    Sort.FIELD: lsp.CompletionItemKind.Field,
    Sort.TYPE: lsp.CompletionItemKind.Struct,
    Sort.VALUE: lsp.CompletionItemKind.Value,
}


class _AtPlace(Protocol):
    """What every request about a place has."""

    @property
    def text_document(self) -> lsp.TextDocumentIdentifier: ...

    @property
    def position(self) -> lsp.Position: ...


class Unanswerable(Exception):
    """A request that is refused; the text says why."""


class Answers:
    """What the server answers from the texts that it knows."""

    def __init__(self, workspace: Workspace, uris: Uris, encoding: Callable[[], str]) -> None:
        """`encoding` tells in what units the editor counts."""
        self._workspace = workspace
        self._uris = uris
        self._encoding = encoding

    def published(self, path: str, remarks: Iterable[Diagnostic]) -> lsp.PublishDiagnosticsParams:
        """Remarks about one text for the editor."""
        text = self._workspace.text(path)
        places = self._places(text)
        shown = [_diagnostic(remark, places) for remark in remarks] if text else []
        return lsp.PublishDiagnosticsParams(self._uris.uri(path), shown)

    def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """About the word at a place."""
        path, text, line, column = self._place(params)
        if text is None:
            return None
        remarks = self._workspace.diagnose([path])[path]
        shown = hover(self._workspace.library(path), text, line, column, remarks)
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, shown)
        return lsp.Hover(content) if shown else None

    def definition(self, params: lsp.DefinitionParams) -> list[lsp.Location]:
        """Where the name at a place is defined."""
        library, found = self._occurrence(params)
        if found is None:
            return []
        if found.symbol.kind is Kind.ALLELE:
            return self._allele(library, found.symbol)
        return [self._location(one.span) for one in library.index.origin(found.symbol)]

    def references(self, params: lsp.ReferenceParams) -> list[lsp.Location]:
        """Every place of the name at a place."""
        library, found = self._occurrence(params)
        if found is None:
            return []
        return [
            self._location(one.span)
            for one in library.index.places(found.symbol)
            if params.context.include_declaration or not one.defines
        ]

    def completion(self, params: lsp.CompletionParams) -> lsp.CompletionList:
        """What may stand at a place."""
        path, text, line, column = self._place(params)
        if text is None:
            return lsp.CompletionList(is_incomplete=False, items=[])
        words, typed = complete(self._workspace.library(path), text, line, column)
        span = Span(path, line, column - typed, line, column)
        place = self._places(text).range(span)
        items = [
            lsp.CompletionItem(
                label=word.text,
                kind=_SORTS[word.sort],
                detail=word.about or None,
                sort_text=f"{index:04}",
                filter_text=word.text,
                text_edit=lsp.TextEdit(place, word.text),
            )
            for index, word in enumerate(words)
        ]
        return lsp.CompletionList(is_incomplete=False, items=items)

    def prepare_rename(self, params: lsp.PrepareRenameParams) -> lsp.Range | None:
        """The name at a place, if it can have another."""
        library, found = self._occurrence(params)
        if found is None:
            return None
        refused = may_rename(library, found.symbol)
        if refused:
            raise Unanswerable(refused)
        return self._location(found.span).range

    def rename(self, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        """The name at a place, everywhere."""
        library, found = self._occurrence(params)
        if found is None:
            return None
        places = rename(library, found.symbol, params.new_name)
        if isinstance(places, CannotRename):
            raise Unanswerable(places.reason)
        changes = {
            self._uris.uri(path): [
                lsp.TextEdit(self._location(span).range, params.new_name) for span in spans
            ]
            for path, spans in places.items()
        }
        return lsp.WorkspaceEdit(changes=changes)

    def formatting(self, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        """The canonical text; refused for a text with mistakes."""
        text = self._workspace.text(str(self._uris.path(params.text_document.uri)))
        if text is None:
            return []
        canonical = formatted(text.source)
        if isinstance(canonical, Refused):
            raise Unanswerable(f"not formatted: {canonical.reason}")
        if canonical == text.source.text:
            return []
        return [lsp.TextEdit(self._places(text).whole(), canonical)]

    def document_symbols(self, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        """The contents of a text."""
        text = self._workspace.text(str(self._uris.path(params.text_document.uri)))
        return document_symbols(text.source, self._places(text)) if text else []

    def _place(self, params: _AtPlace) -> tuple[str, Text | None, int, int]:
        path = str(self._uris.path(params.text_document.uri))
        text = self._workspace.text(path)
        line, column = self._places(text).place(params.position)
        return path, text, line, column

    def _occurrence(self, params: _AtPlace) -> tuple[Library, Occurrence | None]:
        path, text, line, column = self._place(params)
        found = occurrence_at(text.names, line, column) if text else None
        return self._workspace.library(path), found

    def _places(self, text: Text | None) -> TextMap:
        return _text_map(text.source.text if text else "", self._encoding())

    def _location(self, span: Span) -> lsp.Location:
        places = self._places(self._workspace.text(span.file))
        return lsp.Location(self._uris.uri(span.file), places.range(span))

    def _allele(self, library: Library, symbol: Symbol) -> list[lsp.Location]:
        start = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
        return [
            lsp.Location(
                self._uris.uri(str(library.root / "alleles" / symbol.owner / f"{sha}.py")), start
            )
            for sha in library.alleles.get(symbol.owner, ())
            if sha.startswith(symbol.name)
        ]


@lru_cache(maxsize=LSP_TEXT_MAPS)
def _text_map(text: str, encoding: str) -> TextMap:
    return TextMap(text, encoding)


def _diagnostic(remark: Diagnostic, places: TextMap) -> lsp.Diagnostic:
    hint = f"\nHint: {remark.hint}" if remark.hint else ""
    return lsp.Diagnostic(
        range=places.range(remark.span),
        severity=_SEVERITIES[remark.severity],
        code=remark.code,
        source="germline",
        message=f"{remark.message}{hint}",
    )
