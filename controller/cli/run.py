"""`gaps`: what should be and is not."""

from __future__ import annotations

from pathlib import Path

import click

from controller import limits
from controller.cli.screen import echo_json, folded, format_option, organism, printable
from controller.cli.system import gap_json, gaps_of_file, zone_option
from controller.conductor.obligation import Gap


def tell_left_out(gaps_found: int) -> None:
    """How many gaps are not told one by one."""
    if gaps_found > limits.GAPS_TOLD:
        click.echo(f"and {gaps_found - limits.GAPS_TOLD} more; `germline gaps --format json`")


@click.command()
@click.option("--system", type=click.Path(path_type=Path), help="A file with one system.")
@click.option(
    "--events",
    "log",
    type=click.Path(path_type=Path),
    help="A file of events, one JSON object a line, for --system.",
)
@click.option("--now", metavar="TIME", help="The moment to judge by (RFC 3339), for --system.")
@click.option(
    "--values",
    type=click.Path(path_type=Path),
    help="What projections said before the first event (JSON), for --system.",
)
@click.option("--tree", is_flag=True, help="Draw what is open of each system, event by event.")
@zone_option
@format_option
@click.pass_obj
def gaps(
    path: str,
    system: Path | None,
    log: Path | None,
    now: str | None,
    values: Path | None,
    tree: bool,
    zone: str,
    output: str,
) -> None:
    """What should have happened and has not.

    By default in the genome repository. With --system and --events, no repository is needed: the
    events are held against the system.
    """
    if system is not None and log is not None:
        gaps_of_file(system, log, now, values, zone, output)
        return
    if any(given is not None for given in (system, log, now, values)):
        raise click.UsageError("give --system and --events together; the others go with them")
    with organism(path) as opened:
        found = opened.controller.gaps()
        drawn = opened.controller.drawn() if tree and output != "json" else []
    if output == "json":
        echo_json([gap_json(gap) for gap in found])
        return
    for line in drawn[: limits.GAPS_DRAWN_LINES]:
        click.echo(printable(line))
    if len(drawn) > limits.GAPS_DRAWN_LINES:
        click.echo(f"… and {len(drawn) - limits.GAPS_DRAWN_LINES} more lines")
    if not found:
        click.echo("No gaps.")
    for gap in found[: limits.GAPS_TOLD]:
        click.echo(folded(gap_line(gap), "    "))
    tell_left_out(len(found))


def gap_line(gap: Gap) -> str:
    """A gap on one line."""
    obligation = gap.obligation
    arguments = ", ".join(f"{key}: {value}" for key, value in obligation.arguments.items())
    return (
        f"{obligation.level.upper()} {obligation.consequence}({arguments})  "
        f"{gap.kind.value} gap: {gap.status}"
    )
