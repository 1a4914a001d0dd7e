"""What a shell offers when somebody presses Tab: loci, worlds, drafts and demands of the genome.

Arguments name one of these functions (`shell_complete=`); click speaks the shells' protocols. A
shell waits for the answer, so names are taken from main without compiling it, and what cannot be
read offers nothing: a completion is no place for errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from controller import limits

_DOCUMENT: Final = re.compile(rb"^(gene|pathway|topology|intent|phenotype)\s+(\w+)", re.MULTILINE)
Offer = tuple[str, str]
"""What may be typed, and what it is."""
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completer(offers: Callable[[Path], Iterable[Offer]]) -> Completer:
    def complete(
        context: click.Context,
        _parameter: click.Parameter,
        incomplete: str,
    ) -> list[CompletionItem]:
        from controller.ports import ControllerError  # noqa: PLC0415 - only when a shell asks

        path = Path(context.find_root().params.get("path") or ".")
        try:
            found = [offer for offer in offers(path) if offer[0].startswith(incomplete)]
        except ControllerError:
            return []
        return [CompletionItem(word, help=told) for word, told in found[: limits.COMPLETIONS]]

    return complete


def _files(path: Path) -> Mapping[str, bytes]:
    from controller.adapters.git_repository import GitRepository  # noqa: PLC0415

    repository = GitRepository(path)
    return repository.files(repository.main())


def _documents(path: Path, kinds: Iterable[str]) -> list[Offer]:
    files = _files(path)
    found = (
        (name.decode(), kind.decode())
        for file in files
        if file.endswith(".sg")
        for kind, name in _DOCUMENT.findall(files[file])
    )
    return sorted(offer for offer in found if offer[1] in kinds)


def _worlds(path: Path) -> Iterable[Offer]:
    """The worlds of `germline.toml`; for a pattern, those of the inventory's hosts that fit it."""
    from controller.config import read_config  # noqa: PLC0415
    from controller.genome.inventory import read_inventory  # noqa: PLC0415

    files = _files(path)
    for name, settings in read_config(files)[0].worlds.items():
        if "*" not in name:
            yield name, settings.phenotype
            continue
        groups, _ = read_inventory(files)
        for host in sorted((groups or {}).get("all", ())):
            yield name.replace("*", host), settings.phenotype


def _drafts(path: Path) -> Iterable[Offer]:
    from controller.adapters.git_repository import GitRepository  # noqa: PLC0415

    return [(draft.name, draft.title) for draft in GitRepository(path).drafts()]


def _demands(path: Path) -> Iterable[Offer]:
    from controller.cli.screen import organism  # noqa: PLC0415

    with organism(path.as_posix()) as opened:
        records = list(opened.chronicle.ledger.demands.values())
    for record in reversed(records):
        yield record.demand.id[:12], f"{record.demand.locus} on {record.demand.world}"


loci = _completer(lambda path: _documents(path, ("gene", "pathway")))
"""Genes and pathways."""
asked_for = _completer(lambda path: _documents(path, ("gene", "pathway", "topology", "intent")))
"""Whatever `express` and `plan` take."""
topologies = _completer(lambda path: _documents(path, ("topology",)))
phenotypes = _completer(lambda path: _documents(path, ("phenotype",)))
worlds = _completer(_worlds)
drafts = _completer(_drafts)
demands = _completer(_demands)
"""The ids of demands, the latest first."""
explained = _completer(lambda path: [*_documents(path, ("gene", "pathway")), *_demands(path)])
"""What `why` takes: loci and demands."""
