"""`express`: ask for a locus in a world, and see what becomes of it."""

from __future__ import annotations

import json
import time

import click

from controller import limits
from controller.cli.draft import person
from controller.cli.screen import complain, echo_json, folded, organism
from controller.cli.trials import named_source
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.ports import Blocked
from controller.stories.mainline import Main, read_main
from controller.stories.request import request
from controller.stories.try_source import Tried, try_source
from controller.stories.why import say
from controller.wiring import Organism


@click.command()
@click.argument("name")
@click.option("--input", "given", required=True, help="The locus's input, a JSON object.")
@click.option(
    "--on", "world", required=True, help="simulated or netns:NAME, as germline.toml has it."
)
@click.option("--phenotype", help="Instead of the one that germline.toml gives the world.")
@click.option(
    "--allele",
    help="Try this source instead, a file or a registered allele, and undo what it did: "
    "nothing is registered, promoted or left.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=limits.EXPRESS_WAIT_SECONDS,
    show_default=True,
    help="Seconds to wait for the outcome; the demand stands whatever happens.",
)
@click.option("--format", "output", type=click.Choice(["human", "json"]), default="human")
@click.pass_obj
def express(
    path: str,
    name: str,
    given: str,
    world: str,
    phenotype: str | None,
    allele: str | None,
    timeout: float,
    output: str,
) -> None:
    """Express locus NAME in a world: run it, verify it, heal it or say what it needs.

    Passes are run here, or by the controller if one works on this clone.
    """
    values = _object(given)
    with organism(path) as opened:
        opened.chronicle.go_on()
        main = read_main(opened.repository, opened.hands.bench.domain)
        if allele is not None:
            _try(opened, main, name, world, values, phenotype, allele, output)
            return
        demand = request(
            opened.chronicle,
            opened.hands.worlds,
            main,
            name,
            world,
            values,
            phenotype,
            person(),
        )
        told = opened.chronicle.ledger.length
        _follow(opened, demand, told, timeout, quiet=output == "json")
        record = opened.chronicle.ledger.demands[demand]
        result = _result(opened, record)
    if output == "json":
        echo_json(result)
    if result["state"] != "converged":
        if output != "json":
            complain(str(result["state"]), f"germline gaps; germline why {demand[:8]}")
        raise SystemExit(1)


def _try(
    opened: Organism,
    main: Main,
    locus: str,
    world: str,
    values: JsonObject,
    phenotype: str | None,
    allele: str,
    output: str,
) -> None:
    """Try a source, tell what became of it, exit 1 if it did not pass."""
    _, source = named_source(main.genome, locus, allele)
    with opened.acting():
        tried = try_source(
            opened.hands, main, opened.clock, locus, world, values, phenotype, source, person()
        )
    if output == "json":
        echo_json(tried.as_json())
    else:
        _tell_tried(tried)
    if not tried.passed:
        if output != "json":
            complain(f"{tried.allele[:12]} did not pass", "nothing of it was kept")
        raise SystemExit(1)


def _tell_tried(tried: Tried) -> None:
    for operation in tried.done.operations:
        given = ", ".join(f"{key}={value}" for key, value in operation.arguments.items())
        click.echo(folded(f"  did      {operation.name} {given}", " " * 11))
    for refused in tried.done.refused:
        click.echo(folded(f"  refused  {refused.reason}", " " * 11))
    if tried.done.error is not None:
        click.echo(folded(f"  error    {tried.done.error}", " " * 11))
    for finding in tried.findings:
        said = "healthy" if finding.healthy else f"unhealthy: {json.dumps(finding.output)}"
        click.echo(folded(f"  {finding.locus}: {said}", " " * 11))
    click.echo("  undone" if not tried.left else f"  left: {'; '.join(tried.left)}")


def _object(given: str) -> JsonObject:
    try:
        values = json.loads(given)
    except ValueError as wrong:
        raise Blocked(f"--input is not JSON: {wrong}", '--input \'{"name": "value"}\'') from wrong
    if not isinstance(values, dict):
        raise Blocked("--input is not a JSON object", '--input \'{"name": "value"}\'')
    return values


def _follow(opened: Organism, demand: str, told: int, timeout: float, *, quiet: bool) -> None:
    """Let passes happen until the demand rests, telling each event on the way."""
    deadline = time.monotonic() + timeout
    lock = opened.lock()
    ours = lock.take()
    try:
        while time.monotonic() < deadline:
            wake_at = opened.controller.run_pass().wake_at if ours else None
            told = _tell(opened, told, quiet=quiet)
            if _rests(opened, demand):
                return
            now = opened.clock.now()
            wait = limits.EXPRESS_POLL_SECONDS
            if wake_at is not None:
                wait = max(wait, (wake_at - now).total_seconds())
            opened.clock.sleep(min(wait, max(0.0, deadline - time.monotonic())))
    finally:
        lock.release()


def _tell(opened: Organism, told: int, *, quiet: bool) -> int:
    opened.chronicle.refresh()
    if not quiet:
        for event in opened.log.since(told):
            click.echo(f"  {event.time[11:19]}  {say(event)}")
    return opened.chronicle.ledger.length


def _rests(opened: Organism, demand: str) -> bool:
    """True when the demand is satisfied, waits for a person, or cannot start."""
    record = opened.chronicle.ledger.demands[demand]
    if record.refusal is not None or record.handed_over is not None:
        return True
    if demand not in opened.chronicle.ledger.standing.values():
        return True
    gaps = _gaps(opened, record)
    waits = any(g.needs_person or g.status.startswith("draft ") for g in gaps)
    return not gaps or waits


def _gaps(opened: Organism, record: DemandRecord) -> list[Gap]:
    """What is open of a demand: itself, or what its contract has verified of a trial."""
    own = {record.demand.id, *record.trials}
    return [gap for gap in opened.controller.gaps() if gap.obligation.trigger in own]


def _result(opened: Organism, record: DemandRecord) -> JsonObject:
    trials = opened.chronicle.ledger.trials_of(record)
    gaps = _gaps(opened, record)
    last = trials[-1] if trials else None
    state = "converged" if last is not None and last.end == "confirmed" else "not expressed"
    if gaps:
        state = gaps[0].status
    return {
        "demand": record.demand.id,
        "state": state,
        "allele": last.allele if last else None,
        "output": last.output if last else {},
        "error": last.error if last else None,
        "trials": len(trials),
    }
