"""`status`: one screen of what waits for a person, is wrong, goes on and is expressed.

Whoever looks after a genome reads it from the top; sections without anything are left out.
README.md, "Status", lists the members of `--format json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from controller.cli.agents import agents_told, show_agents
from controller.cli.draft import told_verdict, verdict_on
from controller.cli.forge import forge_told, show_forge, url_of
from controller.cli.hosts import host_line, hosts_told
from controller.cli.screen import echo_json, folded, format_option, organism, printable
from controller.cli.signing import show_signing, signing_told, unsigned_of
from controller.cli.system import gap_json
from controller.domains.world import JsonObject
from controller.history.event import rfc3339
from controller.membrane.proof import Proof
from controller.membrane.verdict import needs_person
from controller.ports import DraftRef
from controller.service_limits import STATUS_ROWS
from controller.stories.keep_rollouts import rollout_lines
from controller.stories.mainline import Main, read_main
from controller.stories.promote import standing
from controller.wiring import Organism


@click.command()
@format_option
@click.pass_obj
def status(path: str, output: str) -> None:
    """What waits for a person, what is wrong, what is going on and what is expressed."""
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        told = status_told(opened, main)
    if output == "json":
        echo_json(told)
    else:
        _show(told)


def status_told(opened: Organism, main: Main) -> JsonObject:
    """All of it, for programs."""
    pause = opened.chronicle.ledger.pause
    told: JsonObject = {
        "main": main.commit,
        "paused": None if pause is None else asdict(pause),
        "events": opened.chronicle.ledger.length,
        "controller": _controller(opened),
        "expressed": list(_expressed(opened, main)),
        "gaps": [gap_json(gap) for gap in opened.controller.gaps()],
        "drafts": [_draft(opened, main, found) for found in opened.repository.drafts()],
        "under_way": list(_under_way(opened)),
        "rollouts": [*rollout_lines(main, opened.chronicle.ledger)],
        "hosts": [*hosts_told(opened)],
        "forge": forge_told(main, opened.publisher.memory.read()),
        "signing": signing_told(opened, main),
        "agents": agents_told(opened, main),
        "sandbox_lacks": list(opened.hands.bench.sandbox.missing()),
    }
    damaged = opened.hands.transactions.damaged()
    return {**told, "wrong": [*_wrong(told), *(_fault("transaction", one) for one in damaged)]}


# --- what is ----------------------------------------------------------------------------


def _controller(opened: Organism) -> JsonObject:
    last = opened.last_pass.read()
    return {
        "running": opened.lock().held(),
        "last_pass": None if last is None else rfc3339(last.at),
        "troubles": [] if last is None else list(last.troubles),
        "webhooks_refused": None if last is None else last.refused,
    }


def _expressed(opened: Organism, main: Main) -> Iterator[JsonObject]:
    for name, phenotype in main.genome.phenotypes.items():
        for expression in phenotype.expresses:
            for place, allele in enumerate(main.genome.stack(name, expression.locus)):
                record = standing(main, opened.chronicle.ledger, name, expression.locus, allele.sha)
                yield {
                    "phenotype": name,
                    "locus": expression.locus,
                    "allele": allele.sha,
                    "place": place,
                    "engine": allele.lineage.engine,
                    "fitness": round(record.fitness, 3),
                    "trials": record.invocations,
                }


def _draft(opened: Organism, main: Main, found: DraftRef) -> JsonObject:
    verdict = verdict_on(opened, main, found)
    proof = Proof.from_note(opened.repository.proof(found.commit))
    return {
        "draft": found.name,
        "title": found.title,
        "proved": proof is not None and proof.passed,
        "state": told_verdict(verdict, found),
        "needs_person": needs_person(verdict),
        "url": url_of(opened, found),
        "held": opened.controller.held(found),
        "unsigned": unsigned_of(opened, found),
    }


def _under_way(opened: Organism) -> Iterator[JsonObject]:
    """Changes of worlds that are neither kept nor taken back yet."""
    for change in opened.hands.transactions.open():
        trial = opened.chronicle.ledger.trials.get(change.trial)
        since = None if trial is None else trial.finished_at
        yield {
            "transaction": change.id,
            "world": change.world,
            "locus": None if trial is None else trial.locus,
            "allele": None if trial is None else trial.allele,
            "returned_at": None if since is None else rfc3339(since),
        }


def _wrong(told: JsonObject) -> Iterator[JsonObject]:
    """Whatever keeps the loop from doing its work, wherever it was found."""
    controller, forge, agents = told["controller"], told["forge"], told["agents"]
    assert isinstance(controller, dict)
    for trouble in [] if told["paused"] else _texts(controller["troubles"]):
        yield _fault("pass", trouble)
    if not controller["running"] and (told["gaps"] or told["drafts"] or told["under_way"]):
        yield _fault("controller", "none works on this clone", "germline controller")
    if controller["webhooks_refused"]:
        count = controller["webhooks_refused"]
        hint = "is the secret the one that the forge signs with?"
        yield _fault("webhook", f"{count} were refused: not signed, or not by this secret", hint)
    for host in _rows(told, "hosts"):
        yield _fault("host", f"host {host_line(host)}")
    if isinstance(forge, dict):
        if forge["trouble"]:
            tries = f"tries that failed: {forge['failures']}, the next at {forge['next_look']}"
            yield _fault("forge", f"{tries}: {forge['trouble']}", str(forge["hint"] or ""))
        if forge["refused"]:
            yield _fault("forge", f"merges do not get there: {forge['refused']}")
    tripped = agents["tripped"] if isinstance(agents, dict) else None
    for name, reason in tripped.items() if isinstance(tripped, dict) else ():
        yield _fault("breaker", f"TRIPPED {name}: {reason}")
    for protection in _texts(told["sandbox_lacks"]):
        yield _fault("sandbox", f"sandbox lacks {protection}")


def _fault(what: str, text: str, hint: str = "") -> JsonObject:
    return {"what": what, "text": text, "hint": hint}


# --- on a screen ------------------------------------------------------------------------


def _show(told: JsonObject) -> None:
    controller = told["controller"]
    assert isinstance(controller, dict)
    runs = "a controller works" if controller["running"] else "no controller works"
    last = f", its last pass at {controller['last_pass']}" if controller["last_pass"] else ""
    head = f"main {str(told['main'])[:12]}, {told['events']} events; {runs} on this clone{last}"
    click.echo(folded(head))
    pause = told["paused"]
    if isinstance(pause, dict):
        said = f"PAUSED by {pause['by']} since {pause['since']}: {pause['reason']}"
        click.echo(folded(said, "  "))
    gaps, drafts = _rows(told, "gaps"), _rows(told, "drafts")
    waiting = [one for one in (*gaps, *drafts) if one["needs_person"]]
    _section("waits for a person", [_line(one) for one in waiting], "germline gaps")
    _section("wrong", [_complaint(one) for one in _rows(told, "wrong")])
    going = [one for one in (*gaps, *drafts) if not one["needs_person"]]
    changes = [_change(one) for one in _rows(told, "under_way")]
    changes += [f"rollout {text}" for text in _texts(told["rollouts"])]
    _section("going on", [*changes, *(_line(one) for one in going)], "germline gaps")
    click.echo(f"\n{len(gaps)} gaps, {len(drafts)} open drafts")
    if isinstance(told["agents"], dict):
        show_agents(told["agents"])
    if isinstance(told["forge"], dict):
        show_forge(told["forge"])
    if isinstance(told["signing"], dict):
        show_signing(told["signing"])
    if not told["sandbox_lacks"]:
        click.echo("  sandbox: every protection holds")
    quiet = not (gaps or drafts or told["wrong"])
    _show_expressed(_rows(told, "expressed"), 2 * STATUS_ROWS if quiet else STATUS_ROWS)


def _section(title: str, lines: Sequence[str], more: str = "") -> None:
    """A heading and as many lines as fit a screen; nothing where there is nothing to tell."""
    if not lines:
        return
    click.echo(f"\n{title.upper()}: {len(lines)}")
    for line in lines[:STATUS_ROWS]:
        click.echo(folded(f"  {printable(line)}", " " * 9))
    if len(lines) > STATUS_ROWS:
        where = f"; `{more} --format json`" if more else "; `germline status --format json`"
        click.echo(f"  and {len(lines) - STATUS_ROWS} more{where}")


def _line(one: JsonObject) -> str:
    """A gap or a draft."""
    if "draft" not in one:
        return f"gap    {one['consequence']}: {one['status']}"
    url = f" {one['url']}" if one["url"] else ""
    unsigned = f"; {one['unsigned']}" if one["unsigned"] else ""
    return f"draft  {one['draft']} ({one['state']}{unsigned}){url}"


def _complaint(one: JsonObject) -> str:
    hint = f" Hint: {one['hint']}" if one["hint"] else ""
    return f"{one['text']}{hint}"


def _change(one: JsonObject) -> str:
    what = f"{one['locus']} {str(one['allele'])[:12]}" if one["locus"] else one["transaction"]
    until = f"verified since {one['returned_at']}" if one["returned_at"] else "under way"
    return f"change {what} in {one['world']}, {until}, not kept yet"


def _show_expressed(rows: Sequence[JsonObject], most: int) -> None:
    """Those that were tried first; of the others as many as fit."""
    tried = sorted(rows, key=lambda row: -int(str(row["trials"])))
    click.echo(f"\n{'phenotype':<12} {'locus':<22} {'allele':<14} {'role':<9} fitness trials")
    for row in tried[:most]:
        role = "dominant" if row["place"] == 0 else "fallback"
        click.echo(
            f"{row['phenotype']!s:<12.12} {row['locus']!s:<22.22} {str(row['allele'])[:12]:<14} "
            f"{role:<9} {row['fitness']:>7.3f} {row['trials']:>6}"
        )
    if len(tried) > most:
        click.echo(f"and {len(tried) - most} more; `germline status --format json`")


def _rows(told: JsonObject, key: str) -> list[JsonObject]:
    rows = told[key]
    assert isinstance(rows, list)
    return [row for row in rows if isinstance(row, dict)]


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(one) for one in value]
