"""The controller's half of the talk with one gene's process. Every byte it reads is hostile.

`process_sandbox` holds one dialogue for each call. It sends the request, serves the operations
that were granted, and returns the gene's last word. Whatever breaks the protocol, its bounds or
the deadline raises `Lost` with the outcome; nothing a gene sends raises anything else.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Mapping, Sequence

from controller.adapters import gene_wire as wire
from controller.adapters.members import Members
from controller.domains.world import Json, JsonObject, OperationRefused
from controller.gene_limits import (
    GENE_MESSAGE_BYTES,
    GENE_OPERATIONS,
    GENE_OUTPUT_BYTES,
    GENE_REASON_CHARACTERS,
    GENE_TALK_BYTES,
)
from controller.ports import Died, Grant, Serve

_SPEAKABLE = ("syntax", "exception", "memory", "output")
"""How a gene may say that it died; the other kinds are for others to say."""


class Lost(Exception):
    """The dialogue is over without a last word."""

    def __init__(self, outcome: Died) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class HungUp(Exception):
    """The gene's end of the socket closed. Its process knows why."""


class Dialogue:
    """One call. `wall_seconds` from now, everything raises `Lost` as a timeout."""

    def __init__(self, gene: socket.socket, wall_seconds: float) -> None:
        self._gene = gene
        self._wall_seconds = wall_seconds
        self._heard = 0
        self._ahead = bytearray()
        self._deadline = time.monotonic() + wall_seconds

    def hold(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> str | Died:
        """The output of the gene, or how it says that it died.

        Raises `Lost`, `HungUp`, and whatever `serve` raises but `OperationRefused`.
        """
        granted = [[grant.operation, grant.parameters] for grant in grants]
        request = {"source": source, "input": input_json, "grants": granted}
        self._send(wire.frame(wire.REQUEST, wire.to_json(request)))
        parameters = {grant.operation: grant.parameters for grant in grants}
        for served in itertools.count():
            tag, payload = self._receive()
            if tag != wire.CALL:
                return _last_word(tag, payload)
            if served == GENE_OPERATIONS:
                break
            answer = _answer(payload, parameters, serve)
            self._send(wire.frame(wire.ANSWER, answer))
        raise Lost(Died("protocol", f"it called more than {GENE_OPERATIONS} operations"))

    def _receive(self) -> tuple[bytes, bytes]:
        """Tag and payload of one frame whose length is allowed for its tag."""
        tag, length = wire.HEADER.unpack(self._exactly(wire.HEADER.size))
        if tag == wire.RETURNED and length > GENE_OUTPUT_BYTES:
            reason = f"its output has {length} bytes, more than {GENE_OUTPUT_BYTES}"
            raise Lost(Died("output", reason))
        if tag not in {wire.CALL, wire.RETURNED, wire.DIED}:
            raise Lost(Died("protocol", "it sent a frame that does not exist"))
        if tag != wire.RETURNED and length > GENE_MESSAGE_BYTES:
            reason = f"it sent a message of {length} bytes, more than {GENE_MESSAGE_BYTES}"
            raise Lost(Died("protocol", reason))
        self._heard += length
        if self._heard > GENE_TALK_BYTES:
            raise Lost(Died("protocol", f"it said more than {GENE_TALK_BYTES} bytes in one call"))
        return tag, self._exactly(length)

    def _exactly(self, size: int) -> bytes:
        """The next bytes, read ahead so that a frame is one system call, but never far."""
        while len(self._ahead) < size:
            self._gene.settimeout(self._remaining())
            try:
                chunk = self._gene.recv(max(wire.READ_BYTES, size - len(self._ahead)))
            except TimeoutError:
                raise self._late() from None
            except ConnectionError as error:
                raise HungUp from error
            if not chunk:
                raise HungUp
            self._ahead += chunk
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken

    def _send(self, data: bytes) -> None:
        self._gene.settimeout(self._remaining())
        try:
            self._gene.sendall(data)
        except TimeoutError:
            raise self._late() from None
        except ConnectionError as error:
            raise HungUp from error

    def _remaining(self) -> float:
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise self._late()
        return remaining_s

    def _late(self) -> Lost:
        return Lost(Died("timeout", f"it did not return within {self._wall_seconds:g} s"))


def one_line(text: str) -> str:
    """Text that can be printed on a terminal and in a commit, on one line of limited length."""
    spaced = " ".join(text[: 4 * GENE_REASON_CHARACTERS].split())
    printable = "".join(character if character.isprintable() else "?" for character in spaced)
    return printable[:GENE_REASON_CHARACTERS]


def _answer(payload: bytes, granted: Mapping[str, Sequence[str]], serve: Serve) -> bytes:
    """Serve one operation. What was not granted never reaches `serve`."""
    operation, arguments = _operation(payload)
    parameters = granted.get(operation)
    if parameters is None:
        return _refusal(f"{one_line(operation)} is not granted to this gene")
    if not arguments.keys() <= set(parameters):
        return _refusal(f"{operation} has no such parameter")
    try:
        result: Json = serve(operation, arguments)
    except OperationRefused as refused:
        return _refusal(refused.reason)
    answer = wire.to_json({"result": result})
    if len(answer) > GENE_MESSAGE_BYTES:
        return _refusal(f"the answer has {len(answer)} bytes, more than {GENE_MESSAGE_BYTES}")
    return answer


def _refusal(reason: str) -> bytes:
    return wire.to_json({"refused": reason[: GENE_MESSAGE_BYTES // 8]})


def _operation(payload: bytes) -> tuple[str, JsonObject]:
    decoded = _decoded(payload)
    try:
        sent = Members(decoded, only=("operation", "arguments"))
        return sent.text("operation"), sent.object("arguments")
    except ValueError:
        raise Lost(Died("protocol", "it sent a call that is none")) from None


def _last_word(tag: bytes, payload: bytes) -> str | Died:
    if tag == wire.RETURNED:
        try:
            return payload.decode("utf-8")
        except UnicodeDecodeError:
            raise Lost(Died("protocol", "its output is not UTF-8")) from None
    decoded = _decoded(payload)
    try:
        told = Members(decoded, only=("kind", "reason"))
        died: Died | None = Died(told.text("kind"), one_line(told.text("reason")))
    except ValueError:
        died = None
    if died is None or died.kind not in _SPEAKABLE:
        raise Lost(Died("protocol", "it reported its death in no known form"))
    return died


def _decoded(payload: bytes) -> object:
    try:
        return wire.from_json(payload)
    except wire.Malformed as malformed:
        raise Lost(Died("protocol", f"it sent {malformed}")) from None
