"""Telling the story: events become lines, the kernel's tables become evidence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.status import Status
from rich.text import Text

from controller.domains.world import Json, JsonObject, Kernel, Operation
from controller.history.event import Event
from controller.stories.why import say

NARROWEST = 40
"""Columns below which a transcript is not folded further."""

GOOD, BAD, PLAIN = "green", "red", "default"


class Narrator:
    """Writes the transcript; on a terminal, with a live line about what is being waited for."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def chapter(self, number: int, title: str) -> None:
        """A new step of the story."""
        self._console.print()
        self._console.print(Text(f"{number}. {title}", style="bold"))

    def line(self, text: str, style: str = PLAIN) -> None:
        """One line of the transcript."""
        self._folded(text, 3, style)

    def quote(self, lines: Sequence[str]) -> None:
        """Evidence, as a table or another program has it."""
        for line in lines:
            self._folded(line, 5, "dim")

    def _folded(self, text: str, indent: int, style: str) -> None:
        """Later lines of what is too long stand four columns further in."""
        lead = len(text) - len(text.lstrip())
        folded = textwrap.wrap(
            text,
            max(self._console.width, NARROWEST),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + lead + 4),
            break_on_hyphens=False,
            drop_whitespace=False,
        )
        for line in folded or [""]:
            self._console.print(Text(line.rstrip(), style=style), soft_wrap=True)

    def event(self, event: Event) -> None:
        """One event of the log."""
        self.line(f"{event.time[11:19]}  {say(event)}", _style(event))

    def verdict(self, text: str, *, good: bool) -> None:
        """How it ended."""
        self._console.print()
        self._console.print(Panel(Text(text), style=GOOD if good else BAD, expand=False))

    def waiting(self, text: str) -> Status:
        """A live line while something is waited for."""
        return self._console.status(text)


def _style(event: Event) -> str:
    data = event.data
    if event.type in ("expression.finished", "diagnostic.reported", "trial.judged", "draft.proved"):
        fine = data.get("immediate") or data.get("healthy") or data.get("passed")
        return GOOD if fine else BAD
    if event.type in ("draft.merged", "transaction.confirmed", "search.finished"):
        return GOOD if data.get("found", True) else BAD
    return PLAIN


def evidence(locus: str, output: JsonObject) -> list[str]:
    """What an unhealthy diagnostic saw, a line for each thing that is wrong."""
    lines = []
    for entry in _listed(output.get("stale")):
        lines.append(
            f"{entry['seen_from']}: {entry['mac']} dev {entry['port']}"
            f"  (leads away; expected {entry['expected']})"
        )
    for probe in _listed(output.get("unreachable")):
        lines.append(
            f"{probe['seen_from']}: {probe['answered']} of {probe['sent']} pings to "
            f"{probe['address']} answered"
        )
    for move in _listed(output.get("moves")):
        lines.append(f"{move['mac']} moved {move['transitions']} times: {move['ports']}")
    if output.get("error"):
        lines.append(f"{locus}: {output['error']}")
    return lines


def _listed(value: Json) -> list[JsonObject]:
    return _records(value) if isinstance(value, list) else []


def tables(kernel: Kernel, bridge: str) -> list[str]:
    """Where each switch that can be seen sends the bridge's frames, read from its table."""
    mac = _record(kernel.perform(Operation("link", {"interface": bridge})))["mac"]
    ports = _ends(kernel, bridge)
    lines = []
    for vantage in _records(kernel.perform(Operation("vantages", {}))):
        if vantage["role"] != "switch":
            continue
        name = vantage["name"]
        asked: JsonObject = {"vantage": name, "mac": mac}
        for entry in _records(kernel.perform(Operation("vantage_fdb", asked))):
            leads = ports.get((str(name), str(entry["port"])), "another machine")
            lines.append(f"{name}: {mac} dev {entry['port']} master {entry['bridge']}  ({leads})")
    return lines or ["no switch has an entry for the bridge's MAC"]


def _ends(kernel: Kernel, bridge: str) -> dict[tuple[str, str], str]:
    attached = kernel.perform(Operation("bridge_ports", {"bridge": bridge}))
    assert isinstance(attached, list)
    ends = {}
    for link in _records(kernel.perform(Operation("list_links", {}))):
        if link["kind"] != "nic":
            continue
        far = kernel.perform(Operation("far_end", {"interface": link["name"]}))
        if isinstance(far, dict):
            state = "the uplink" if link["name"] in attached else "not a port"
            ends[(str(far["vantage"]), str(far["interface"]))] = f"{link['name']}: {state}"
    return ends


def _record(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


def _records(value: Json) -> list[JsonObject]:
    assert isinstance(value, list)
    return [_record(item) for item in value]
