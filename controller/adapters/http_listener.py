"""A small HTTP server in a thread of its own: what `endpoint` and `webhook` have in common.

It says nothing of itself, logs no request, and waits for nobody longer than
`ENDPOINT_REQUEST_SECONDS`. What is answered is for who opens it to say.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from controller import service_limits


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, and a body of a media type."""

    code: int
    body: bytes = b""
    kind: str = "text/plain"


class Handler(BaseHTTPRequestHandler):
    """One request, of a method that `answering` was given an answer for."""

    server_version = "germline"
    sys_version = ""
    timeout = service_limits.ENDPOINT_REQUEST_SECONDS

    def reply(self, reply: Reply) -> None:
        """Answer; whoever asked may have gone."""
        with suppress(OSError):
            self.send_response(reply.code)
            if reply.body:
                self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests are counted where they count, and not logged: there is one every few seconds."""

    def address_string(self) -> str:
        """Nobody: a Unix socket's peer has no address to look up."""
        return "somebody"


def answering(method: str, answer: Callable[[Handler], Reply]) -> type[Handler]:
    """The handler of a server that knows this one method."""
    return type("Answering", (Handler,), {f"do_{method}": lambda self: self.reply(answer(self))})


class Listener:
    """Has a server answer until `close`."""

    def __init__(self, server: socketserver.BaseServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> object:
        """Where it listens: a path, or host and port."""
        return self._server.server_address

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
