"""`projection`: what is built from the log, what it says, and whether it says the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from controller.cli.completion import loci
from controller.cli.screen import complain, echo_json, folded, format_option, organism
from controller.domains.world import Json, JsonObject
from controller.ports import Blocked
from controller.stories.audit_projection import comparison, missing_points, untruth
from controller.stories.keep_projection import rebuilt
from controller.stories.mainline import Main, read_main
from controller.stories.project import Builder, answer, bring_up, check_whole, opened
from controller.stories.promote_projection import builder_of, projection_loci, wanted
from controller.wiring import Organism

allele_option = click.option("--allele", help="First digits of an allele; else the live one.")
locus_argument = click.argument("locus", shell_complete=loci)


@click.group()
def projection() -> None:
    """What is built from the log and can be asked; disposable, and built again at any time."""


@projection.command("list")
@format_option
@click.pass_obj
def list_projections(path: str, output: str) -> None:
    """Every projection: which is live, how far it is, how much it holds."""
    with organism(path) as opened_organism:
        main = _main(opened_organism)
        rows = [row for locus in projection_loci(main) for row in _listed(opened_organism, locus)]
    if output == "json":
        echo_json(rows)
        return
    if not rows:
        click.echo("No projections. [projections] in germline.toml names their phenotype.")
    for row in rows:
        holds = row["holds"]
        assert isinstance(holds, dict)
        held = ", ".join(f"{count} {name}" for name, count in holds.items())
        click.echo(
            f"{row['locus']}  {str(row['allele'])[:12]}  {row['role']:<9} {row['model']:<10} "
            f"{row['cursor']} of {row['events']} events"
        )
        click.echo(folded(f"    {held or 'empty'}", "    "))


def _listed(opened_organism: Organism, locus: str) -> Iterator[JsonObject]:
    main, tools = _main(opened_organism), opened_organism.projector
    pointer, length = tools.shelf.pointer(locus), opened_organism.log.length()
    roles = {pointer.live: "live", pointer.previous: "previous"}
    for short in tools.shelf.built(locus):
        builder = builder_of(main.genome, locus, short)
        if builder is None:
            continue
        sha = builder.allele.sha
        with closing(opened(tools, builder)) as store:
            holds: JsonObject = dict(store.tally())
            yield {
                "locus": locus,
                "allele": sha,
                "role": roles.get(sha, "candidate"),
                "model": builder.model,
                "cursor": store.cursor(),
                "events": length,
                "holds": holds,
                "window_ends": pointer.window_ends if sha == pointer.previous else None,
            }


@projection.command()
@locus_argument
@allele_option
@click.pass_obj
def build(path: str, locus: str, allele: str | None) -> None:
    """Build LOCUS's projection, or bring it up to the log's end."""
    with _working(path) as (opened_organism, main):
        tools, builder = opened_organism.projector, meant(opened_organism, main, locus, allele)
        caught = bring_up(tools, builder)
        if caught.failure is not None:
            raise Blocked(f"{locus} cannot be built: {caught.failure}", "mend or replace the gene")
        _forgive(opened_organism, builder)
    click.echo(f"{locus} {builder.allele.short}: {caught.events} events taken.")


@projection.command()
@locus_argument
@allele_option
@click.pass_obj
def rebuild(path: str, locus: str, allele: str | None) -> None:
    """Build LOCUS's projection anew from the first event on, and put it in its place."""
    with _working(path) as (opened_organism, main):
        builder = meant(opened_organism, main, locus, allele)
        rebuilt(opened_organism.projector, builder, "a person asked for it")
        _forgive(opened_organism, builder)
    click.echo(f"{locus} {builder.allele.short} is built anew.")


@projection.command()
@locus_argument
@click.option("--input", "text", default="{}", help="What the contract takes, as JSON.")
@allele_option
@click.pass_obj
def query(path: str, locus: str, text: str, allele: str | None) -> None:
    """Ask LOCUS's projection; the answer is JSON. The question is kept for later canaries."""
    try:
        asked = json.loads(text)
    except ValueError as wrong:
        raise Blocked(f"--input is not JSON: {wrong}", '--input \'{"customer": "c1"}\'') from wrong
    if not isinstance(asked, dict):
        raise Blocked("--input is not a JSON object", '--input \'{"customer": "c1"}\'')
    with organism(path) as opened_organism:
        main, tools = _main(opened_organism), opened_organism.projector
        builder = asked_of(opened_organism, main, locus, allele)
        with closing(opened(tools, builder)) as store:
            said = answer(tools, builder, store, asked)
        if isinstance(said, str):
            raise Blocked(f"{locus} has no answer: {said}", "`germline projection verify` looks")
        tools.shelf.remember(locus, asked)
    echo_json(said)


@projection.command()
@locus_argument
@allele_option
@format_option
@click.pass_obj
def verify(path: str, locus: str, allele: str | None, output: str) -> None:
    """Hold LOCUS's projection against the log. Exit 1 if it lacks a data point or lies."""
    with organism(path) as opened_organism:
        main, tools = _main(opened_organism), opened_organism.projector
        builder = asked_of(opened_organism, main, locus, allele)
        with closing(opened(tools, builder)) as store:
            reached = missing_points(tools, builder, store)
            wrong = untruth(tools, builder, store)
            cursor = store.cursor()
    shown: list[Json] = [*reached.shown]
    told: JsonObject = {
        "locus": locus,
        "allele": builder.allele.sha,
        "cursor": cursor,
        "subjects": reached.subjects,
        "points": reached.points,
        "missing": reached.missing,
        "shown": shown,
        "untruth": None if wrong is None else str(wrong),
    }
    if output == "json":
        echo_json(told)
    else:
        click.echo(
            f"{locus} {builder.allele.short}: {reached.points} data points of "
            f"{reached.subjects} subjects looked for, {reached.missing} missing"
        )
        for line in (*reached.shown, *((str(wrong),) if wrong else ())):
            click.echo(folded(f"  {line}", "    "))
    if reached.missing or wrong:
        hint = f"germline projection rebuild {locus}"
        complain(f"{locus} does not hold what the log says", hint)
        raise SystemExit(1)


@projection.command()
@locus_argument
@click.argument("allele")
@format_option
@click.pass_obj
def compare(path: str, locus: str, allele: str, output: str) -> None:
    """Have LOCUS's live projection and ALLELE's answer the same. Exit 1 if they differ."""
    with organism(path) as opened_organism:
        main, tools = _main(opened_organism), opened_organism.projector
        one = asked_of(opened_organism, main, locus, None)
        other = asked_of(opened_organism, main, locus, allele)
        found = comparison(tools, one, other)
    shown: list[Json] = [*found.shown]
    told: JsonObject = {"queries": found.queries, "differing": found.differing, "shown": shown}
    if output == "json":
        echo_json(told)
    else:
        click.echo(f"{found.queries} queries, {found.differing} answered differently")
        for difference in found.shown:
            for who in ("query", "live", "candidate"):
                click.echo(folded(f"  {who:<10} {json.dumps(difference[who])}", " " * 13))
    if found.differing:
        raise SystemExit(1)


@projection.command()
@locus_argument
@click.argument("allele")
@click.pass_obj
def drop(path: str, locus: str, allele: str) -> None:
    """Delete what ALLELE has built at LOCUS. The live one cannot be dropped."""
    with _working(path) as (opened_organism, main):
        tools, builder = opened_organism.projector, meant(opened_organism, main, locus, allele)
        if tools.shelf.pointer(locus).live == builder.allele.sha:
            raise Blocked(
                f"{builder.allele.short} is live at {locus}",
                "express another allele on main first, or rebuild this one",
            )
        tools.shelf.drop(locus, builder.allele.sha)
        told: JsonObject = {"locus": locus, "allele": builder.allele.sha}
        tools.chronicle.record("projection.dropped", locus, told, None)
    click.echo(f"{locus} {builder.allele.short} is dropped; the log has everything.")


def _main(opened_organism: Organism) -> Main:
    return read_main(opened_organism.repository, opened_organism.hands.bench.domain)


@contextmanager
def _working(path: str) -> Iterator[tuple[Organism, Main]]:
    """The genome, with the lock that building needs: one builder a clone."""
    with organism(path) as opened_organism, opened_organism.acting():
        yield opened_organism, _main(opened_organism)


def meant(opened_organism: Organism, main: Main, locus: str, allele: str | None) -> Builder:
    """The allele that digits name, else the one that is live, else the one main wants."""
    target = wanted(main, locus)
    sha = opened_organism.projector.shelf.pointer(locus).live
    if allele is not None:
        try:
            sha = main.genome.allele(locus, allele).sha
        except KeyError:
            known = ", ".join(one.short for one in main.genome.alleles[locus].values())
            raise Blocked(f"{locus} has no allele {allele}", f"alleles: {known}") from None
    return builder_of(main.genome, locus, sha) or target


def asked_of(opened_organism: Organism, main: Main, locus: str, allele: str | None) -> Builder:
    """The same, if there is something to ask. Raises `Blocked` if nothing is built, or erased."""
    builder = meant(opened_organism, main, locus, allele)
    if builder.allele.short not in opened_organism.projector.shelf.built(locus):
        raise Blocked(
            f"{builder.allele.short} has built nothing at {locus} yet",
            f"germline projection build {locus} --allele {builder.allele.short}",
        )
    with closing(opened(opened_organism.projector, builder)) as store:
        check_whole(builder, store)
    return builder


def _forgive(opened_organism: Organism, builder: Builder) -> None:
    """A person built it by hand, so a refusal is looked at again in the next pass."""
    shelf = opened_organism.projector.shelf
    shelf.point(builder.locus, shelf.pointer(builder.locus).without_refusal(builder.allele.sha))
