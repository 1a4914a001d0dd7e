"""`show system`, and `gaps --system`: what a system demands, and what of it is unmet.

Both work on files alone; where a genome lies around them, its thresholds count.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from controller import limits
from controller.adapters.clock import SystemClock
from controller.cli.screen import echo_json, picture_option, printable
from controller.cli.topology import show_topology
from controller.conductor.graph.branches import lines, svg
from controller.conductor.graph.calendar import zone_named
from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.drawing import drawn
from controller.conductor.graph.evaluator import Evaluator, Values
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.graph import Graph
from controller.conductor.graph.of_contracts import CONTRACTS, graph_of_contracts
from controller.conductor.graph.reading import read_events
from controller.conductor.graph.showing import as_branch, as_json
from controller.conductor.graph.state import State
from controller.conductor.obligation import PRIORITY, Gap
from controller.domains.network import NETWORK
from controller.domains.world import JsonObject
from controller.genome.surroundings import surroundings
from controller.history.event import rfc3339
from controller.history.intake import Refused, read_time
from controller.language.on_disk import (
    content,
    genome_around,
    sources_in_genome,
    surrounding_files,
)
from controller.language.sources import Source, read_source
from controller.ports import Blocked
from grammar.diagnostic import Diagnostic, Parsed
from grammar.report import human
from grammar.sg.nodes import GeneContract
from grammar.system.nodes import System

zone_option = click.option(
    "--zone", default="UTC", show_default=True, help="The time zone that days are counted in."
)


@click.group()
def show() -> None:
    """Show what people wrote as the controller understands it."""


show.add_command(show_topology)


@show.command("system")
@click.argument("name")
@picture_option
@zone_option
@click.pass_obj
def show_system(path: str, name: str, output: str, zone: str) -> None:
    """Show the consequence graph of a system: what must follow from what, and always hold.

    NAME is a system of the genome, a file that has one, or `contracts`: what the genome's
    contracts demand with `verify:` and `feeds:`. What is not evaluated is told on standard error.
    """
    file = Path(name)
    compiled = (
        compiled_file(file, zone) if file.is_file() else _compiled_named(Path(path), name, zone)
    )
    graph = compiled.value
    assert graph is not None
    if output == "json":
        echo_json(as_json(graph))
    elif output == "svg":
        click.echo(svg(as_branch(graph)))
    else:
        root = as_branch(graph)
        click.echo("\n".join([printable(root.text), *map(printable, lines(root.below))]))
    if compiled.diagnostics:
        click.echo(human(compiled.diagnostics), err=True)


def compiled_file(file: Path, zone: str) -> Parsed[Graph]:
    """The graph of the one system in a file. Raises `Blocked`."""
    source = read_source(str(file), content(file))
    systems = _systems(source)
    if len(systems) != 1:
        raise Blocked(f"{file} has {len(systems)} systems", 'one `system "NAME" { … }` is needed')
    return _compiled(systems[0], genome_around(file.resolve().parent), zone)


def _compiled_named(root: Path, name: str, zone: str) -> Parsed[Graph]:
    genome = genome_around(root)
    if genome is None:
        raise Blocked(f"there is no file {name}, and {root} lies in no genome", "name a file")
    found: dict[str, System] = {}
    contracts: list[GeneContract] = []
    for file in sources_in_genome(genome):
        source = read_source(str(file), content(file))
        contracts += source.document.genes
        if source.document.systems:
            found.update({system.name: system for system in _systems(source)})
    if name == CONTRACTS and name not in found:
        return Parsed(graph_of_contracts(contracts), ())
    if name not in found:
        there = ", ".join([*sorted(found), CONTRACTS])
        raise Blocked(f"the genome has no system {name}", f"systems: {there}")
    return _compiled(found[name], genome, zone)


def _systems(source: Source) -> tuple[System, ...]:
    if source.errors:
        click.echo(human(source.errors), err=True)
        raise Blocked(f"{source.path} has mistakes", f"`germline check {source.path}` shows them")
    return source.document.systems


def _compiled(system: System, genome: Path | None, zone: str) -> Parsed[Graph]:
    if zone_named(zone) is None:
        raise Blocked(f"there is no time zone {zone}", "such as UTC or Europe/Berlin")
    files = {} if genome is None else surrounding_files(genome)
    return compile_system(system, surroundings(NETWORK, files).thresholds, zone)


def gaps_of_file(
    system: Path, events: Path, now: str | None, values: Path | None, zone: str, output: str
) -> None:
    """`gaps --system FILE --events FILE`: evaluate without a repository."""
    compiled = compiled_file(system, zone)
    assert compiled.value is not None
    moment = _moment(now)
    evaluator = Evaluator(compiled.value)
    state = evaluator.initial(None if values is None else _values(values))
    try:
        with events.open("rb") as lines_of:
            evaluator.step(state, read_events(lines_of), moment)
    except OSError as error:
        raise Blocked(f"{events} cannot be read: {error.strerror}", "name a file") from error
    found = gaps_of(evaluator, state, moment)
    if output == "json":
        echo_json([gap_json(gap) for gap in found])
        return
    _tell(evaluator, state, moment, found)
    _tell_left_out(compiled.diagnostics, system)


def _moment(now: str | None) -> str:
    if now is None:
        return rfc3339(SystemClock().now())
    try:
        return rfc3339(read_time(now))
    except Refused as refused:
        raise Blocked(f"--now: {refused.reason}", refused.hint) from refused


def _values(file: Path) -> Values:
    try:
        return msgspec.json.decode(content(file), type=dict[str, dict[str, dict[str, Any]]])
    except msgspec.DecodeError as error:
        raise Blocked(
            f"{file} has no values of projections: {error}",
            'such as {"engagement": {"c1": {"trend": 50}}}',
        ) from error


def _tell(evaluator: Evaluator, state: State, now: str, found: tuple[Gap, ...]) -> None:
    for line in drawn(evaluator, state, now):
        click.echo(printable(line))
    if not found:
        click.echo("No gaps.")
        return
    click.echo(f"{len(found)} gaps at {now}, the most severe first:")
    for gap in found[: limits.GAPS_TOLD]:
        click.echo(printable(f"  {line_of(gap)}"))
    if len(found) > limits.GAPS_TOLD:
        click.echo(f"  and {len(found) - limits.GAPS_TOLD} more; `--format json` lists them all")


def _tell_left_out(remarks: tuple[Diagnostic, ...], file: Path) -> None:
    if remarks:
        count = f"{len(remarks)} parts of the system are known in part or by name only"
        click.echo(f"Note: {count}; `germline show system {file}` lists them.", err=True)


def line_of(gap: Gap) -> str:
    """A gap on one line, for people."""
    one = gap.obligation
    arguments = ", ".join(f"{name}: {value}" for name, value in one.arguments.items())
    return (
        f"{one.level.upper()} {one.consequence}({arguments})  {gap.kind.value} gap: {gap.status} "
        f"({one.severity}, {PRIORITY[one.level]} priority, due {rfc3339(one.due)})"
    )


def gap_json(gap: Gap) -> JsonObject:
    """A gap for programs."""
    one = gap.obligation
    return {
        "kind": gap.kind.value,
        "level": one.level,
        "consequence": one.consequence,
        "args": one.arguments,
        "trigger": one.trigger,
        "due": rfc3339(one.due),
        "severity": one.severity,
        "status": gap.status,
        "needs_person": gap.needs_person,
    }
