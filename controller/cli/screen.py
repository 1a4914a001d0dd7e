"""What every command shares: how a genome is opened and how trouble is told."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from controller.ports import Blocked

if TYPE_CHECKING:
    from controller.domains.world import JsonObject
    from controller.wiring import Organism

NARROW = 80
"""Columns that every screen must fit."""

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


def complain(reason: str, hint: str = "") -> None:
    """Tell what is wrong and what to do about it."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {reason}", err=True)
    if hint:
        click.echo(f"{click.style('Hint:', fg='cyan', bold=True)} {hint}", err=True)


@contextmanager
def organism(path: str) -> Iterator[Organism]:
    """The genome repository at `path`, its history read."""
    from controller.wiring import open_organism  # noqa: PLC0415 - nearly all of the program

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
