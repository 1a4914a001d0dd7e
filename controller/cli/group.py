"""The command group: finds a command where its module is, and tells trouble in two lines.

A module is imported when its command runs, so that help and completion do not wait for all of the
program. What `--help` says of each command stands in the table of `controller.cli`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

TRACEBACK = "GERMLINE_TRACEBACK"
"""The environment variable that asks for the traceback of a bug."""


class Place(NamedTuple):
    """`module:attribute` of a command, below `controller.cli`, and what `--help` says of it."""

    at: str
    help: str


class Germline(click.Group):
    """The command group; turns expected trouble into `Error:` and `Hint:`."""

    def __init__(self, *, places: Mapping[str, Place], **settings: Any) -> None:
        super().__init__(**settings)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the table's order."""
        return list(self.places)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The command of a name, imported now."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.at.partition(":")
        command = getattr(import_module(f"controller.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """The commands as `--help` lists them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.help) for name, place in self.places.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, or the options."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=place.help)
            for name, place in self.places.items()
            if name.startswith(incomplete)
        ]

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run from the shell: a bug is reported in two lines as well."""
        if not os.environ.get(TRACEBACK):
            sys.excepthook = _report_bug
        return super().main(*args, **kwargs)

    def invoke(self, context: click.Context) -> Any:
        """Run a command."""
        from controller.ports import ControllerError  # noqa: PLC0415 - help needs none of it

        try:
            return super().invoke(context)
        except ControllerError as trouble:
            _complain(trouble.reason, trouble.hint)
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
    _complain(
        f"this is a bug in germline: {kind.__name__}: {bug}{where}",
        f"{TRACEBACK}=1 shows the traceback; please report it",
    )


def _complain(reason: str, hint: str) -> None:
    from controller.cli.screen import complain  # noqa: PLC0415 - help needs none of it

    complain(reason, hint)
