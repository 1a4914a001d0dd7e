"""`controller`: the loop in the foreground, for a person or for systemd.

Under systemd every line begins with its syslog priority (sd-daemon(3)), and readiness, watchdog and
status go to the manager.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Final

import click

from controller import agent_limits, limits
from controller.adapters.endpoint import Endpoint, Telemetry
from controller.adapters.forge_token import VARIABLES, WEBHOOK, read_secret
from controller.adapters.service_manager import ServiceManager
from controller.adapters.webhook import Webhook
from controller.cli.run import gap_line, tell_left_out
from controller.cli.screen import printable
from controller.ports import Blocked
from controller.ports.vitals import LastPass
from controller.service import Service, Wake
from controller.stories.converge import PassResult
from controller.stories.vitals import take_vitals
from controller.wiring import Organism, open_organism

WARNING, NOTICE, INFO = 4, 5, 6
"""Priorities of syslog(3)."""
_JOURNAL: Final = "JOURNAL_STREAM"


@click.command()
@click.option("--once", is_flag=True, help="One pass, and others while agents run; then stop.")
@click.option(
    "--listen",
    metavar="ADDRESS",
    help="Serve /healthz, /readyz and /metrics: 127.0.0.1:9464, [::1]:9464 or unix:PATH.",
)
@click.option(
    "--webhook",
    metavar="ADDRESS",
    help="Hear the forge's webhooks at /webhook: 127.0.0.1:9465, behind a proxy with TLS.",
)
@click.pass_obj
def controller(path: str, once: bool, listen: str | None, webhook: str | None) -> None:
    """Compare what should be with what is, and close the gaps, until stopped.

    SIGTERM and Ctrl-C end it before the next action; SIGHUP has a pass begin at once.
    """
    with open_organism(Path(path)) as opened, opened.lock():
        for protection in opened.hands.bench.sandbox.missing():
            say(WARNING, f"This machine does not give genes' processes: {protection}")
        opened.log.seal()
        if once:
            _run_once(opened)
            return
        with ExitStack() as closing:
            telemetry = Telemetry()
            if listen is not None:
                endpoint = Endpoint(listen, telemetry)
                closing.callback(endpoint.close)
            wake = Wake()
            if webhook is not None:
                closing.callback(_hear(opened, telemetry, wake, webhook).close)
            _serve(opened, telemetry, wake)


def _run_once(opened: Organism) -> None:
    """One pass, and one more for each agent that it engaged, unless a person pauses it."""
    result = opened.controller.run_pass()
    tell(result)
    opened.last_pass.write(last_pass(opened, result))
    while opened.agents.running() and opened.chronicle.ledger.pause is None:
        over = opened.agents.wait(agent_limits.AGENT_POLL_SECONDS)
        opened.chronicle.refresh()
        if over or opened.chronicle.ledger.pause is not None:
            tell(opened.controller.run_pass())


def _hear(opened: Organism, telemetry: Telemetry, wake: Wake, address: str) -> Webhook:
    """Have a pass look at the forge whenever it calls."""
    secret = read_secret(WEBHOOK)
    if secret is None:
        raise Blocked(
            "there is no secret for webhooks",
            f"set {VARIABLES[WEBHOOK]}, or hand in the credential {WEBHOOK}",
        )

    def look() -> None:
        opened.publisher.look_now()
        wake.call()

    hears = Webhook(address, secret, look)
    host, port = hears.address
    say(INFO, f"Webhooks are heard at {host}:{port}")
    telemetry.webhooks = lambda: {"called": hears.called, "refused": hears.refused}
    return hears


def _serve(opened: Organism, telemetry: Telemetry, wake: Wake) -> None:
    stop = threading.Event()
    attendant = Attendant(opened, telemetry, ServiceManager())
    _on_signals(stop, wake, attendant)
    say(INFO, f"The controller works on {opened.gitdir.parent}. Ctrl-C stops it.")
    Service(opened.controller, opened.clock, opened.gitdir, stop, wake).run(attendant)
    attendant.manager.stopping()


class Attendant:
    """Tells the manager, the endpoint and the log how the loop goes: `service.Watcher`."""

    def __init__(self, opened: Organism, telemetry: Telemetry, manager: ServiceManager) -> None:
        self._opened = opened
        self._telemetry = telemetry
        self.manager = manager
        self.announced = False
        self._said: tuple[str, ...] = ()
        self._last_pass = opened.last_pass

    def passed(self, result: PassResult, pass_s: float, late_s: float) -> None:
        """See `service.Watcher`."""
        status = "main cannot be read"
        try:
            vitals = take_vitals(self._opened.controller, result, pass_s, late_s)
            self._telemetry.take(vitals)
            status = vitals.line()
        except Blocked as blocked:
            status = blocked.reason
        announced, self.announced = self.announced, True  # a signal may lower it from here on
        if announced:
            self.manager.status(status)
        else:
            self.manager.ready(status)
        self._last_pass.write(self._told(result))
        self._tell_once(result)

    def _told(self, result: PassResult) -> LastPass:
        return last_pass(self._opened, result, self._telemetry.webhooks().get("refused"))

    def alive(self) -> None:
        """See `service.Watcher`."""
        self.manager.alive()
        self._telemetry.beat()

    def _tell_once(self, result: PassResult) -> None:
        """A pass that says what the one before said is not told again."""
        said = (*result.troubles, *map(gap_line, result.gaps))
        if result.actions or said != self._said:
            tell(result)
        self._said = said


def last_pass(opened: Organism, result: PassResult, refused: int | None = None) -> LastPass:
    """A pass, for `germline status`."""
    events = opened.chronicle.ledger.length
    return LastPass(opened.clock.now(), events, result.troubles, refused)


def _on_signals(stop: threading.Event, wake: Wake, attendant: Attendant) -> None:
    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    def reload(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        attendant.manager.reloading()
        attendant.announced = False  # the next pass, which reads all again, says `ready`
        wake.call()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGHUP, reload)


def tell(result: PassResult) -> None:
    """A pass, for the log."""
    for trouble in result.troubles:
        say(WARNING, f"Trouble: {trouble}")
    if result.actions or result.gaps:
        say(INFO, f"{result.actions} actions, {len(result.gaps)} gaps")
        for gap in result.gaps[: limits.GAPS_TOLD]:
            say(NOTICE if gap.needs_person else INFO, f"  {gap_line(gap)}")
        tell_left_out(len(result.gaps))


def say(priority: int, text: str) -> None:
    """One line; with its priority where the journal reads, on standard error if it warns."""
    level = f"<{priority}>" if _JOURNAL in os.environ else ""
    click.echo(f"{level}{printable(text)}", err=priority <= WARNING)
