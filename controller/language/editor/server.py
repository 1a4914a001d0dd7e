"""Speaks the Language Server Protocol for `germline lsp`: every message goes to a pure function.

Texts come whole with each change, so that no two programs need to agree on how to cut lines.
Nothing an editor or a text says ends the server; a request that cannot be met is refused with
the reason.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from importlib.metadata import version
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from controller.domains.world import Domain
from controller.language.editor.answers import Answers, Unanswerable
from controller.language.editor.uris import Uris
from controller.language.editor.workspace import Workspace
from controller.limits import (
    LSP_FILES_AT_ONCE,
    LSP_GAP_SECONDS,
    LSP_PAUSE_SECONDS,
    LSP_REST_SECONDS,
)
from grammar.diagnostic import Diagnostic

_WATCHED = ("**/*.sg", "**/alleles/*/*.py", "**/germline.toml", "**/hosts/*")
_TRIGGERS = ["{", "=", " "]


class _Server(LanguageServer):
    """Says what went wrong once: a refused request is answered, and that is enough."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tell the person about a mistake of the server's own."""
        if isinstance(error, JsonRpcException) and error.code == lsp.LSPErrorCodes.RequestFailed:
            return
        super().report_server_error(error, source)


def serve(domain: Domain) -> None:
    """Serve one editor over standard input and output until it hangs up."""
    server = _Server(
        "germline", version("germline"), text_document_sync_kind=lsp.TextDocumentSyncKind.Full
    )
    Session(server, domain)
    server.start_io()


class Session:
    """One editor's session: its texts, and when their remarks are sent."""

    def __init__(self, server: LanguageServer, domain: Domain) -> None:
        """Register every feature with `server`."""
        self._server = server
        self._uris = Uris()
        self._workspace = Workspace(domain)
        self._answers = Answers(self._workspace, self._uris, self._encoding)
        self._pending: dict[str, str] = {}
        self._sent: dict[str, list[Diagnostic]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        for method, handler in (
            (lsp.INITIALIZED, self._initialized),
            (lsp.TEXT_DOCUMENT_DID_OPEN, self._opened),
            (lsp.TEXT_DOCUMENT_DID_CHANGE, self._changed),
            (lsp.TEXT_DOCUMENT_DID_SAVE, self._saved),
            (lsp.TEXT_DOCUMENT_DID_CLOSE, self._closed),
            (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._saved),
        ):
            server.feature(method)(partial(handler))  # which pygls may write attributes to
        self._register_requests()

    def _register_requests(self) -> None:
        ask = self._answers
        completion = lsp.CompletionOptions(trigger_characters=_TRIGGERS)
        renaming = lsp.RenameOptions(prepare_provider=True)
        for method, answer, options in (
            (lsp.TEXT_DOCUMENT_HOVER, ask.hover, None),
            (lsp.TEXT_DOCUMENT_DEFINITION, ask.definition, None),
            (lsp.TEXT_DOCUMENT_REFERENCES, ask.references, None),
            (lsp.TEXT_DOCUMENT_COMPLETION, ask.completion, completion),
            (lsp.TEXT_DOCUMENT_PREPARE_RENAME, ask.prepare_rename, None),
            (lsp.TEXT_DOCUMENT_RENAME, ask.rename, renaming),
            (lsp.TEXT_DOCUMENT_FORMATTING, ask.formatting, None),
            (lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, ask.document_symbols, None),
        ):
            self._server.feature(method, options)(self._answering(answer))

    def _answering(self, answer: Any) -> Any:
        """A handler that sees the newest texts and refuses in the protocol's way."""

        def handler(params: Any) -> Any:
            self._read_pending()
            try:
                return answer(params)
            except Unanswerable as refused:
                code = lsp.LSPErrorCodes.RequestFailed.value
                raise JsonRpcException(str(refused), code) from refused

        return handler

    def _encoding(self) -> str:
        encoding = self._server.workspace.position_encoding
        return str(getattr(encoding, "value", encoding) or lsp.PositionEncodingKind.Utf16.value)

    # --- what happens to texts ----------------------------------------------------------

    def _initialized(self, _params: lsp.InitializedParams) -> None:
        for folder in self._server.workspace.folders.values():
            self._workspace.add_folder(self._uris.path(folder.uri))
        watching = self._server.client_capabilities.workspace
        files = watching.did_change_watched_files if watching else None
        if files is not None and files.dynamic_registration:
            watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
            options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
            method = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = lsp.Registration("files", method, options)
            self._server.client_register_capability(lsp.RegistrationParams([registration]))

    def _opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        self._typed(params.text_document.uri)

    def _changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        self._typed(params.text_document.uri)

    def _typed(self, uri: str) -> None:
        self._pending[self._uris.remember(uri)] = uri
        if "rest" in self._timers:
            self._timers["rest"].cancel()
        self._later("typed", LSP_PAUSE_SECONDS, self._after_pause)

    def _saved(self, _params: Any) -> None:
        self._workspace.refresh()
        self._later("rest", LSP_REST_SECONDS, self._after_rest)

    def _closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        path = self._uris.remember(params.text_document.uri)
        self._pending.pop(path, None)
        self._workspace.closed(path)
        self._send_diagnosed([path])
        self._uris.forget(path)
        if not self._sent.get(path):
            self._sent.pop(path, None)
        self._later("rest", LSP_REST_SECONDS, self._after_rest)

    def _later(self, name: str, seconds: float, action: Any) -> None:
        """Do something after a pause, counted anew whenever it is asked for again."""
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, action)

    def _read_pending(self) -> list[str]:
        """Parse what was typed; the paths of it."""
        changed, self._pending = self._pending, {}
        for path, uri in changed.items():
            self._workspace.opened(path, self._server.workspace.get_text_document(uri).source)
        return list(changed)

    def _after_pause(self) -> None:
        self._read_pending()
        self._send_diagnosed(self._workspace.open_paths)
        self._later("rest", LSP_REST_SECONDS, self._after_rest)

    def _after_rest(self) -> None:
        """Check every file again; a keystroke in between goes first, and this begins anew."""
        self._read_pending()
        known = self._workspace.paths
        for path in self._sent.keys() - set(known):
            self._send(path, [])
        self._check_on(known)

    def _check_on(self, paths: list[str]) -> None:
        """Check some files, and the others after whatever came in meanwhile."""
        self._send_diagnosed(paths[:LSP_FILES_AT_ONCE])
        if rest := paths[LSP_FILES_AT_ONCE:]:
            self._later("rest", LSP_GAP_SECONDS, partial(self._check_on, rest))
        elif not gc.get_freeze_count():
            gc.freeze()  # a collection that walks a thousand contracts would hold up a keystroke

    def _send_diagnosed(self, paths: list[str]) -> None:
        for path, remarks in self._workspace.diagnose(paths).items():
            self._send(path, remarks)

    def _send(self, path: str, remarks: list[Diagnostic]) -> None:
        """Send the remarks about a text, unless the editor has these already.

        A text that is opened gets an answer even if there is nothing to say.
        """
        known = self._sent.get(path)
        if remarks == known or (not remarks and known is None and not self._uris.is_open(path)):
            return
        self._sent[path] = remarks
        self._server.text_document_publish_diagnostics(self._answers.published(path, remarks))
