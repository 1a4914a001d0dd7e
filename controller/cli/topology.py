"""`show topology`: what rests on what, as a tree in the terminal or as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from controller.cli.completion import topologies
from controller.cli.screen import echo_json, picture_option, printable
from controller.conductor.graph.branches import lines, svg
from controller.conductor.orchestration.picture import pictured
from controller.conductor.orchestration.placement import bound, phenotypes_for
from controller.domains.network import NETWORK
from controller.genome.genome import compile_genome
from controller.language.on_disk import genome_around
from controller.ports import Blocked
from grammar.nearest import did_you_mean


@click.command("topology")
@click.argument("name", shell_complete=topologies)
@picture_option
@click.pass_obj
def show_topology(path: str, name: str, output: str) -> None:
    """Draw a topology: bridges, bonds, VLANs and what they rest on, for each of its phenotypes."""
    root = genome_around(Path(path))
    if root is None:
        raise Blocked(f"{path} lies in no genome", "germline -C GENOME show topology NAME")
    files = {
        file.relative_to(root).as_posix(): file.read_bytes()
        for folder in ("contracts", "phenotypes")
        for file in sorted((root / folder).rglob("*.sg"))
    }
    genome = compile_genome(files, NETWORK).value
    assert genome is not None
    topology = genome.topologies.get(name)
    if topology is None:
        known = ", ".join(genome.topologies) or "none"
        hint = did_you_mean(name, genome.topologies, f"topologies: {known}")
        raise Blocked(f"the genome has no topology {name}", hint or "")
    phenotypes = phenotypes_for(genome, name)
    bindings = {one: bound(genome.phenotypes[one], topology) for one in phenotypes}
    picture = pictured(topology, bindings)
    if output == "json":
        has = {one.name: one.kind for one in topology.has}
        echo_json({"topology": name, "has": has, "phenotypes": bindings})
    elif output == "svg":
        click.echo(svg(picture))
    else:
        click.echo("\n".join(map(printable, [picture.text, *lines(picture.below)])))
