"""`express`: ask for a locus in a world, and see what becomes of it."""

from __future__ import annotations

import json
import time

import click

from controller import limits
from controller.cli.draft import person
from controller.cli.screen import complain, echo_json, folded, organism
from controller.conductor.ledger import DemandRecord
from controller.conductor.orchestration.run import Ending
from controller.domains.world import Json, JsonObject
from controller.ports import Blocked
from controller.stories.mainline import read_main
from controller.stories.request import request
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
    timeout: float,
    output: str,
) -> None:
    """Express locus NAME in a world: run it, verify it, heal it or say what it needs.

    Passes are run here, or by the controller if one works on this clone.
    """
    values = object_of(given)
    with organism(path) as opened:
        opened.chronicle.go_on()
        main = read_main(opened.repository, opened.hands.bench.domain)
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
            _report(result["run"])
            complain(str(result["state"]), f"germline gaps; germline why {demand[:8]}")
        raise SystemExit(1)


def _report(run: Json) -> None:
    """What a run that did not end well has done, undone, and never begun."""
    if not isinstance(run, dict) or run["outcome"] is None:
        return
    for key, word in (("done", "done"), ("undone", "undone"), ("not_begun", "not begun")):
        places = run[key]
        assert isinstance(places, list)
        if places:
            click.echo(folded(f"  {word:<10} step {', '.join(map(str, places))}", "             "))
    failed = run["failed"]
    assert isinstance(failed, dict)
    for place, reason in failed.items():
        click.echo(folded(f"  failed     step {place}: {reason}", "             "))


def object_of(given: str) -> JsonObject:
    """What `--input` holds. Raises `Blocked`."""
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
    gaps = [g for g in opened.controller.gaps() if g.obligation.trigger == demand]
    waits = any(g.needs_person or g.status.startswith("draft ") for g in gaps)
    return not gaps or waits


def _result(opened: Organism, record: DemandRecord) -> JsonObject:
    run = opened.chronicle.ledger.latest_run(record)
    trials = opened.chronicle.ledger.trials_of(record)
    gaps = [g for g in opened.controller.gaps() if g.obligation.trigger == record.demand.id]
    last = trials[-1] if trials else None
    worked = (last is not None and last.end == "confirmed") or (run and run.ending == Ending.DONE)
    state = "converged" if worked else "not expressed"
    if gaps:
        state = gaps[0].status
    return {
        "demand": record.demand.id,
        "state": state,
        "allele": last.allele if last else None,
        "output": last.output if last else {},
        "error": last.error if last else None,
        "trials": len(trials),
        "run": None if run is None else {"outcome": run.ending, **run.account},
    }
