"""An editor that drives `germline lsp` over stdio: its client, and a text that is open in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient


def editor() -> LanguageClient:
    """A client that also lets the server register what it watches."""
    client = pytest_lsp.make_test_lsp_client()
    client.registered = []

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def _register(params: lsp.RegistrationParams) -> None:
        client.registered += [one.method for one in params.registrations]

    return client


CONFIG = ClientServerConfig(
    server_command=[sys.executable, "-m", "controller", "lsp"], client_factory=editor
)
PUBLISH = lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS


class Document:
    """A text that is open in the editor."""

    def __init__(self, client: LanguageClient, path: Path, text: str | None = None) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.id = lsp.TextDocumentIdentifier(self.uri)
        self.version = 1
        self.text = path.read_text("utf-8") if text is None else text
        item = lsp.TextDocumentItem(self.uri, "sg", self.version, self.text)
        client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, text: str) -> None:
        """Replace the whole text."""
        self.version += 1
        self.text = text
        versioned = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(versioned, [change]))

    def close(self) -> None:
        """Close it."""
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(self.id))

    def at(self, words: str, offset: int = 0) -> lsp.Position:
        """The place of the first `words`, in UTF-16 code units."""
        found = self.text.index(words) + offset
        line_start = self.text.rfind("\n", 0, found) + 1
        before = self.text[line_start:found]
        line = self.text.count("\n", 0, found)
        return lsp.Position(line, len(before.encode("utf-16-le")) // 2)

    def codes(self) -> list[object]:
        """The codes of the remarks that the editor shows for it."""
        return [remark.code for remark in self.client.diagnostics.get(self.uri, ())]

    async def shows(self, wanted: Callable[[Sequence[lsp.Diagnostic]], bool]) -> None:
        """Wait until the remarks are as wanted."""
        await shows(self.client, self.uri, wanted)


async def shows(
    client: LanguageClient, uri: str, wanted: Callable[[Sequence[lsp.Diagnostic]], bool]
) -> None:
    while uri not in client.diagnostics or not wanted(client.diagnostics[uri]):
        await client.wait_for_notification(PUBLISH)


def has(code: str) -> Callable[[Sequence[lsp.Diagnostic]], bool]:
    return lambda remarks: code in [remark.code for remark in remarks]


def lacks(code: str) -> Callable[[Sequence[lsp.Diagnostic]], bool]:
    return lambda remarks: code not in [remark.code for remark in remarks]


def at(document: Document, words: str, offset: int = 0) -> dict[str, object]:
    return {"text_document": document.id, "position": document.at(words, offset)}


def spots(locations: object) -> list[tuple[str, int, int]]:
    assert isinstance(locations, Sequence)
    return [
        (one.uri.rpartition("/")[2], one.range.start.line, one.range.start.character)
        for one in locations
    ]


class Marked:
    def __init__(self, text: str) -> None:
        self.text = text


def applied(text: str, edits: Sequence[lsp.TextEdit]) -> str:
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character))[::-1]:
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
    return "\n".join(lines)
