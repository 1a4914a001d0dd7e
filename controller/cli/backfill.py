"""`backfill`: a person's word on what a changed system asks of older events."""

from __future__ import annotations

import click

from controller.cli.draft import person
from controller.cli.screen import organism
from controller.stories.backfill import decide_backfill
from controller.stories.mainline import read_main
from grammar.system.nodes import Backfill

_POLICIES = [policy.value for policy in Backfill if policy is not Backfill.HUMAN]


@click.command()
@click.argument("system")
@click.argument("policy", type=click.Choice(_POLICIES))
@click.pass_obj
def backfill(path: str, system: str, policy: str) -> None:
    """Decide whether what SYSTEM newly demands is asked of older events.

    For changes that were made under `backfill_policy: human_decision`: `sequential` has the
    controller work off the past, `prospective_only` leaves the past alone.
    """
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        server = opened.controller.server
        event, count = decide_backfill(server, main, system, Backfill(policy), person())
    became = "are worked off" if policy == Backfill.SEQUENTIAL else "are not asked for"
    click.echo(f"{count} obligations of older events {became} ({event.id[:12]}).")
