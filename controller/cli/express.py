"""`express`: ask for a locus in a world, and see what becomes of it."""

from __future__ import annotations

import json
import time

import click

from controller import limits
from controller.cli.completion import asked_for, phenotypes, worlds
from controller.cli.draft import person
from controller.cli.plan import prune_option
from controller.cli.screen import complain, echo_json, folded, object_of, organism
from controller.cli.trials import named_source
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import Gap
from controller.conductor.orchestration.run import Ending
from controller.conductor.orchestration.telling import several
from controller.domains.world import Json, JsonObject
from controller.membrane.verdict import Held, Refused, needs_person
from controller.ports import Blocked
from controller.stories.mainline import read_main
from controller.stories.merge import demand_of, judge
from controller.stories.ordeals import undergo
from controller.stories.request import request, request_intent
from controller.stories.subjects import Asked, subjects_of
from controller.stories.try_source import Tried, try_source
from controller.stories.why import say
from controller.wiring import Organism
from grammar.sg.composition import Remedy

CONVERGED = "converged"


@click.command()
@click.argument("name", shell_complete=asked_for)
@click.option("--input", "given", help="The input, a JSON object; a topology's is its phenotype's.")
@click.option(
    "--on",
    "world",
    shell_complete=worlds,
    help="simulated, twin, netns:NAME or host:NAME, as in germline.toml.",
)
@prune_option
@click.option(
    "--phenotype",
    shell_complete=phenotypes,
    help="Instead of the one that germline.toml gives the world.",
)
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
@click.option(
    "--ordeals",
    is_flag=True,
    help="If it converged: does it survive time and flapping links? Tried on a twin of the world.",
)
@click.option("--format", "output", type=click.Choice(["human", "json"]), default="human")
@click.pass_obj
def express(
    path: str,
    name: str,
    given: str | None,
    world: str | None,
    prune: bool,
    phenotype: str | None,
    allele: str | None,
    timeout: float,
    ordeals: bool,
    output: str,
) -> None:
    """Express NAME: run it, verify it, heal it or say what it needs.

    NAME is a locus or a pathway in a world; a topology, for which a world is made what it says; or
    an intent, whose hosts are made so.

    Passes are run here, or by the controller if one works on this clone.
    """
    asked = Asked(name, world, None if given is None else object_of(given), phenotype)
    with organism(path) as opened:
        opened.chronicle.go_on()
        if allele is not None:
            _try(opened, asked, allele, output)
            return
        demand = _demanded(opened, asked, prune=prune)
        told = opened.chronicle.ledger.length - 1
        _follow(opened, demand, told, timeout, quiet=output == "json")
        record = opened.chronicle.ledger.demands[demand]
        result = _result(opened, record)
        if ordeals and record.trials and result["state"] == CONVERGED:
            result |= _undergo(opened, record, quiet=output == "json")
    if output == "json":
        echo_json(result)
    if result["state"] == CONVERGED:
        return
    if output != "json":
        _report(result["run"])
        _report_hosts(result["fleet"])
        complain(str(result["state"]), f"germline gaps; germline why {demand[:8]}")
    raise SystemExit(1)


def _undergo(opened: Organism, record: DemandRecord, *, quiet: bool) -> dict[str, Json]:
    """Try the ordeals on what the last trial left; what is told of the demand besides."""
    main = read_main(opened.repository, opened.hands.bench.domain)
    trial = opened.chronicle.ledger.trials_of(record)[-1]
    with opened.acting():
        undergone = undergo(opened.hands, main.genome, trial)
    for one in () if quiet else undergone:
        state = {True: "healthy", False: "UNHEALTHY", None: "not tried"}[one.healthy]
        click.echo(folded(f"  {state:9}  {one.title} ({one.detail})", " " * 13))
    told: dict[str, Json] = {"ordeals": [one.as_json() for one in undergone]}
    if any(one.healthy is False for one in undergone):
        told["state"] = "it does not last"
    return told


def _demanded(opened: Organism, asked: Asked, *, prune: bool) -> str:
    """Demand what is asked for. Raises `Blocked` if a world does not fit that must."""
    main = read_main(opened.repository, opened.hands.bench.domain)
    subjects = subjects_of(opened.hands, main, asked)
    unfit = [one for one in subjects if one.problem]
    for one in unfit:
        complain(f"{one.host or one.world}: {one.problem}")
    intent = main.genome.intents.get(asked.name)
    preserving = intent is not None and Remedy.PRESERVE in intent.on_failure
    if unfit and not (preserving and len(unfit) < len(subjects)):
        reason = f"{several(len(unfit), 'world')} of {len(subjects)} cannot be {asked.name}"
        raise Blocked(reason, f"nothing was touched; `germline plan {asked.name}` tells more")
    if intent is not None:
        return request_intent(opened.chronicle, main, intent.name, person(), prune=prune)
    (one,) = subjects
    return request(
        opened.chronicle,
        opened.hands.worlds,
        main,
        asked.name,
        one.world,
        one.values,
        one.phenotype,
        person(),
        prune=prune,
    )


def _try(opened: Organism, asked: Asked, allele: str, output: str) -> None:
    """Try a source, tell what became of it, exit 1 if it did not pass."""
    if asked.world is None:
        raise Blocked("a source is tried in one world", "say which: --on WORLD")
    main = read_main(opened.repository, opened.hands.bench.domain)
    locus, world, values = asked.name, asked.world, asked.values or {}
    _, source = named_source(main.genome, locus, allele)
    with opened.acting():
        tried = try_source(
            opened.hands,
            main,
            opened.clock,
            locus,
            world,
            values,
            asked.phenotype,
            source,
            person(),
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
    decomposed = run.get("decomposed")
    for place, reason in decomposed.items() if isinstance(decomposed, dict) else ():
        click.echo(folded(f"  {place}: by its steps, since in one piece: {reason}", " " * 13))
    inside = run.get("inside")
    for place, remedy in inside.items() if isinstance(inside, dict) else ():
        click.echo(folded(f"  step {place} failed: {remedy}", "             "))


def _report_hosts(fleet: Json) -> None:
    """Which hosts of an intent that did not end well are done, and why others are not."""
    if not isinstance(fleet, dict) or fleet["outcome"] is None:
        return
    done, failed = fleet["done"], fleet["failed"]
    assert isinstance(done, list)
    assert isinstance(failed, dict)
    click.echo(folded(f"  done       {', '.join(map(str, done)) or 'no host'}", " " * 13))
    for host, reason in failed.items():
        click.echo(folded(f"  failed     {host}: {reason}", " " * 13))


def _follow(opened: Organism, demand: str, told: int, timeout: float, *, quiet: bool) -> None:
    """Let passes happen until the demand rests, telling each event on the way."""
    deadline = time.monotonic() + timeout
    lock = opened.lock()
    ours = lock.take()
    try:
        while time.monotonic() < deadline:
            wake_at = opened.controller.run_pass().wake_at if ours else None
            told = _tell(opened, told, quiet=quiet)
            if _rests(opened, demand, ours=ours):
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


def _rests(opened: Organism, demand: str, *, ours: bool) -> bool:
    """True when the demand is satisfied, waits for a person, or cannot start.

    After a pass that was `ours`, an open draft waits for somebody else; while another controller
    works it may be about to be merged.
    """
    record = opened.chronicle.ledger.demands[demand]
    if record.refusal is not None or record.handed_over is not None:
        return True
    if demand not in opened.chronicle.ledger.standing.values():
        return True
    gaps = _gaps(opened, record)
    if any(gap.needs_person for gap in gaps):
        return True
    if any(gap.status.startswith("draft ") for gap in gaps):
        return ours or _draft_rests(opened, demand)
    return not gaps


def _draft_rests(opened: Organism, demand: str) -> bool:
    """True when no controller goes on by itself with the draft that would close a demand's gap."""
    main = opened.controller.main()
    ledger = opened.chronicle.ledger
    drafts = [d for d in opened.repository.drafts() if demand_of(ledger, d) == demand]
    verdicts = [judge(opened.membrane, d, main.policy, person=False) for d in drafts]
    rests = (needs_person(v) or isinstance(v, Held | Refused) for v in verdicts)
    return bool(verdicts) and all(rests)


def _gaps(opened: Organism, record: DemandRecord) -> list[Gap]:
    """What is open of a demand: itself, or what its contract has verified of a trial."""
    own = {record.demand.id, *record.trials}
    return [gap for gap in opened.controller.gaps() if gap.obligation.trigger in own]


def _result(opened: Organism, record: DemandRecord) -> JsonObject:
    run = opened.chronicle.ledger.latest_run(record)
    trials = opened.chronicle.ledger.trials_of(record)
    gaps = _gaps(opened, record)
    last = trials[-1] if trials else None
    fleet = opened.chronicle.ledger.latest_fleet(record)
    done = any(one is not None and one.ending == Ending.DONE for one in (run, fleet))
    worked = done or (last is not None and last.end == "confirmed")
    state = CONVERGED if worked else "not expressed"
    if gaps:
        state = gaps[0].status
    return {
        "demand": record.demand.id,
        "world": record.demand.world,
        "state": state,
        "allele": last.allele if last else None,
        "output": last.output if last else {},
        "error": last.error if last else None,
        "trials": len(trials),
        "run": None if run is None else {"outcome": run.ending, **run.account},
        "fleet": None if fleet is None else {"outcome": fleet.ending, **fleet.account},
    }
