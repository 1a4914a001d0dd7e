"""`events append`: one event as arguments, or many as lines of JSON on standard input."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from controller.cli.draft import person
from controller.cli.screen import format_option
from controller.history.intake import Refused, read_line
from controller.limits import APPEND_READ_BYTES, EVENT_BYTES
from controller.ports import Blocked
from controller.stories.append import Acknowledged, Intake
from controller.wiring import open_log


@click.command()
@click.option("--type", "kind", help="What happened, such as interaction.created.")
@click.option("--subject", help="What it is about.")
@click.option("--data", help="What is to be said of it, a JSON object.")
@click.option("--cause", help="The id of the event that led to it, or a unique beginning of it.")
@click.option("--time", help="When it happened, such as 2026-11-01T12:00:00Z; else now.")
@click.option("--actor", help="Who did it; else you.")
@format_option
@click.pass_obj
def append(path: str, /, output: str, **given: str | None) -> None:
    """Append events: one as options, or else one a line on standard input.

    A line is a JSON object with `type` and, if wanted, `subject`, `data`, `time`, `cause` and
    `actor`. Events are acknowledged when they are durable, in batches. A wrong line is refused
    by its number; those before it are in the log, those after it are not.
    """
    with open_log(Path(path)) as opened:
        intake = Intake(opened.log, opened.index, opened.clock, person())
        if given["kind"] is not None:
            _append_one(intake, given, output)
        elif any(value is not None for value in given.values()):
            raise Blocked("an event needs a --type", "such as --type interaction.created")
        elif sys.stdin.isatty():
            raise Blocked(
                "there is nothing to append", "give --type, or lines of JSON on standard input"
            )
        else:
            _append_lines(intake, output)


def _append_one(intake: Intake, given: dict[str, str | None], output: str) -> None:
    names = {"kind": "type"}
    members = {names.get(name, name): value for name, value in given.items() if value is not None}
    parts = [f"{json.dumps(n)}:{json.dumps(v)}" for n, v in members.items() if n != "data"]
    if (data := members.get("data")) is not None:
        parts.append(f'"data":{_one_value(data)}')
    line = f"{{{','.join(parts)}}}".encode(errors="surrogateescape")
    try:
        _acknowledge(intake.take(1, read_line(line), len(line)), output, numbered=False)
    except Refused as wrong:
        raise Blocked(f"the event is refused: {wrong.reason}", wrong.hint) from wrong
    _acknowledge(intake.flush(), output, numbered=False)


def _one_value(data: str) -> str:
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Blocked(
            f"--data is not JSON: {error}", """such as '{"duration_s": 900}'"""
        ) from error
    return data


def _append_lines(intake: Intake, output: str) -> None:
    number = 0
    try:
        for line in _lines(lambda: _acknowledge(intake.flush(), output)):
            number += 1
            if line.strip():
                _acknowledge(intake.take(number, read_line(line), len(line)), output)
    except Refused as wrong:
        _acknowledge(intake.flush(), output)
        raise Blocked(
            f"line {number} is refused: {wrong.reason}",
            f"{wrong.hint}; the lines before it are in the log: go on from line {number}",
        ) from wrong
    _acknowledge(intake.flush(), output)


def _acknowledge(done: Iterable[Acknowledged], output: str, *, numbered: bool = True) -> None:
    for one in done:
        ids = [event.id for event in one.events]
        if output == "json":
            lines = {"lines": [one.first_line, one.last_line]} if numbered else {}
            click.echo(json.dumps({"appended": len(ids), **lines, "ids": ids}))
        elif numbered:
            for event_id in ids:
                click.echo(event_id)
        else:
            click.echo(f"Appended {ids[0]}")


def _lines(idle: Callable[[], None]) -> Iterator[bytes]:
    """The lines of standard input; `idle` is called whenever nothing more is there to read.

    So whoever writes a line and waits for its acknowledgement gets it. A line longer than an
    event may be is given as far as it was read, to be refused.
    """
    descriptor, rest = sys.stdin.fileno(), b""
    while chunk := os.read(descriptor, APPEND_READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > EVENT_BYTES:
            break
        if not select.select([descriptor], [], [], 0)[0]:
            idle()
    if rest:
        yield rest
