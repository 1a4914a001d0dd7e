"""`drift`: what no longer is as it was left. Exit code 2 if anything has drifted."""

from __future__ import annotations

import click

from controller.cli.completion import asked_for
from controller.cli.plan import leave, show_plans
from controller.cli.screen import format_option, organism
from controller.ports import Blocked
from controller.stories.drift import drifted, note_drift, satisfied
from controller.stories.mainline import read_main


@click.command()
@click.argument("name", required=False, shell_complete=asked_for)
@format_option
@click.pass_obj
def drift(path: str, name: str | None, output: str) -> None:
    """Show what has drifted of what NAME, or everything that was asked for, had made.

    It is told as a plan: what doing it again would change. Drift is recorded, and the controller's
    next pass mends it.
    """
    with organism(path) as opened:
        hands = opened.hands
        main = read_main(opened.repository, hands.bench.domain)
        records = satisfied(hands, main, name)
        if name is not None and not records:
            reason = f"nothing called {name} stands that was ever done"
            raise Blocked(reason, "germline express NAME asks for it; germline gaps shows the rest")
        plans = []
        for record in records:
            observed = hands.worlds.kernel(record.demand.world).observe()
            told = drifted(hands, main, record, observed)
            plans.append(told)
            if told.changes or told.problems:
                note_drift(hands, record, told)
    show_plans(name or "what was asked for", plans, output)
    leave(plans)
