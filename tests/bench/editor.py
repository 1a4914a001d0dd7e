"""How long after a keystroke an editor shows what is wrong: a real server over stdio."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient, client_capabilities

from controller.limits import LSP_REST_SECONDS
from controller.shipped import shipped_files
from tests.bench.figure import Figure
from tests.bench.language import CONTRACTS, large_genome

LINES = 300
KEYSTROKES = 100
PAUSES = 40
QUIET_SECONDS = 2.0
"""After opening, the remarks of all files are sent once; then nothing more comes."""
AIM_MS = 100.0
_TYPED = "contracts/typed.sg"
_WRONG = "SG-E210"


def figures() -> list[Figure]:
    """In the shipped genome and in one of a thousand contracts."""
    shipped = {path: data for path, data in shipped_files().items() if path.endswith(".sg")}
    return [
        *_measured("a small workspace", shipped),
        *_measured(f"{CONTRACTS:,} files", large_genome()),
    ]


def _measured(where: str, files: dict[str, bytes]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, data in {**files, "germline.toml": b"", _TYPED: _text().encode()}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        fluent, after_pause = asyncio.run(_session(root))
    lead = f"keystroke to diagnostics, {LINES} lines, {where}"
    return [
        Figure(f"{lead}: median", statistics.median(fluent), "ms", AIM_MS, "the aim"),
        Figure(f"{lead}: 95th percentile", _high(fluent), "ms", AIM_MS, "the aim"),
        Figure(f"{lead}, after a pause: 95th percentile", _high(after_pause), "ms", AIM_MS,
               "the aim"),
    ]  # fmt: skip


def _high(durations: Sequence[float]) -> float:
    return statistics.quantiles(durations, n=20)[-1]


def _text() -> str:
    """Genes of the shipped genome under other names, as many as make 300 lines."""
    model = shipped_files()["contracts/network/bridge_uplink.sg"].decode()
    count = LINES // len(model.splitlines()) + 1
    whole = "\n".join(
        model.replace("gene bridge_uplink", f"gene typed_{number}") for number in range(count)
    )
    return "\n".join(whole.splitlines()[:LINES]) + "\n"


async def _session(root: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of keystrokes in a row, and of such that come as the editor looks around."""
    client = pytest_lsp.make_test_lsp_client()
    client.feature(lsp.CLIENT_REGISTER_CAPABILITY)(lambda _params: None)
    await client.start_io(sys.executable, "-m", "controller", "lsp")
    await client.initialize_session(
        lsp.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            workspace_folders=[lsp.WorkspaceFolder(root.as_uri(), "genome")],
        )
    )
    typist = _Typist(client, root / _TYPED)
    await typist.opened()
    for _ in range(KEYSTROKES // 10):
        await typist.keystroke()
    await typist.all_files_are_shown()
    fluent = [await typist.keystroke() for _ in range(KEYSTROKES)]
    after_pause = []
    for _ in range(PAUSES):
        await asyncio.sleep(LSP_REST_SECONDS + 0.05)  # the check of all files has just begun
        after_pause.append(await typist.keystroke())
    await client.shutdown_session()
    await client.stop()
    return fluent, after_pause


class _Typist:
    """Types a letter that makes a mistake, and takes it back, in turn."""

    def __init__(self, client: LanguageClient, path: Path) -> None:
        self._client = client
        self._uri = path.as_uri()
        self._text = path.read_text("utf-8")
        before, sentence, after = self._text.partition("  after:\n    - ")
        self._mistaken = f"{before}{sentence}{{x}} {after}"
        self._version = 1

    async def opened(self) -> None:
        item = lsp.TextDocumentItem(self._uri, "sg", self._version, self._text)
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await self._shown(wrong=False)

    async def all_files_are_shown(self) -> None:
        """Wait until the remarks of no further file come."""
        count = -1
        while count != len(self._client.diagnostics):
            count = len(self._client.diagnostics)
            await asyncio.sleep(QUIET_SECONDS)

    async def keystroke(self) -> float:
        """Milliseconds until the remarks are those of the text that was typed."""
        self._version += 1
        wrong = self._version % 2 == 0
        text = self._mistaken if wrong else self._text
        versioned = lsp.VersionedTextDocumentIdentifier(self._version, self._uri)
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        start = time.perf_counter()
        self._client.text_document_did_change(lsp.DidChangeTextDocumentParams(versioned, [change]))
        await self._shown(wrong=wrong)
        return (time.perf_counter() - start) * 1e3

    async def _shown(self, *, wrong: bool) -> None:
        while True:
            remarks = self._client.diagnostics.get(self._uri)
            if remarks is not None and any(one.code == _WRONG for one in remarks) == wrong:
                return
            await self._client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
