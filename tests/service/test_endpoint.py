"""Health, readiness and metrics, asked over real sockets."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from controller import service_limits as limits
from controller.adapters.endpoint import Endpoint, Telemetry
from controller.ports import Blocked
from controller.ports.vitals import Dominant, Vitals

VITALS = Vitals(
    events=12,
    paused=False,
    pass_s=0.25,
    late_s=0.0,
    actions=3,
    troubles=("the world is out of reach",),
    needs_person=1,
    gaps={"reaction": 2},
    drafts={"merged": 1},
    trials={"confirmed": 4, "open": 1},
    dominants=(Dominant("lab", "bridge_uplink", "abc", 0.5, 5),),
)


class Time:
    """Monotonic seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def endpoint(telemetry: Telemetry) -> Iterator[tuple[str, int]]:
    opened = Endpoint("127.0.0.1:0", telemetry)
    try:
        host, port = opened.address[:2]  # type: ignore[index]
        yield host, port
    finally:
        opened.close()


def asked(address: tuple[str, int], path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_metrics_are_what_prometheus_reads() -> None:
    telemetry = Telemetry()
    telemetry.take(VITALS)
    telemetry.take(VITALS)
    with endpoint(telemetry) as address:
        code, text = asked(address, "/metrics")
    assert code == 200
    read = {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert read["germline_passes_total",] == 2
    assert read["germline_actions_total",] == 6
    assert read["germline_gaps", "reaction"] == 2
    assert read["germline_expressions", "confirmed"] == 4
    assert read["germline_fitness", "abc", "bridge_uplink", "lab"] == 0.5
    assert read["germline_troubles",] == 1


def test_it_is_ready_after_a_pass_and_not_while_it_is_paused() -> None:
    telemetry = Telemetry()
    with endpoint(telemetry) as address:
        assert asked(address, "/readyz") == (503, "the first pass has not ended\n")
        telemetry.take(VITALS)
        assert asked(address, "/readyz") == (200, "ok\n")
        telemetry.take(Vitals(0, True, 0, 0, 0, (), 0))
        assert asked(address, "/readyz") == (503, "paused by a person\n")
        assert asked(address, "/healthz") == (200, "ok\n")


def test_a_loop_that_does_not_move_is_not_healthy_until_it_moves() -> None:
    time = Time()
    telemetry = Telemetry(time)
    telemetry.take(VITALS)
    with endpoint(telemetry) as address:
        time.now += limits.HEALTH_SILENCE_SECONDS + 1
        code, why = asked(address, "/healthz")
        assert (code, why) == (503, "the loop has not moved for 91 s\n")
        telemetry.beat()
        assert asked(address, "/healthz") == (200, "ok\n")


def test_nothing_can_be_done_through_it() -> None:
    with endpoint(Telemetry()) as address:
        assert asked(address, "/../etc/passwd")[0] == 404
        assert asked(address, "/metrics", "POST")[0] == 501
        assert asked(address, "/metrics", "DELETE")[0] == 501


def test_a_unix_socket_is_taken_over_from_a_killed_controller_and_not_from_a_live_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    telemetry = Telemetry()
    first = Endpoint(f"unix:{path}", telemetry)
    try:
        with pytest.raises(Blocked, match="cannot listen"):
            Endpoint(f"unix:{path}", telemetry)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            line.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert line.recv(4096).startswith(b"HTTP/1.0 200")
    finally:
        first.close()
    assert not path.exists()


@pytest.mark.parametrize(
    ("listen", "reason"),
    [
        ("0.0.0.0:9464", "beyond loopback"),
        ("[::]:9464", "beyond loopback"),
        ("example.org:80", "no address"),
        ("9464", "no address"),
        ("127.0.0.1:http", "no address"),
        ("127.0.0.1:70000", "cannot listen|no address"),
        ("unix:/proc/nowhere/x", "cannot listen"),
    ],
)
def test_an_address_that_cannot_or_must_not_be_listened_on_is_refused(
    listen: str, reason: str
) -> None:
    with pytest.raises(Blocked, match=reason):
        Endpoint(listen, Telemetry())
