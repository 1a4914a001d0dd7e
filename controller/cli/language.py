"""`check`, `diff`, `doc`, `lsp`: the tools of who writes contracts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from controller.adapters.git_repository import GitRepository
from controller.cli.coverage import show_coverage, show_phrases
from controller.cli.screen import complain, echo_json, folded, format_option
from controller.domains.network import NETWORK
from controller.language.checking import (
    Checked,
    check_commit,
    check_files,
    check_working_tree,
)
from controller.language.difference.genomes import difference
from controller.language.difference.snapshots import Snapshot, snapshot
from controller.language.difference.telling import as_json as difference_json
from controller.language.difference.telling import in_words, text_column
from controller.language.on_disk import (
    content,
    files_of_genome,
    sources_named,
)
from controller.language.published import sarif, workflow_commands
from controller.language.site.assembly import site
from controller.language.site.publishing import publish
from controller.language.sources import Source, alleles_among, read_source, sources_of
from grammar.report import as_json, human


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--at", "name", help="A commit to check instead of the working tree.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["human", "json", "sarif", "github"]),
    default="human",
    show_default=True,
    help="For people, programs, code scanning or GitHub's annotations.",
)
@click.option("--coverage", is_flag=True, help="Say how much of the prose is checked instead.")
@click.option("--phrases", is_flag=True, help="List the phrases that make it so instead.")
@click.pass_obj
def check(
    path: str,
    paths: tuple[Path, ...],
    name: str | None,
    output: str,
    coverage: bool,
    phrases: bool,
) -> None:
    """Say everything that is wrong with the genome, or with the files in PATHS.

    Without PATHS the genome is checked as it lies in the working tree, committed or not (in a
    bare repository: as main has it). Files in PATHS need no repository, but if they lie in a
    genome, they are checked against the rest of it.
    """
    if paths and name is not None:
        raise click.UsageError("give PATHS or --at, not both")
    if coverage and phrases:
        raise click.UsageError("give --coverage or --phrases, not both")
    if (coverage or phrases) and output not in ("human", "json"):
        raise click.UsageError(f"there is no --format {output} of --coverage and --phrases")
    if phrases:
        show_phrases(output)
    elif coverage:
        show_coverage(_sources(Path(path), paths, name), output)
    else:
        _check(Path(path), paths, name, output)


def _sources(root: Path, paths: Sequence[Path], name: str | None) -> Sequence[Source]:
    if paths:
        return [read_source(str(file), content(file)) for file in sources_named(paths)]
    repository = GitRepository(root)
    if name is None and repository.has_working_tree:
        return list(sources_of(files_of_genome(root)).values())
    return list(sources_of(repository.files(repository.resolve(name or "main"))).values())


def _check(root: Path, paths: Sequence[Path], name: str | None, output: str) -> None:
    checked = _checked(root, paths, name)
    _publish(checked, output)
    if checked.errors:
        raise SystemExit(1)


def _checked(root: Path, paths: Sequence[Path], name: str | None) -> Checked:
    if paths:
        return check_files(paths, NETWORK)
    repository = GitRepository(root)
    if name is None and repository.has_working_tree:
        return check_working_tree(root, NETWORK)
    return check_commit(repository, name or "main", NETWORK)


def _publish(checked: Checked, output: str) -> None:
    remarks = checked.diagnostics
    match output:
        case "json":
            echo_json(as_json(remarks))
        case "sarif":
            echo_json(sarif(remarks))
        case "github":
            click.echo(workflow_commands(remarks), nl=False)
        case _:
            if remarks:
                click.echo(human(remarks))
            click.echo(f"{checked.subject}: {len(checked.errors)} errors.")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B", default="main")
@format_option
@click.pass_obj
def diff(path: str, before: str, after: str, output: str) -> None:
    """Say in words what changed in contracts and phenotypes from commit A to commit B.

    B is main if it is left out. For each change of a contract, it says whether it narrows or
    widens what callers may rely on; for each of a system, whether it demands more or less.
    """
    repository = GitRepository(Path(path))
    old, new = repository.resolve(before), repository.resolve(after)
    changes = difference(_state(repository, old), _state(repository, new))
    if output == "json":
        echo_json(difference_json(old, new, changes))
        return
    for line in in_words(changes):
        click.echo(folded(line, " " * text_column(changes)))


def _state(repository: GitRepository, commit: str) -> Snapshot:
    files = repository.files(commit)
    sources = sources_of(files)
    wrong = sum(len(source.errors) for source in sources.values())
    if wrong:
        complain(
            f"contracts in {commit[:12]} have {wrong} errors; what could be read is compared",
            f"`germline check --at {commit[:12]}` shows them",
        )
    return snapshot(sources.values(), alleles_among(files))


@click.command()
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it: a folder that is empty, or written by this command.",
)
@click.option("--at", "name", default="main", show_default=True, help="The commit to show.")
@click.pass_obj
def doc(path: str, folder: Path, name: str) -> None:
    """Write a static site of the genome's contracts: plain HTML, for any web server or none."""
    repository = GitRepository(Path(path))
    files = repository.files(repository.resolve(name))
    title = f"Contracts of {Path(path).resolve().name}"
    pages = site(title, sources_of(files).values(), alleles_among(files))
    publish(pages, folder)
    click.echo(f"{len(pages)} files in {folder}; open {folder / 'index.html'}")


@click.command()
def lsp() -> None:
    """Serve editors over standard input and output (Language Server Protocol)."""
    from controller.language.editor.server import serve  # noqa: PLC0415 - half a second to import

    serve(NETWORK)
