"""`check --coverage` and `check --phrases`: how much of the contracts' prose is executable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from controller.adapters.git_repository import GitRepository
from controller.cli.screen import echo_json, folded
from controller.domains.network import NETWORK
from controller.domains.understanding import understood
from controller.genome.prose import Coverage, coverage
from controller.language.on_disk import content, files_of_genome, sources_named
from controller.language.sources import Source, read_source, sources_of


def with_coverage(check: click.Command) -> click.Command:
    """The command `check` that also tells how much of the prose is executable."""
    inner = check.callback
    assert inner is not None

    def outer(*, coverage: bool, phrases: bool, **given: Any) -> Any:
        if phrases:
            return _show_phrases(given["output"])
        if coverage:
            return _show_coverage(click.get_current_context().obj, given)
        return inner(**given)

    check.callback = outer
    check.params += [
        click.Option(["--coverage"], is_flag=True, help="Say how much of the prose is checked."),
        click.Option(["--phrases"], is_flag=True, help="List the phrases that make it so."),
    ]
    return check


def _show_phrases(output: str) -> None:
    if output == "json":
        echo_json(list(NETWORK.phrases()))
        return
    for text in NETWORK.phrases():
        click.echo(text)


def _show_coverage(root: str, given: dict[str, Any]) -> None:
    sources = _sources(Path(root), given["paths"], given["name"], worktree=given["worktree"])
    genes = [gene for source in sources for gene in source.document.genes]
    found = coverage(genes, understood(NETWORK))
    if given["output"] == "json":
        echo_json(
            {
                "contracts": [{"contract": c.contract, **_share(c)} for c in found],
                "all": _share(_total(found)),
            }
        )
        return
    for one in (*found, _total(found)):
        click.echo(f"{one.contract}: {one.executable} of {one.sentences} sentences executable")
        for text in one.prose if one.contract != "all" else ():
            near = NETWORK.nearest(text)
            click.echo(folded(f"  prose: {text}", "    "))
            if near is not None:
                click.echo(folded(f"    near: {near}", "      "))
    total = _total(found)
    click.echo(f"{_percent(total):.0f}% of the sentences are checked.")


def _sources(
    root: Path, paths: Sequence[Path], name: str | None, *, worktree: bool
) -> Sequence[Source]:
    if paths:
        return [read_source(str(file), content(file)) for file in sources_named(paths)]
    if worktree:
        return list(sources_of(files_of_genome(root)).values())
    repository = GitRepository(root)
    return list(sources_of(repository.files(repository.resolve(name or "main"))).values())


def _total(found: Sequence[Coverage]) -> Coverage:
    prose = tuple(text for one in found for text in one.prose)
    return Coverage("all", sum(one.sentences for one in found), prose)


def _share(one: Coverage) -> dict[str, object]:
    return {
        "sentences": one.sentences,
        "executable": one.executable,
        "percent": round(_percent(one), 1),
        "prose": [{"sentence": text, "nearest": NETWORK.nearest(text)} for text in one.prose],
    }


def _percent(one: Coverage) -> float:
    return 100.0 * one.executable / one.sentences if one.sentences else 100.0
