"""What a person and a program see of the forge in a terminal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.forge.conftest import Publish, Published, on_one_forge
from tests.forge.project import TOKEN
from tests.forge.test_webhook import SECRET, of


def germline(at: Published, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "controller", "-C", str(at.on.path), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert TOKEN not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


@on_one_forge
def test_drafts_are_told_with_their_pull_requests(publish: Publish) -> None:
    at = publish()
    draft = at.propose()
    at.run()
    url = f"{at.server.url}/acme/genome/pulls/1"
    assert url in germline(at, "draft", "list")
    assert url in germline(at, "draft", "show", draft.name)
    assert json.loads(germline(at, "draft", "list", "--format", "json"))[0]["url"] == url
    told = " ".join(germline(at, "status").split())
    assert url in told
    assert "forge forgejo" in told
    assert "seen at 2026-01-01" in told


@on_one_forge
def test_status_tells_a_forge_that_is_out_of_reach(publish: Publish) -> None:
    at = publish()
    at.server.fault = "broken"
    at.propose()
    at.run()
    told = json.loads(germline(at, "status", "--format", "json"))["forge"]
    assert told["failures"] == 1
    assert "the forge answered 500" in told["trouble"]
    assert told["next_look"] > "2026-01-01"
    shown = " ".join(germline(at, "status").split())
    assert "tries that failed: 1, the next at 2026-01-01" in shown


@on_one_forge
def test_a_webhook_has_a_running_controller_look_at_once(publish: Publish) -> None:
    at = publish()
    at.propose()
    at.run()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "controller", "-C", str(at.on.path), "controller"),
            *("--webhook", "127.0.0.1:0"),
        ],
        env={**os.environ, "GERMLINE_FORGE_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        heard = process.stdout.readline()
        assert heard.startswith("Webhooks are heard at 127.0.0.1:")
        port = int(heard.strip().rsplit(":", 1)[1])
        _until(lambda: at.relations().looked_at is not None and _recent(at))
        at.project.close(1)
        seen = at.relations().looked_at
        _call(port)
        _until(lambda: at.relations().looked_at != seen)
        _until(lambda: at.on.organism.repository.drafts() == ())
        _call(port, "another secret's", 401)
        _call(port)  # so that there is another pass
        _until(lambda: told(at)["controller"]["webhooks_refused"] == 1)
        assert told(at)["controller"]["running"] is True
        assert "1 were refused" in " ".join(germline(at, "status").split())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _recent(at: Published) -> bool:
    looked = at.relations().looked_at
    return looked is not None and looked.timestamp() > time.time() - 3600


def told(at: Published) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(germline(at, "status", "--format", "json"))
    return found


def _call(port: int, signature: str = "", status: int = 204) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"X-Forgejo-Signature": signature or of(b"{}")}
    connection.request("POST", "/webhook", b"{}", headers)
    assert connection.getresponse().status == status
    connection.close()


def _until(true: Callable[[], bool]) -> None:
    """Looks again and again, for a minute at most."""
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)
