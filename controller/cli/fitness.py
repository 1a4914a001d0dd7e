"""`fitness`: how the alleles of a locus have done, world by world."""

from __future__ import annotations

import click

from controller.arena.fitness import Record, records
from controller.cli.completion import loci
from controller.cli.screen import echo_json, format_option, organism, printable
from controller.domains.world import JsonObject
from controller.genome.composite import locus_of
from controller.ports import Blocked
from controller.stories.mainline import read_main
from grammar.nearest import did_you_mean


@click.command()
@click.argument("locus", shell_complete=loci)
@format_option
@click.pass_obj
def fitness(path: str, locus: str, output: str) -> None:
    """How the alleles of LOCUS have done in each world, on the three timescales.

    One world is one environment: an allele that is fit in one and not in another shows here.
    """
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        if locus_of(main.genome, locus) is None:
            loci = f"loci: {', '.join(sorted(main.genome.loci)) or 'none'}"
            raise Blocked(
                f"there is no locus {locus}", did_you_mean(locus, main.genome.loci, loci) or loci
            )
        weights, verified = main.config.weights_of(locus), main.genome.verified(locus)
        trials = [t for t in opened.chronicle.ledger.trials.values() if t.locus == locus]
        found = records(trials, weights, verified=verified)
    if output == "json":
        echo_json([_json(record) for record in found])
        return
    if not found:
        click.echo(f"No allele of {locus} has been tried.")
        return
    click.echo(
        f"{'phenotype':<10} {'allele':<12} {'world':<14} trials at once in time later fitness"
    )
    for record in found:
        click.echo(printable(_row(record)))


def _row(record: Record) -> str:
    at_once, in_time, later = (
        f"{good}/{judged}"
        for good, judged in (record.immediate, record.convergence, record.resilience)
    )
    return (
        f"{record.phenotype:<10} {record.allele[:12]:<12} {record.world:<14} "
        f"{record.trials:>6} {at_once:>7} {in_time:>7} {later:>5} {record.fitness:>7.3f}"
    )


def _json(record: Record) -> JsonObject:
    timescales: JsonObject = {
        name: {"healthy": good, "judged": judged}
        for name, (good, judged) in {
            "immediate": record.immediate,
            "convergence": record.convergence,
            "resilience": record.resilience,
        }.items()
    }
    return {
        "phenotype": record.phenotype,
        "allele": record.allele,
        "world": record.world,
        "trials": record.trials,
        "fitness": round(record.fitness, 3),
        **timescales,
    }
