"""Webhooks: what is signed wakes the controller, whatever else comes is counted and refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from collections.abc import Callable, Iterator

import pytest

from controller import forge_limits
from controller.adapters.endpoint import Telemetry
from controller.adapters.webhook import Webhook, signed

BODY = b'{"ref": "refs/heads/main"}'
SECRET = "correct horse"
KEY = b"0123456789abcdef0123456789abcdef"
STANDARD = "whsec_" + base64.b64encode(KEY).decode()
NOW = 1_700_000_000


def of(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard(body: bytes, at: int, key: bytes = KEY) -> dict[str, str]:
    made = hmac.new(key, f"id-1.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": "id-1",
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,AAAA v1,{base64.b64encode(made).decode()}",
    }


WAYS: dict[str, Callable[[bytes], dict[str, str]]] = {
    "github": lambda body: {"X-Hub-Signature-256": "sha256=" + of(body)},
    "forgejo": lambda body: {"X-Forgejo-Signature": of(body)},
    "gitea": lambda body: {"X-Gitea-Signature": of(body)},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_signature_holds_for_its_body_and_secret_alone(way: str) -> None:
    headers = WAYS[way](BODY)
    assert signed(headers, BODY, SECRET, NOW)
    assert signed({name.upper(): value for name, value in headers.items()}, BODY, SECRET, NOW)
    assert not signed(headers, BODY + b" ", SECRET, NOW)
    assert not signed(headers, BODY, SECRET + "!", NOW)


def test_gitlabs_signature_covers_the_time_and_grows_old() -> None:
    assert signed(standard(BODY, NOW), BODY, STANDARD, NOW)
    assert not signed(standard(BODY, NOW, b"x" * 32), BODY, STANDARD, NOW)
    late = NOW + forge_limits.WEBHOOK_AGE_SECONDS + 1
    assert not signed(standard(BODY, NOW), BODY, STANDARD, late)
    moved = {**standard(BODY, NOW), "webhook-timestamp": str(NOW + 400)}
    assert not signed(moved, BODY, STANDARD, late)
    assert not signed({**standard(BODY, NOW), "webhook-timestamp": "nan"}, BODY, STANDARD, NOW)


def test_gitlabs_plain_token_is_compared() -> None:
    assert signed({"X-Gitlab-Token": SECRET}, BODY, SECRET, NOW)
    assert not signed({"X-Gitlab-Token": "correct hors"}, BODY, SECRET, NOW)
    assert not signed({"X-Gitlab-Token": "gr\u00fc\u00df"}, BODY, SECRET, NOW)
    assert not signed({}, BODY, SECRET, NOW)


@pytest.fixture
def heard() -> Iterator[tuple[Webhook, list[str]]]:
    woken: list[str] = []
    webhook = Webhook("127.0.0.1:0", SECRET, lambda: woken.append("look"))
    yield webhook, woken
    webhook.close()


def call(webhook: Webhook, headers: dict[str, str], body: bytes = BODY, path: str = "") -> int:
    connection = http.client.HTTPConnection(*webhook.address, timeout=10)
    connection.request("POST", path or "/webhook", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_signed_call_wakes_and_another_is_refused_and_counted(
    heard: tuple[Webhook, list[str]],
) -> None:
    webhook, woken = heard
    assert call(webhook, WAYS["github"](BODY)) == 204
    assert call(webhook, WAYS["github"](b"other")) == 401
    assert call(webhook, {}) == 401
    assert call(webhook, WAYS["github"](BODY), path="/elsewhere") == 404
    assert call(webhook, {"Content-Length": "99999999999"}) == 413
    assert woken == ["look"]
    telemetry = Telemetry()
    telemetry.webhooks = lambda: {"called": webhook.called, "refused": webhook.refused}
    assert b'germline_webhooks_total{end="refused"} 2.0' in telemetry.exposed()
