"""`pause`, `resume`: the brake."""

from __future__ import annotations

from pathlib import Path

import click

from controller.cli.draft import person
from controller.ports import Blocked
from controller.stories import brake
from controller.wiring import open_log


@click.command()
@click.argument("why")
@click.pass_obj
def pause(path: str, why: str) -> None:
    """Halt everything but reads until `germline resume`, and say WHY.

    What a gene has begun stays as it is; it is undone when the controller goes on. What people
    do themselves is not halted: events they append, subjects they forget, commits they push.
    """
    reason = _reason(why)
    with open_log(Path(path)) as opened:
        stands = brake.standing(opened.log, opened.index)
        if stands is not None:
            click.echo(f"Paused already by {stands.by} since {stands.since}: {stands.reason}")
            return
        brake.pause(opened.log, opened.clock, person(), reason)
    click.echo("Paused. Reads go on; `germline resume` lets the rest go on.")


@click.command()
@click.argument("why", default="")
@click.pass_obj
def resume(path: str, why: str) -> None:
    """Let a paused controller go on; WHY is for the log."""
    with open_log(Path(path)) as opened:
        stands = brake.standing(opened.log, opened.index)
        if stands is None:
            click.echo("Nothing is paused.")
            return
        brake.resume(opened.log, opened.clock, person(), why.strip(), stands)
    click.echo(f"Resumed what {stands.by} paused at {stands.since}: {stands.reason}")


def _reason(why: str) -> str:
    reason = why.strip()
    if not reason:
        raise Blocked(
            "a pause needs a reason", 'germline pause "the core switch is being replaced"'
        )
    return reason
