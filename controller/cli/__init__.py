"""`germline`: one file for each group of commands.

Exit codes: 0 done, 1 refused or failed, 2 something would change or has drifted. What the world
or a person got wrong is printed as `Error: …` then `Hint: …`; no traceback reaches a user.
"""

from __future__ import annotations

import click

from controller.cli.backfill import backfill
from controller.cli.brake import pause, resume
from controller.cli.controller import controller
from controller.cli.demo import demo
from controller.cli.doctor import doctor
from controller.cli.draft import draft
from controller.cli.drift import drift
from controller.cli.events import events
from controller.cli.express import express
from controller.cli.fitness import fitness
from controller.cli.forget import forget, vault
from controller.cli.formatting import fmt
from controller.cli.genome import explain, init
from controller.cli.history import lineage, why
from controller.cli.language import check, diff, doc, lsp
from controller.cli.plan import plan_command
from controller.cli.projection import projection
from controller.cli.run import gaps, status
from controller.cli.screen import Germline
from controller.cli.service import service
from controller.cli.signing import key
from controller.cli.system import show
from controller.cli.topology import show_topology
from controller.cli.trials import test


@click.group(cls=Germline, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "--genome",
    "path",
    type=click.Path(file_okay=False),
    default=".",
    show_default=True,
    help="The genome repository.",
)
@click.version_option(package_name="germline")
@click.pass_context
def main(context: click.Context, path: str) -> None:
    """Grow, prove, express and take back implementations of contracts, by git."""
    context.obj = path


show.add_command(show_topology)
for command in (
    init,
    check,
    explain,
    fmt,
    doc,
    diff,
    show,
    lsp,
    status,
    doctor,
    gaps,
    lineage,
    fitness,
    why,
    plan_command,
    drift,
    express,
    test,
    draft,
    key,
    events,
    projection,
    forget,
    vault,
    backfill,
    controller,
    service,
    pause,
    resume,
    demo,
):
    main.add_command(command)
