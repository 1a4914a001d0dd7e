"""Hears a forge's webhooks, and has the controller look at the forge. It does nothing else.

    POST /webhook   204 if the signature holds, 401 if not

What a webhook says is never read, only its signature is checked, in constant time: whoever has the
secret can make the controller look, no more. Built by `germline controller --webhook`. Forges reach
it through a proxy that speaks TLS, as nothing here does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from typing import Final

from controller import forge_limits
from controller.adapters.http_listener import Handler, Listener, Reply, answering
from controller.ports import Blocked

STANDARD: Final = "whsec_"
"""Begins a secret of Standard Webhooks, as GitLab makes them; its key follows in base64."""


def signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """True if the body was signed with the secret, in one of the ways of the forges.

    GitHub: `X-Hub-Signature-256: sha256=HEX`. Forgejo and Gitea: `X-Forgejo-Signature` or
    `X-Gitea-Signature: HEX`. GitLab: `webhook-signature: v1,BASE64` over id, time and body
    (Standard Webhooks), not older than `WEBHOOK_AGE_SECONDS`, or its older `X-Gitlab-Token`, which
    is the secret itself. `now` in seconds since the epoch.
    """
    low = {name.lower(): value for name, value in headers.items()}
    digest = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    candidates = {
        "x-hub-signature-256": f"sha256={digest}",
        "x-forgejo-signature": digest,
        "x-gitea-signature": digest,
        "x-gitlab-token": secret,
    }
    if "webhook-signature" in low:
        return _standard(low, body, secret, now)
    return any(
        hmac.compare_digest(low[name].encode(), wanted.encode())
        for name, wanted in candidates.items()
        if name in low
    )


def _standard(low: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix(STANDARD), validate=True)
        at = float(low["webhook-timestamp"])
        name = low["webhook-id"]
    except (KeyError, ValueError):
        return False
    if not abs(now - at) <= forge_limits.WEBHOOK_AGE_SECONDS:
        return False
    content = f"{name}.{low['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    given = low["webhook-signature"].split(" ")
    return any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given)


class Webhook:
    """A server on HOST:PORT. `called` and `refused` count requests by their signature."""

    def __init__(self, listen: str, secret: str, wake: Callable[[], None]) -> None:
        """Listen. Raises `Blocked` where that cannot be."""
        self.called = 0
        self.refused = 0
        self._secret = secret
        self._wake = wake
        self._lock = threading.Lock()
        host, _, port = listen.rpartition(":")
        try:
            handler = answering("POST", lambda request: Reply(_judged(self, request)))
            server = ThreadingHTTPServer((host.strip("[]"), int(port)), handler)
        except (OSError, OverflowError, ValueError) as error:
            hint = "such as 127.0.0.1:9465, behind a proxy that speaks TLS"
            raise Blocked(f"cannot hear webhooks on {listen}: {error}", hint) from error
        server.daemon_threads = True
        self._listener = Listener(server)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        address = self._listener.address
        assert isinstance(address, tuple)
        return str(address[0]), int(address[1])

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """One webhook: count it, and wake the controller if it is signed."""
        good = signed(headers, body, self._secret, time.time())
        with self._lock:
            self.called += good
            self.refused += not good
        if good:
            self._wake()
        return good

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()


def _judged(webhook: Webhook, request: Handler) -> int:
    """The status that a request is answered with."""
    given = request.headers.get("Content-Length", "")
    if request.path != "/webhook":
        return 404
    if not (given.isascii() and given.isdigit()):
        return 411
    length = int(given)
    if length > forge_limits.WEBHOOK_BYTES:
        return 413
    body = request.rfile.read(length)
    if len(body) != length:
        return 400
    return 204 if webhook.take(dict(request.headers.items()), body) else 401
