"""`why`, `lineage`: what led to what is."""

from __future__ import annotations

from collections.abc import Sequence

import click

from controller.cli.completion import explained, loci
from controller.cli.projected import PROJECTED, explain_projected
from controller.cli.screen import echo_json, folded, format_option, organism
from controller.domains.world import JsonObject
from controller.genome.allele import Allele
from controller.genome.composite import locus_of
from controller.genome.genome import Genome
from controller.history.event import Event
from controller.ports import Blocked
from controller.stories.mainline import Main, read_main
from controller.stories.promote import standing, trials_of_allele
from controller.stories.why import Link, chain, changed_lines, explain_allele, say
from controller.wiring import Organism


@click.command()
@click.argument("ref", shell_complete=explained)
@format_option
@click.pass_obj
def why(path: str, ref: str, output: str) -> None:
    """Why REF is as it is: a locus, an allele, an event, a commit, or projection:LOCUS/KEY."""
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        if ref.startswith(PROJECTED):
            explain_projected(opened, main, ref.removeprefix(PROJECTED), output)
            return
        events = list(opened.log.since(0))
        alleles = _meant(main.genome, ref)
        if alleles:
            answers = [_answer(main.genome, events, allele) for allele in alleles]
        else:
            answers = [_event_answer(opened, events, ref)]
    if output == "json":
        echo_json(answers)
        return
    for answer in answers:
        _show(answer)


def _meant(genome: Genome, ref: str) -> tuple[Allele, ...]:
    """The dominant alleles of a locus, or the allele that a prefix of a SHA-256 names."""
    if ref in genome.loci:
        dominant = {
            stack[0].sha: stack[0]
            for name in genome.phenotypes
            if (stack := genome.stack(name, ref))
        }
        if not dominant:
            raise Blocked(f"no phenotype expresses {ref}", "germline status shows what is")
        return tuple(dominant.values())
    return tuple(
        allele
        for alleles in genome.alleles.values()
        for sha, allele in alleles.items()
        if len(ref) >= 4 and sha.startswith(ref)
    )


def _answer(genome: Genome, events: Sequence[Event], allele: Allele) -> JsonObject:
    links = explain_allele(events, allele)
    return {
        "locus": allele.locus,
        "allele": allele.sha,
        "engine": allele.lineage.engine,
        "parents": list(allele.lineage.parents),
        "changed": list(changed_lines(genome, allele)),
        "chain": [_link_json(link) for link in links],
    }


def _event_answer(opened: Organism, events: Sequence[Event], ref: str) -> JsonObject:
    by_id = {event.id: event for event in events}
    found = [e for e in events if len(ref) >= 4 and e.id.startswith(ref)]
    if not found:
        found = _about_commit(opened, events, ref)
    links = [Link(e.id, e.time, say(e), e.data) for e in chain(by_id, found[-1].id)]
    return {"event": found[-1].id, "chain": [_link_json(link) for link in links]}


def _about_commit(opened: Organism, events: Sequence[Event], ref: str) -> list[Event]:
    try:
        commit = opened.repository.resolve(ref)
    except Blocked:
        commit = ""
    keys = ("merge", "commit", "to")
    found = [e for e in events if commit and commit in {str(e.data.get(key)) for key in keys}]
    if not found:
        raise Blocked(
            f"nothing here is called {ref}",
            "give a locus, an allele, an event or a commit of main; germline status names some",
        )
    return found


def _link_json(link: Link) -> JsonObject:
    return {"event": link.event, "time": link.time, "text": link.text, "data": link.data}


def _show(answer: JsonObject) -> None:
    if "locus" in answer:
        click.echo(f"{answer['locus']} expresses {str(answer['allele'])[:12]}", nl=False)
        parents = answer["parents"]
        assert isinstance(parents, list)
        origin = f", from {', '.join(str(p)[:12] for p in parents)}" if parents else ""
        click.echo(f"  ({answer['engine']}{origin})")
        changed = answer["changed"]
        assert isinstance(changed, list)
        for line in changed:
            click.echo(f"    {line}")
    links = answer["chain"]
    assert isinstance(links, list)
    if not links:
        click.echo("It was there from the start: nothing has happened to it yet.")
    else:
        click.echo("Because:")
    for link in links:
        assert isinstance(link, dict)
        click.echo(folded(f"  {str(link['event'])[:8]}  {link['text']}", " " * 12))


@click.command()
@click.argument("locus", shell_complete=loci)
@format_option
@click.pass_obj
def lineage(path: str, locus: str, output: str) -> None:
    """Every allele at LOCUS: parents, engine, what prompted it, how it does."""
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        if locus_of(main.genome, locus) is None:
            known = ", ".join(main.genome.loci)
            raise Blocked(f"there is no locus {locus}", f"loci: {known}")
        rows = [
            _lineage_row(opened, main, allele)
            for allele in main.genome.alleles.get(locus, {}).values()
        ]
    if output == "json":
        echo_json(rows)
        return
    for row in rows:
        parents = row["parents"]
        assert isinstance(parents, list)
        origin = f" from {', '.join(str(p)[:12] for p in parents)}" if parents else ""
        click.echo(f"{str(row['allele'])[:12]}  {row['engine']}{origin}  {row['role']}")
        edits = row["edits"]
        assert isinstance(edits, list)
        for edit in edits:
            click.echo(folded(f"    edit: {edit}", "          "))
        if row["prompted_by"]:
            click.echo(f"    prompted by event {str(row['prompted_by'])[:12]}")
        click.echo(f"    fitness {row['fitness']:.3f} over {row['trials']} trials")


def _lineage_row(opened: Organism, main: Main, allele: Allele) -> JsonObject:
    roles, trials, best = [], 0, 0.0
    for name in main.genome.phenotypes:
        stack = [found.sha for found in main.genome.stack(name, allele.locus)]
        if allele.sha in stack:
            place = "dominant" if stack[0] == allele.sha else "fallback"
            roles.append(f"{place} in {name}")
        ledger = opened.chronicle.ledger
        record = standing(main, ledger, name, allele.locus, allele.sha)
        trials += len(trials_of_allele(ledger, name, allele.locus, allele.sha))
        best = max(best, record.fitness)
    failure = allele.lineage.failure
    return {
        "allele": allele.sha,
        "parents": list(allele.lineage.parents),
        "engine": allele.lineage.engine,
        "edits": list(allele.lineage.edits),
        "prompted_by": failure.event if failure else None,
        "tried": allele.lineage.tried,
        "role": ", ".join(roles) or "recessive",
        "fitness": round(best, 3),
        "trials": trials,
    }
