"""What every command shares: how a genome is opened and how trouble is told."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from controller.domains.world import JsonObject
from controller.ports import Blocked, ControllerError
from controller.wiring import Organism, open_organism

NARROW = 80
"""Columns that every screen must fit."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

TRACEBACK = "GERMLINE_TRACEBACK"
"""The environment variable that asks for the traceback of a bug."""

format_option = click.option(
    "--format",
    "output",
    type=click.Choice(["human", "json"]),
    default="human",
    show_default=True,
    help="For people or for programs.",
)

picture_option = click.option(
    "--format",
    "output",
    type=click.Choice(["human", "json", "svg"]),
    default="human",
    show_default=True,
    help="For people, for programs, or a picture.",
)


class Germline(click.Group):
    """The command group; turns expected trouble into `Error:` and `Hint:`."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run from the shell: a bug is reported in two lines as well."""
        if not os.environ.get(TRACEBACK):
            sys.excepthook = _report_bug
        return super().main(*args, **kwargs)

    def invoke(self, context: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(context)
        except ControllerError as trouble:
            complain(trouble.reason, trouble.hint)
            context.exit(1)
        except KeyboardInterrupt:
            click.echo("Interrupted. Nothing is half done: the next pass carries on.", err=True)
            context.exit(INTERRUPTED)
        except BrokenPipeError:
            _leave_no_flush_behind()
            context.exit(1)


def _leave_no_flush_behind() -> None:
    """Nobody reads on: what is still buffered would fail once more when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _report_bug(kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
    """What nobody foresaw: where it happened, and how to see more."""
    place = traceback.extract_tb(trace)[-1] if trace else None
    where = f" ({Path(place.filename).name}:{place.lineno})" if place else ""
    complain(
        f"this is a bug in germline: {kind.__name__}: {bug}{where}",
        f"{TRACEBACK}=1 shows the traceback; please report it",
    )


def complain(reason: str, hint: str = "") -> None:
    """Tell what is wrong and what to do about it."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {reason}", err=True)
    if hint:
        click.echo(f"{click.style('Hint:', fg='cyan', bold=True)} {hint}", err=True)


@contextmanager
def organism(path: str) -> Iterator[Organism]:
    """The genome repository at `path`, its history read."""
    with open_organism(Path(path)) as opened:
        opened.chronicle.refresh()
        yield opened


def echo_json(value: object) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def width() -> int:
    """Columns to write in."""
    return min(shutil.get_terminal_size((NARROW, 24)).columns, 100)


def printable(text: str) -> str:
    """Text without what would steer a terminal; line ends and the like as escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def folded(text: str, indent: str = "") -> str:
    """Text folded to the terminal, later lines indented."""
    return textwrap.fill(
        text, width(), initial_indent="", subsequent_indent=indent, break_on_hyphens=False
    )


def object_of(given: str) -> JsonObject:
    """What `--input` holds. Raises `Blocked`."""
    try:
        values = json.loads(given)
    except ValueError as wrong:
        raise Blocked(f"--input is not JSON: {wrong}", '--input \'{"name": "value"}\'') from wrong
    if not isinstance(values, dict):
        raise Blocked("--input is not a JSON object", '--input \'{"name": "value"}\'')
    return values
