"""`test`: what a contract alone demands, tried on any allele."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from controller import limits
from controller.arena.derived_test import DerivedTest
from controller.cli.completion import loci
from controller.cli.screen import complain, echo_json, folded, format_option, organism
from controller.gene_limits import GENE_SOURCE_BYTES
from controller.genome.allele import Allele, name_of
from controller.genome.genome import Genome
from controller.ports import Blocked
from controller.stories.derive import derive
from controller.stories.mainline import read_main
from controller.stories.rehearse import Stage
from controller.wiring import Organism
from grammar.nearest import did_you_mean
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is tested: a source under a name, among the diagnostics of a phenotype."""

    phenotype: str
    name: str
    source: str


@click.command()
@click.argument("locus", shell_complete=loci)
@click.option("--allele", help="A file, or the first digits of a registered allele's SHA-256.")
@click.option(
    "--on",
    "world",
    type=click.Choice(["simulated"]),
    default="simulated",
    show_default=True,
    help="Where the generated worlds live: in memory, so that nothing real is touched.",
)
@click.option(
    "--examples",
    type=click.IntRange(1, limits.DERIVED_EXAMPLES_MAX),
    default=limits.DERIVED_EXAMPLES,
    show_default=True,
    help="Generated situations for each test.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Other situations.")
@format_option
@click.pass_obj
def test(
    path: str, locus: str, allele: str | None, world: str, examples: int, seed: int, output: str
) -> None:
    """Try what LOCUS's contract alone demands, on the dominant allele of each phenotype.

    Every `fails when:` is arranged and its outcome checked; `after:` and `verify:` are judged
    in generated situations; a diagnostic must see what `unhealthy when:` says. Exit 1 if any
    test fails.
    """
    del world
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        contract = _contract(main.genome, locus)
        subjects = list(_subjects(main.genome, locus, allele))
        found = [
            (one, _derive(opened, main.genome, contract, one, examples, seed)) for one in subjects
        ]
    failed = sum(test.outcome == "failed" for _, tests in found for test in tests)
    if output == "json":
        echo_json(_as_json(locus, seed, examples, found))
    else:
        for subject, tests in found:
            _tell(locus, subject, tests)
        if failed:
            complain(f"{failed} tests failed", f"the same again: --seed {seed}")
    if failed:
        raise SystemExit(1)


def _derive(
    opened: Organism,
    genome: Genome,
    contract: GeneContract,
    subject: _Subject,
    examples: int,
    seed: int,
) -> tuple[DerivedTest, ...]:
    stage = Stage(opened.hands.bench, genome, subject.phenotype, contract)
    return derive(stage, subject.source, examples, str(seed))


def _contract(genome: Genome, locus: str) -> GeneContract:
    found = genome.loci.get(locus)
    if found is None:
        loci = f"loci: {', '.join(sorted(genome.loci)) or 'none'}"
        raise Blocked(f"there is no locus {locus}", did_you_mean(locus, genome.loci, loci) or loci)
    return found


def _subjects(genome: Genome, locus: str, wanted: str | None) -> Iterator[_Subject]:
    """Whom to test: one allele in each phenotype that expresses the locus."""
    expressing = [name for name in genome.phenotypes if genome.stack(name, locus)]
    if wanted is None:
        if not expressing:
            raise Blocked(
                f"no phenotype expresses {locus}", "name an allele or a file with --allele"
            )
        for phenotype in expressing:
            dominant = genome.stack(phenotype, locus)[0]
            yield _Subject(phenotype, dominant.short, dominant.source)
        return
    name, source = named_source(genome, locus, wanted)
    for phenotype in expressing or list(genome.phenotypes)[:1] or [""]:
        yield _Subject(phenotype, name, source)


def named_source(genome: Genome, locus: str, wanted: str) -> tuple[str, str]:
    """(name, source): a registered allele by its first digits, else a file. Raises `Blocked`."""
    alleles = genome.alleles.get(locus, {})
    named: list[Allele] = [one for sha, one in alleles.items() if sha.startswith(wanted)]
    if len(named) == 1 and wanted:
        return named[0].short, named[0].source
    registered = f"registered at {locus}: {', '.join(a.short for a in alleles.values()) or 'none'}"
    if len(named) > 1:
        raise Blocked(f"{len(named)} alleles begin with {wanted!r}", registered)
    file = Path(wanted)
    if not file.is_file():
        raise Blocked(f"{wanted} is neither a file nor an allele of {locus}", registered)
    try:
        with file.open("rb") as opened:
            data = opened.read(GENE_SOURCE_BYTES + 1)
        source = data.decode()
    except (OSError, UnicodeDecodeError) as wrong:
        raise Blocked(f"{wanted} cannot be read: {wrong}", "an allele is UTF-8 text") from wrong
    if len(data) > GENE_SOURCE_BYTES:
        raise Blocked(
            f"{wanted} is larger than a gene may be",
            f"at most {GENE_SOURCE_BYTES} bytes",
        )
    return name_of(source)[:12], source


_MARKS = {
    "passed": ("passed", "green"),
    "failed": ("FAILED", "red"),
    "untested": ("untested", "yellow"),
}


def _tell(locus: str, subject: _Subject, tests: Sequence[DerivedTest]) -> None:
    click.echo(f"{locus} {subject.name} in {subject.phenotype}")
    for test in tests:
        mark, colour = _MARKS[test.outcome]
        told = folded(f"  {mark:<8}  {test.name}", " " * 12)
        click.echo(told.replace(mark, click.style(mark, fg=colour), 1))
        if test.outcome != "passed":
            for line in test.evidence:
                click.echo(folded(f"{' ' * 12}{line}", " " * 14))
    counts = ((mark, sum(test.outcome == mark for test in tests)) for mark in _MARKS)
    click.echo(", ".join(f"{count} {mark}" for mark, count in counts) + ".")


def _as_json(
    locus: str,
    seed: int,
    examples: int,
    found: Sequence[tuple[_Subject, Sequence[DerivedTest]]],
) -> dict[str, object]:
    return {
        "locus": locus,
        "seed": seed,
        "examples": examples,
        "passed": all(test.outcome != "failed" for _, tests in found for test in tests),
        "alleles": [
            {
                "phenotype": subject.phenotype,
                "allele": subject.name,
                "tests": [
                    {
                        "name": test.name,
                        "section": test.section,
                        "outcome": test.outcome,
                        "evidence": list(test.evidence),
                    }
                    for test in tests
                ],
            }
            for subject, tests in found
        ],
    }
