"""`check --coverage` and `check --phrases`: how much of the contracts' prose is executable.

Called by language.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from controller.cli.screen import echo_json, folded
from controller.domains.network import NETWORK
from controller.domains.understanding import understood
from controller.genome.prose import Coverage, coverage
from controller.language.sources import Source


def show_phrases(output: str) -> None:
    """List the domain's phrases, for people or as JSON."""
    if output == "json":
        echo_json(list(NETWORK.phrases()))
        return
    for text in NETWORK.phrases():
        click.echo(text)


def show_coverage(sources: Iterable[Source], output: str) -> None:
    """Each gene's share and that of all, for people or as JSON; other levels say no sentences."""
    genes = [gene for source in sources for gene in source.document.genes]
    found = coverage(genes, understood(NETWORK))
    total = _total(found)
    if output == "json":
        contracts = [{"contract": one.contract, **_share(one)} for one in found]
        echo_json({"contracts": contracts, "all": _share(total)})
        return
    for one in found:
        _say_share(one)
        for text in one.prose:
            _say_prose(text)
    _say_share(total)
    click.echo(f"{_percent(total):.0f}% of the sentences are checked.")


def _say_share(one: Coverage) -> None:
    click.echo(f"{one.contract}: {one.executable} of {one.sentences} sentences executable")


def _say_prose(text: str) -> None:
    click.echo(folded(f"  prose: {text}", "    "))
    near = NETWORK.nearest(text)
    if near is not None:
        click.echo(folded(f"    near: {near}", "      "))


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
