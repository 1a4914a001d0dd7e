"""`controller`, `status`, `gaps`: running the loop and seeing how far it is."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click

from controller import agent_limits, limits
from controller.cli.agents import agents_told, show_agents
from controller.cli.screen import echo_json, folded, format_option, organism, printable
from controller.cli.system import gap_json, gaps_of_file, zone_option
from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.membrane.proof import Proof
from controller.service import serve
from controller.stories.converge import PassResult
from controller.stories.mainline import Main, read_main
from controller.stories.promote import standing
from controller.wiring import Organism, open_organism


@click.command()
@click.option("--once", is_flag=True, help="One pass, and others while agents run; then stop.")
@click.pass_obj
def controller(path: str, once: bool) -> None:
    """Compare what should be with what is, and close the gaps, until stopped."""
    with open_organism(Path(path)) as opened, opened.lock():
        missing = opened.hands.bench.sandbox.missing()
        for protection in missing:
            click.echo(f"This machine does not give genes' processes: {protection}", err=True)
        opened.log.seal()
        if once:
            _run_once(opened)
            return
        stop = threading.Event()
        _stop_on_signals(stop)
        click.echo(f"The controller works on {opened.gitdir.parent}. Ctrl-C stops it.")
        serve(opened.controller, opened.clock, opened.gitdir, stop, _tell)


def _run_once(opened: Organism) -> None:
    """One pass, and one more for each agent that it engaged, unless a person pauses it."""
    _tell(opened.controller.run_pass())
    while opened.agents.running() and opened.chronicle.ledger.pause is None:
        over = opened.agents.wait(agent_limits.AGENT_POLL_SECONDS)
        opened.chronicle.refresh()
        if over or opened.chronicle.ledger.pause is not None:
            _tell(opened.controller.run_pass())


def _stop_on_signals(stop: threading.Event) -> None:
    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)


def _tell(result: PassResult) -> None:
    for trouble in result.troubles:
        click.echo(f"Trouble: {trouble}", err=True)
    if result.actions or result.gaps:
        click.echo(f"{result.actions} actions, {len(result.gaps)} gaps")
        for gap in result.gaps[: limits.GAPS_TOLD]:
            click.echo(f"  {_line(gap)}")
        _tell_left_out(len(result.gaps))


def _tell_left_out(gaps_found: int) -> None:
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
        click.echo(folded(_line(gap), "    "))
    _tell_left_out(len(found))


def _line(gap: Gap) -> str:
    obligation = gap.obligation
    arguments = ", ".join(f"{key}: {value}" for key, value in obligation.arguments.items())
    return (
        f"{obligation.level.upper()} {obligation.consequence}({arguments})  "
        f"{gap.kind.value} gap: {gap.status}"
    )


@click.command()
@format_option
@click.pass_obj
def status(path: str, output: str) -> None:
    """What is expressed, how it does, what is missing and what waits."""
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        told = _status(opened, main)
    if output == "json":
        echo_json(told)
    else:
        _show_status(told)


def _status(opened: Organism, main: Main) -> JsonObject:
    expressed: list[JsonObject] = []
    for name, phenotype in main.genome.phenotypes.items():
        for expression in phenotype.expresses:
            for place, allele in enumerate(main.genome.stack(name, expression.locus)):
                record = standing(main, opened.chronicle.ledger, name, expression.locus, allele.sha)
                expressed.append(
                    {
                        "phenotype": name,
                        "locus": expression.locus,
                        "allele": allele.sha,
                        "place": place,
                        "engine": allele.lineage.engine,
                        "fitness": round(record.fitness, 3),
                        "trials": record.invocations,
                    }
                )
    pause = opened.chronicle.ledger.pause
    drafts: list[JsonObject] = [
        {
            "draft": d.name,
            "title": d.title,
            "proved": _proved(opened, d.commit),
            "held": opened.controller.held(d),
        }
        for d in opened.repository.drafts()
    ]
    return {
        "main": main.commit,
        "paused": None if pause is None else asdict(pause),
        "events": opened.chronicle.ledger.length,
        "expressed": list(expressed),
        "gaps": [gap_json(gap) for gap in opened.controller.gaps()],
        "drafts": list(drafts),
        "agents": agents_told(opened, main),
        "sandbox_lacks": list(opened.hands.bench.sandbox.missing()),
    }


def _proved(opened: Organism, commit: str) -> bool:
    proof = Proof.from_note(opened.repository.proof(commit))
    return proof is not None and proof.passed


def _show_status(told: JsonObject) -> None:
    click.echo(f"main {str(told['main'])[:12]}, {told['events']} events\n")
    pause = told["paused"]
    if isinstance(pause, dict):
        said = f"PAUSED by {pause['by']} since {pause['since']}: {pause['reason']}"
        click.echo(folded(said, "  ") + "\n")
    click.echo(f"{'phenotype':<12} {'locus':<22} {'allele':<14} {'role':<9} fitness trials")
    for row in _rows(told, "expressed"):
        role = "dominant" if row["place"] == 0 else "fallback"
        click.echo(
            f"{row['phenotype']!s:<12} {row['locus']!s:<22} {str(row['allele'])[:12]:<14} "
            f"{role:<9} {row['fitness']:>7.3f} {row['trials']:>6}"
        )
    gaps_found, drafts = _rows(told, "gaps"), _rows(told, "drafts")
    click.echo(f"\n{len(gaps_found)} gaps, {len(drafts)} open drafts")
    for gap in gaps_found[: limits.GAPS_TOLD]:
        click.echo(folded(f"  gap    {gap['consequence']}: {gap['status']}", "         "))
    _tell_left_out(len(gaps_found))
    agents = told["agents"]
    if isinstance(agents, dict):
        show_agents(agents)
    for draft in drafts:
        state = "proved" if draft["proved"] else "not proved"
        state += f"; {draft['held']}" if draft["held"] else ""
        click.echo(folded(f"  draft  {draft['draft']} ({state})", "         "))
    lacking = told["sandbox_lacks"]
    assert isinstance(lacking, list)
    for protection in lacking:
        click.echo(folded(f"  sandbox lacks {protection}", "         "))


def _rows(told: JsonObject, key: str) -> list[JsonObject]:
    rows = told[key]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]
