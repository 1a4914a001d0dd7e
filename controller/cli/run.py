"""`status`, `gaps`: how far the loop is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from controller import limits
from controller.cli.agents import agents_told, show_agents
from controller.cli.forge import forge_told, show_forge, url_of
from controller.cli.hosts import host_line, hosts_told
from controller.cli.screen import echo_json, folded, format_option, organism, printable
from controller.cli.signing import show_signing, signing_told, unsigned_of
from controller.cli.system import gap_json, gaps_of_file, zone_option
from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.membrane.proof import Proof
from controller.stories.keep_rollouts import rollout_lines
from controller.stories.mainline import Main, read_main
from controller.stories.promote import standing
from controller.wiring import Organism


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
            "url": url_of(opened, d),
            "held": opened.controller.held(d),
            "unsigned": unsigned_of(opened, d),
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
        "rollouts": [*rollout_lines(main, opened.chronicle.ledger)],
        "hosts": [*hosts_told(opened)],
        "forge": forge_told(main, opened.publisher.memory.read()),
        "signing": signing_told(opened, main),
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
    tell_left_out(len(gaps_found))
    agents = told["agents"]
    if isinstance(agents, dict):
        show_agents(agents)
    for draft in drafts:
        state = "proved" if draft["proved"] else "not proved"
        state += f"; {draft['held']}" if draft["held"] else ""
        state += f"; {draft['unsigned']}" if draft["unsigned"] else ""
        click.echo(folded(f"  draft  {draft['draft']} ({state})", "         "))
        if draft["url"]:
            click.echo(f"         {printable(str(draft['url']))}")
    for text in _texts(told, "rollouts"):
        click.echo(folded(f"  rollout {text}", "         "))
    for row in _rows(told, "hosts"):
        click.echo(folded(f"  host   {host_line(row)}", "         "))
    if isinstance(told["forge"], dict):
        show_forge(told["forge"])
    if isinstance(told["signing"], dict):
        show_signing(told["signing"])
    lacking = told["sandbox_lacks"]
    assert isinstance(lacking, list)
    for protection in lacking:
        click.echo(folded(f"  sandbox lacks {protection}", "         "))
    if not lacking:
        click.echo("  sandbox: every protection holds")


def _texts(told: JsonObject, key: str) -> list[str]:
    found = told[key]
    assert isinstance(found, list)
    return [str(one) for one in found]


def _rows(told: JsonObject, key: str) -> list[JsonObject]:
    rows = told[key]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]
