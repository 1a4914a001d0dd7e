"""Runs hostile source in a process of its own: the port `Sandbox`, for real.

Each call is one process, forked by a zygote (`fork_server`), locked by the kernel
(`gene_locks`), spoken to over one socket (`gene_dialogue`) and killed when the call ends,
however it ends. Calls of one sandbox follow each other; for more at a time, use more.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from controller.adapters.fork_server import Ended, ForkServer, Gene, ZygoteDied
from controller.adapters.gene_box import Bounds
from controller.adapters.gene_dialogue import Dialogue, HungUp, Lost
from controller.adapters.gene_filter import compiled
from controller.adapters.zygote import Settings
from controller.arena.admission import ALLOWED_MODULES
from controller.gene_limits import (
    GENE_CPU_SECONDS,
    GENE_CPU_SHARE,
    GENE_EXIT_SECONDS,
    GENE_MEMORY_BYTES,
    GENE_MESSAGE_BYTES,
    GENE_SOURCE_BYTES,
    GENE_WALL_SECONDS,
    GENES_READY,
)
from controller.ports import Blocked, Died, GeneOutcome, Grant, Returned, Serve, Unavailable

if TYPE_CHECKING:
    from typing import Self


class ProcessSandbox:
    """The zygote starts with the first call; `close`, or leaving a `with`, ends it.

    `python` is the interpreter that genes run on. The bounds are those of one call. `ready` genes
    are forked in advance; with 0, each call waits for its own.
    """

    def __init__(
        self,
        *,
        wall_seconds: float = GENE_WALL_SECONDS,
        cpu_seconds: int = GENE_CPU_SECONDS,
        memory_bytes: int = GENE_MEMORY_BYTES,
        python: str = sys.executable,
        ready: int = GENES_READY,
    ) -> None:
        self._wall_seconds = wall_seconds
        self._cpu_seconds = cpu_seconds
        bounds = Bounds(compiled(), cpu_seconds, memory_bytes)
        self._zygote = ForkServer(python, Settings(ALLOWED_MODULES, bounds), ready)
        self._busy = threading.Lock()

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """Run `execute(input_json)` of `source` once; its operations are served by `serve`.

        An exception of `serve` other than `OperationRefused` ends the gene and is raised here.
        Raises `Blocked` for an input that no gene could be given, `Unavailable` if no process
        can be had.
        """
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > GENE_SOURCE_BYTES:
            return Died("syntax", f"its source has {size} bytes, more than {GENE_SOURCE_BYTES}")
        if len(input_json) > GENE_MESSAGE_BYTES:
            raise Blocked(
                f"a gene's input has {len(input_json)} characters, more than {GENE_MESSAGE_BYTES}",
                "give it what it needs, not everything there is",
            )
        assert not self._busy.locked(), "calls of one sandbox follow each other"
        with self._busy:
            gene = self._gene()
            try:
                dialogue = Dialogue(gene.socket, self._wall_seconds)
                return self._run(gene, dialogue, source, input_json, grants, serve)
            finally:
                gene.close()

    def missing(self) -> tuple[str, ...]:
        """The protections that this machine does not give, in words; empty when all hold."""
        if not self._zygote.running:
            self._zygote.start()
        return self._zygote.missing

    def close(self) -> None:
        """End every process that belongs to the sandbox. A later call starts anew."""
        self._zygote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _gene(self) -> Gene:
        """A gene that has had no call; a zygote that died since the last one is replaced once."""
        if self._zygote.running:
            try:
                return self._zygote.take()
            except ZygoteDied:
                pass
        self._zygote.start()
        try:
            return self._zygote.take()
        except ZygoteDied as died:
            said = self._zygote.close() or died
            raise Unavailable(f"the sandbox cannot fork a process: {said}") from died

    def _run(
        self,
        gene: Gene,
        dialogue: Dialogue,
        source: str,
        input_json: str,
        grants: Sequence[Grant],
        serve: Serve,
    ) -> GeneOutcome:
        outcome: str | Died | None = None
        ended: Ended | None = None
        try:
            outcome = dialogue.hold(source, input_json, grants, serve)
        except Lost as lost:
            outcome = lost.outcome
        except HungUp:
            ended = self._natural_end(gene)
        finally:
            if ended is None:
                ended = self._killed(gene)
        if isinstance(outcome, str):
            return Returned(outcome, ended.cpu_ms if ended else 0.0)
        return outcome or self._post_mortem(ended)

    def _natural_end(self, gene: Gene) -> Ended | None:
        """The end that a process which hung up comes to by itself, if it does so soon."""
        try:
            return self._zygote.ended(gene, GENE_EXIT_SECONDS)
        except ZygoteDied:
            self._zygote.close()
            return None

    def _killed(self, gene: Gene) -> Ended | None:
        """Kill the process, if need be with its zygote, so that nothing of it is left."""
        if not self._zygote.running:
            return None
        try:
            return self._zygote.kill(gene)
        except ZygoteDied:
            self._zygote.close()
            return None

    def _post_mortem(self, ended: Ended | None) -> Died:
        """What the kernel tells of a gene that died without a word."""
        if ended is None:
            return Died("killed", "the process that genes are forked from ended")
        if ended.status >= 0:
            return Died("killed", f"it exited with status {ended.status} instead of returning")
        if ended.cpu_ms >= self._cpu_seconds * 1000 * GENE_CPU_SHARE:
            return Died("timeout", f"it used more than {self._cpu_seconds} s of processor time")
        name = signal.Signals(-ended.status).name
        return Died("killed", f"it was ended by {name}")
