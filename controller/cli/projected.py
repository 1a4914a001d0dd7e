"""`why projection:LOCUS/KEY`: from a row of a projection to the events that it came from."""

from __future__ import annotations

from contextlib import closing

import click

from controller.cli.projection import asked_of
from controller.cli.screen import echo_json, folded
from controller.domains.world import Json, JsonObject
from controller.stories.lineage_projection import Origin, origins
from controller.stories.mainline import Main
from controller.stories.project import opened
from controller.wiring import Organism

PROJECTED = "projection:"
"""How a reference to a row of a projection begins."""


def explain_projected(organism: Organism, main: Main, ref: str, output: str) -> None:
    """Print the rows and edges that `LOCUS/KEY` names, each with its events. Raises `Blocked`."""
    locus, _, key = ref.partition("/")
    tools = organism.projector
    live = asked_of(organism, main, locus, None)
    with closing(opened(tools, live)) as store:
        found = origins(tools.chronicle, organism.index, locus, store, key)
    if output == "json":
        echo_json([_as_json(locus, live.allele.sha, origin) for origin in found])
        return
    for origin in found:
        _show(locus, live.allele.short, origin)


def _as_json(locus: str, allele: str, origin: Origin) -> JsonObject:
    chain: list[Json] = [
        {"event": e.id, "time": e.time, "type": e.type, "data": e.data} for e in origin.events
    ]
    return {
        "projection": locus,
        "allele": allele,
        "name": [*origin.name],
        "holds": origin.holds,
        "chain": chain,
        "left_out": origin.bounded,
    }


def _show(locus: str, allele: str, origin: Origin) -> None:
    click.echo(folded(f"{locus} {' '.join(origin.name)}  (built by {allele})", "    "))
    for name, value in (origin.holds or {}).items():
        click.echo(folded(f"    {name}: {value}", "        "))
    click.echo("Because:")
    for index, event in enumerate(origin.events):
        told = ", ".join(f"{name}: {value}" for name, value in event.data.items())
        line = f"  {event.id[:8]}  {event.time[:19]}  {event.type}  {told}"
        click.echo(folded(line, " " * 12))
        if origin.bounded and index == 0:
            click.echo("            … others that are not kept one by one …")
