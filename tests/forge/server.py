"""A forge for tests: real git over HTTP, and one of three documented APIs over one project.

Each API is a module with `answer(project, request) -> Answer`. What goes wrong is set in `fault`:

    slow git    the same, for git
    slow        no answer before the client gives up
    rate        a used up rate: 429 or 403 with the headers that each forge documents
    broken      500
    nonsense    a proxy's page
    expired     401, for git as well
    read only   403 for whatever git would push
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.forge.project import NAME, TOKEN, Project

PAGE = 2
"""The most that a listing gives at once here, so that every client has to turn pages."""


@dataclass(frozen=True)
class Request:
    """One request to an API. `path` is unquoted and without the query."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, object]
    base: str


@dataclass(frozen=True)
class Answer:
    """What comes back; `body` is sent as JSON unless it is text."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


Api = Callable[[Project, Request], Answer]


def page(request: Request, rows: list[object], size_key: str = "per_page") -> Answer:
    """One page of a listing with the headers that name the others (RFC 8288)."""
    size = min(int(request.query.get(size_key, PAGE)), PAGE)
    number = int(request.query.get("page", 1))
    shown = rows[(number - 1) * size : number * size]
    headers = {"X-Total-Count": str(len(rows)), "X-Page": str(number), "X-Per-Page": str(size)}
    if number * size < len(rows):
        rest = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "page")
        headers["Link"] = f'<{request.base}{request.path}?{rest}&page={number + 1}>; rel="next"'
        headers["X-Next-Page"] = str(number + 1)
    return Answer(200, shown, headers)


class ForgeServer:
    """Serves a project until `close`."""

    def __init__(self, project: Project, api: Api, limited: Callable[[], Answer]) -> None:
        self.project = project
        self.fault = ""
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._api = api
        self._limited = limited
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def git_url(self) -> str:
        """The project's repository."""
        return f"{self.url}/{NAME}.git"

    def close(self) -> None:
        """Listen no more."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request, authorised: bool) -> Answer:
        """What the API says, or what the fault does."""
        self.asked.append(f"{request.method} {request.path}")
        if self.fault == "slow":
            self.released.wait()
        if self.fault == "broken":
            return Answer(500, {"message": "Internal Server Error"})
        if self.fault == "nonsense":
            return Answer(200, "<html><body>Welcome to the proxy</body></html>")
        if self.fault == "rate":
            return self._limited()
        if self.fault == "expired" or not authorised:
            return Answer(401, {"message": "Bad credentials"})
        with self.lock:
            self.project.look()
            return self._api(self.project, request)


def reset_in(seconds: int) -> str:
    """A moment in seconds since the epoch, for the headers of a used up rate."""
    return str(int(time.time()) + seconds)


def _handler(server: ForgeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name in ("do_GET", "do_POST", "do_PUT", "do_PATCH"):
                return self._serve
            raise AttributeError(name)

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            if parts.path.startswith(f"/{NAME}.git/"):
                self._git(parts.path, parts.query, raw)
                return
            try:
                body = json.loads(raw) if raw else {}
            except ValueError:
                body = {}
            query = dict(parse_qsl(parts.query))
            request = Request(self.command, unquote(parts.path), query, body, server.url)
            given = server.answer(request, self._authorised())
            text = given.body if isinstance(given.body, str) else json.dumps(given.body)
            kind = "text/html" if isinstance(given.body, str) else "application/json"
            self._send(given.status, text.encode(), {"Content-Type": kind, **given.headers})

        def _authorised(self) -> bool:
            given = self.headers.get("Authorization", "").split(" ")[-1]
            return TOKEN in (given, self.headers.get("PRIVATE-TOKEN"))

        def _git(self, path: str, query: str, raw: bytes) -> None:
            """git http-backend(1), for whoever has the token."""
            given = self.headers.get("Authorization", "")
            if server.fault == "slow git":
                server.released.wait()
            pair = base64.b64decode(given.removeprefix("Basic ")).decode() if given else ""
            if pair.partition(":")[2] != TOKEN or server.fault == "expired":
                self._send(401, b"", {"WWW-Authenticate": 'Basic realm="forge"'})
                return
            if server.fault == "read only" and "receive-pack" in path + query:
                self._send(403, b"You are not allowed to push code to this project.", {})
                return
            done = subprocess.run(
                ["git", "http-backend"],
                input=raw,
                capture_output=True,
                check=False,
                env={
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(server.project.path.parents[1]),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(len(raw)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                    "REMOTE_USER": "controller",
                },
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if line)
            status = int(headers.pop("Status", "200").split()[0])
            self._send(status, body, headers)

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

    return Handler
