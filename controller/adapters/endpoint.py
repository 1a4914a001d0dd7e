"""Health, readiness and metrics over HTTP, on loopback or a Unix socket. Reads only.

    GET /healthz   200 while passes end in time, else 503    (liveness)
    GET /readyz    200 once a pass ended, not paused, main readable; else 503 and why
    GET /metrics   Prometheus' text format

Nothing here can act: there is no other method, and a request's body is never read. Beyond
loopback nothing is listened to; whoever wants more puts a proxy before it.
"""

from __future__ import annotations

import ipaddress
import socket
import socketserver
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0
from prometheus_client.registry import Collector

from controller import service_limits as limits
from controller.adapters.http_listener import Handler, Listener, Reply, answering
from controller.ports import Blocked
from controller.ports.vitals import Vitals

UNIX: Final = "unix:"


@dataclass(frozen=True, slots=True)
class Pulse:
    """The latest vitals when they were taken (monotonic seconds), and totals since then."""

    vitals: Vitals | None = None
    at: float = 0.0
    passes: int = 0
    actions: int = 0


class Telemetry(Collector):
    """What the endpoint tells. The service sets it, requests read it, from other threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pulse = Pulse(at=now())
        self.webhooks: Callable[[], Mapping[str, int]] = dict
        """Webhooks heard, by what became of them; set by who hears them."""
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def take(self, vitals: Vitals) -> None:
        """A pass ended."""
        was = self._pulse
        self._pulse = Pulse(vitals, self._now(), was.passes + 1, was.actions + vitals.actions)

    def beat(self) -> None:
        """The loop goes round, though no pass has ended."""
        self._pulse = replace(self._pulse, at=self._now())

    def healthy(self) -> str | None:
        """Why the controller is not well, if it is not."""
        silent = self._now() - self._pulse.at
        bound = limits.HEALTH_SILENCE_SECONDS
        return f"the loop has not moved for {silent:.0f} s" if silent > bound else None

    def ready(self) -> str | None:
        """Why the controller does nothing now, if it does not."""
        vitals = self._pulse.vitals
        if vitals is None:
            return "the first pass has not ended"
        if vitals.paused:
            return "paused by a person"
        return self.healthy()

    def exposed(self) -> bytes:
        """All metrics, as text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """See `prometheus_client`: called for every request."""
        pulse = self._pulse
        yield _total("passes", "Passes since the start.", pulse.passes)
        yield _total("actions", "Actions taken since the start.", pulse.actions)
        webhooks = CounterMetricFamily("germline_webhooks", "Webhooks heard.", labels=["end"])
        for end, count in sorted(self.webhooks().items()):
            webhooks.add_metric([end], count)
        yield webhooks
        if pulse.vitals is not None:
            yield from _families(pulse.vitals)


def _families(vitals: Vitals) -> Iterable[Metric]:
    yield _gauge("events", "Events in the log.", vitals.events)
    yield _gauge("paused", "1 while a person has paused the controller.", int(vitals.paused))
    yield _gauge("pass_seconds", "How long the latest pass took.", vitals.pass_s)
    yield _gauge("loop_lag_seconds", "How much later it began than it was due.", vitals.late_s)
    yield _gauge("troubles", "What the latest pass could not reach.", len(vitals.troubles))
    yield _gauge("needs_person", "Gaps that nobody but a person can close.", vitals.needs_person)
    yield _gauge("drifted", "Demands whose world has drifted and is not mended.", vitals.drifted)
    for name, help_text, label, counts in (
        ("gaps", "Unmet obligations.", "kind", vitals.gaps),
        ("drafts", "Proposals.", "state", vitals.drafts),
        ("expressions", "Expressions, by how their transaction ended.", "end", vitals.trials),
    ):
        family = GaugeMetricFamily(f"germline_{name}", help_text, labels=[label])
        for value, count in sorted(counts.items()):
            family.add_metric([value], count)
        yield family
    labels = ["phenotype", "locus", "allele"]
    fitness = GaugeMetricFamily("germline_fitness", "Of each dominant allele.", labels=labels)
    for one in vitals.dominants:
        fitness.add_metric([one.phenotype, one.locus, one.allele], one.fitness)
    yield fitness


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"germline_{name}", help_text, value=value)


def _total(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"germline_{name}", help_text, value=value)


class Endpoint:
    """A server on `unix:PATH` or `HOST:PORT`, where HOST is a loopback address."""

    def __init__(self, listen: str, telemetry: Telemetry) -> None:
        """Listen. Raises `Blocked` where that cannot be."""
        handler = answering("GET", lambda request: _answered(telemetry, request.path))
        self._path: Path | None = None
        try:
            if listen.startswith(UNIX):
                self._path = Path(listen.removeprefix(UNIX))
                _clear(self._path)
                server: socketserver.BaseServer = socketserver.UnixStreamServer(
                    str(self._path), handler
                )
                self._path.chmod(0o660)
            else:
                server = _server(listen, handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            hint = "another process may have it; `--listen 127.0.0.1:9464` or `unix:/run/…`"
            raise Blocked(f"cannot listen on {listen}: {reason}", hint) from error
        self._listener = Listener(server)

    @property
    def address(self) -> object:
        """Where it listens: a path, or host and port."""
        return self._listener.address

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


class _Server(socketserver.TCPServer):
    """One request at a time: a slow one holds the others up for its timeout, not the controller."""

    allow_reuse_address = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server(listen: str, handler: type[Handler]) -> socketserver.BaseServer:
    host, _, port = listen.rpartition(":")
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        address, number = ipaddress.ip_address(name), int(port)
    except ValueError as error:
        hint = "such as 127.0.0.1:9464, [::1]:9464 or unix:/run/germline/metrics.sock"
        raise Blocked(f"{listen} is no address to listen on", hint) from error
    if not address.is_loopback:
        hint = "metrics name phenotypes and loci; put a proxy that knows its users before it"
        raise Blocked(f"{listen} is beyond loopback", hint)
    kind = _Server6 if address.version == 6 else _Server
    return kind((name, number), handler)


def _clear(path: Path) -> None:
    """Take a socket away that a killed controller left; a live one is left alone."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)


def _answered(telemetry: Telemetry, path: str) -> Reply:
    if path == "/metrics":
        return Reply(200, telemetry.exposed(), CONTENT_TYPE_PLAIN_1_0_0)
    if path in ("/healthz", "/readyz"):
        wrong = telemetry.healthy() if path == "/healthz" else telemetry.ready()
        return Reply(503 if wrong else 200, f"{wrong or 'ok'}\n".encode())
    return Reply(404, b"there are /healthz, /readyz and /metrics\n")
