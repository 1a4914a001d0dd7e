"""Reading main: everything one commit says, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.config import Config, read_config
from controller.domains.world import Domain
from controller.genome.genome import Genome, compile_genome
from controller.membrane.signatures import SigningPolicy
from controller.policy import Policy, read_gates, read_policy, read_signing
from controller.ports import Blocked, Repository
from grammar.diagnostic import Diagnostic, Parsed, Severity
from grammar.source import Span

MARK = "germline.toml"
"""The file whose presence makes a repository a genome."""


@dataclass(frozen=True, slots=True)
class Main:
    """One commit of a genome repository, read and checked."""

    commit: str
    files: Mapping[str, bytes]
    genome: Genome
    config: Config
    policy: Policy
    signing: SigningPolicy


def inspect(repository: Repository, commit: str, domain: Domain) -> Parsed[Main]:
    """What a commit says and every remark about it. Raises `Blocked` if it is no genome."""
    return inspect_files(commit, repository.files(commit), domain)


def inspect_files(commit: str, files: Mapping[str, bytes], domain: Domain) -> Parsed[Main]:
    """The same for files by path, committed or not. Raises `Blocked` if they are no genome."""
    if MARK not in files:
        raise Blocked(
            "this repository is not a genome: it has no germline.toml on main",
            "`germline init DIR` makes one",
        )
    genome = compile_genome(files, domain)
    config, config_remarks = read_config(files)
    policy, policy_remarks = read_policy(files)
    signing, signing_remarks = read_signing(files)
    assert genome.value is not None
    main = Main(commit, files, genome.value, config, policy, signing)
    gates_remarks = read_gates(files)[1]
    remarks = (*genome.diagnostics, *config_remarks, *policy_remarks, *signing_remarks)
    return Parsed(main, (*remarks, *gates_remarks, *_unknown_names(main)))


def read_main(repository: Repository, domain: Domain) -> Main:
    """What main says. Raises `Blocked` if it has an error: nothing is done on a broken genome."""
    parsed = inspect(repository, repository.main(), domain)
    errors = [d for d in parsed.diagnostics if d.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        raise Blocked(
            f"main has {len(errors)} errors; the first: {first.span.file}:{first.span.line}: "
            f"{first.message}",
            "`germline check` shows them all; nothing is changed until main is right",
        )
    assert parsed.value is not None
    return parsed.value


def _unknown_names(main: Main) -> tuple[Diagnostic, ...]:
    remarks = []
    for name, world in main.config.worlds.items():
        if world.phenotype not in main.genome.phenotypes:
            remarks.append(
                Diagnostic(
                    "GN-E011",
                    Severity.ERROR,
                    f"world {name} names phenotype {world.phenotype}, which does not exist",
                    Span(MARK, 1, 1, 1, 1),
                    "",
                    f"phenotypes: {', '.join(main.genome.phenotypes) or 'none'}",
                )
            )
    unknown = [name for name in main.config.protected.loci if name not in main.genome.loci]
    remarks += [
        Diagnostic(
            "GN-E010",
            Severity.ERROR,
            f"protected.loci names {name}, which is no locus",
            Span(MARK, 1, 1, 1, 1),
            "",
            f"loci: {', '.join(main.genome.loci) or 'none'}",
        )
        for name in unknown
    ]
    return tuple(remarks)
