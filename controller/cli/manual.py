"""Manual pages of every command, from what `--help` says: `make man` calls it.

Rendered in man(7)'s macros, as man-pages(7) orders sections; the same program gives the same bytes.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import click

from controller.cli import main

EXITS = (
    ("0", "It was done."),
    ("1", "It was refused, or failed."),
    ("2", "Something would change or has drifted (plan, drift, fmt --check); or wrong usage."),
    ("130", "It was interrupted; nothing is half done."),
)


def pages() -> dict[str, str]:
    """File name → page, of `germline` and of all commands below it."""
    context = click.Context(main, info_name="germline", **main.context_settings)
    return {f"{name}.1": page for name, page in _pages(main, context, "germline")}


def _pages(command: click.Command, context: click.Context, name: str) -> Iterator[tuple[str, str]]:
    yield name, "\n".join(_page(command, context, name)) + "\n"
    for child, below in _children(command, context):
        inner = click.Context(child, info_name=below, parent=context)
        yield from _pages(child, inner, f"{name}-{below}")


def _children(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, str]]:
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            child = command.get_command(context, below)
            if child is not None and not child.hidden:
                yield child, below


def _page(command: click.Command, context: click.Context, name: str) -> Iterator[str]:
    title = _text(name.upper())
    yield '.\\" -*- coding: utf-8 -*-'
    yield f'.TH "{title}" "1" "" "germline {_text(version("germline"))}" "Germline"'
    yield ".SH NAME"
    yield f"{_text(name)} \\- {_text(_first(command))}"
    yield ".SH SYNOPSIS"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\\fB{_text(context.command_path)}\\fP {_text(usage)}"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(command.help or "")
    options = (one for one in command.get_params(context) if isinstance(one, click.Option))
    told = (option.get_help_record(context) for option in options)
    yield from _list("OPTIONS", [record for record in told if record is not None])
    below = _children(command, context)
    yield from _list("COMMANDS", [(f"{name}-{one}(1)", _first(child)) for child, one in below])
    yield from _list("EXIT STATUS", EXITS)
    if context.parent is not None:
        yield ".SH SEE ALSO"
        yield f"\\fB{_text(name.rpartition('-')[0])}\\fP(1)"


def _first(command: click.Command) -> str:
    """What a command does, in one line."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split()).rstrip(".")


def _paragraphs(help_text: str) -> Iterator[str]:
    """Click's own marking of paragraphs: blank lines between them, `\\b` before one to be kept."""
    for paragraph in inspect.cleandoc(help_text).replace("\f", "").split("\n\n"):
        lines = [_line(line) for line in paragraph.splitlines() if line.strip() != "\b"]
        yield ".PP"
        yield from (".nf", *lines, ".fi") if paragraph.startswith("\b") else lines


def _list(heading: str, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    if entries:
        yield f".SH {heading}"
    for term, told in entries:
        yield ".TP"
        yield f"\\fB{_text(' '.join(term.split()))}\\fP"
        yield _line(" ".join(told.split()))


def _line(text: str) -> str:
    """A line of text, which a leading dot or apostrophe would make a request."""
    shown = _text(text.strip())
    return f"\\&{shown}" if shown.startswith((".", "'")) else shown


def _text(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")


def write(directory: Path) -> int:
    """Write all pages there; how many they are."""
    made = pages()
    directory.mkdir(parents=True, exist_ok=True)
    for name, page in made.items():
        (directory / name).write_text(page, encoding="utf-8")
    return len(made)


if __name__ == "__main__":
    click.echo(f"{write(Path(sys.argv[1]))} pages in {sys.argv[1]}")
