"""`doctor`: what this machine and this genome lack, and how to mend each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from controller.adapters import machine, vault_upkeep
from controller.adapters.machine import Finding
from controller.adapters.twin.kernel import built_kernel
from controller.cli.genome import git_config
from controller.cli.screen import echo_json, folded, format_option
from controller.cli.signing import look_at_signing
from controller.ports import ControllerError, Unavailable
from controller.stories.mainline import read_main
from controller.wiring import Organism, open_organism

_MARKS = {"well": "✓", "poor": "!", "ill": "✗"}


@click.command()
@format_option
@click.pass_obj
def doctor(path: str, output: str) -> None:
    """Look at this machine and the genome, and say how to mend what is wrong.

    Exit 1 if something must be mended first; what is marked with `!` goes without.
    """
    found = [*_of_machine(), *_of_genome(Path(path))]
    if output == "json":
        echo_json([asdict(one) for one in found])
    else:
        for one in found:
            _show(one)
    if any(one.state == "ill" for one in found):
        raise SystemExit(1)


def _show(one: Finding) -> None:
    click.echo(folded(f"{_MARKS[one.state]} {one.name}: {one.told}", "    "))
    if one.mend:
        click.echo(folded(f"    Hint: {one.mend}", "    "))


def _of_machine() -> Iterator[Finding]:
    yield from machine.programs()
    yield machine.person(git_config("user.name"), git_config("user.email"))
    yield machine.rights()
    yield machine.clock()
    yield machine.manager()
    yield _twin()


def _twin() -> Finding:
    try:
        return Finding("twin", "well", f"{built_kernel()}")
    except Unavailable as absent:
        return Finding("twin", "poor", absent.reason, absent.hint)


def _of_genome(path: Path) -> Iterator[Finding]:
    try:
        with open_organism(path) as opened:
            yield from machine.kernel(opened.hands.bench.sandbox.missing())
            yield machine.disk(opened.gitdir)
            for name, look in _LOOKS:
                yield _looked(name, lambda at=look: at(opened))  # type: ignore[misc]
    except ControllerError as trouble:
        hint = trouble.hint or "germline init makes one"
        yield Finding("genome", "ill", trouble.reason, hint)


def _looked(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except ControllerError as trouble:
        return Finding(name, "ill", trouble.reason, trouble.hint)


def _main(opened: Organism) -> Finding:
    main = read_main(opened.repository, opened.hands.bench.domain)
    counts = f"{len(main.genome.loci)} loci, {len(main.genome.phenotypes)} phenotypes"
    return Finding("main", "well", f"{main.commit[:12]}, {counts}")


def _log(opened: Organism) -> Finding:
    opened.chronicle.refresh()
    return Finding(
        "log", "well", f"{opened.chronicle.length():,} events; `events verify` reads all"
    )


def _vault(opened: Organism) -> Finding:
    if not opened.past.privacy().shredded:
        return Finding("vault", "well", "no entity may ask to be forgotten: no keys are needed")
    if not opened.past.vault.exists():
        return Finding("vault", "well", "none yet: the first key makes it")
    state = vault_upkeep.state_of(opened.past.vault)
    told = f"opens, {state.keys} keys in {state.directory}; back it up: it is not in git"
    return Finding("vault", "well", told)


def _controller(opened: Organism) -> Finding:
    if not opened.lock().held():
        hint = "germline service install, or germline controller"
        return Finding("controller", "poor", "none works on this clone now", hint)
    return Finding("controller", "well", "one works on this clone")


def _brake(opened: Organism) -> Finding:
    opened.chronicle.refresh()
    pause = opened.chronicle.ledger.pause
    if pause is None:
        return Finding("brake", "well", "not pulled")
    told = f"paused by {pause.by} since {pause.since}: {pause.reason}"
    return Finding("brake", "poor", told, "germline resume")


def _worlds(opened: Organism) -> Finding:
    main = read_main(opened.repository, opened.hands.bench.domain)
    out: list[str] = []
    for name in main.config.worlds:
        try:
            opened.hands.worlds.kernel(name).observe()
        except ControllerError as trouble:
            out.append(f"{name}: {trouble.reason}")
    if out:
        hint = "the others go on; germline status tells what waits for them"
        return Finding("worlds", "poor", "; ".join(out), hint)
    return Finding("worlds", "well", f"{len(main.config.worlds)} answer")


_LOOKS: tuple[tuple[str, Callable[[Organism], Finding]], ...] = (
    ("main", _main),
    ("log", _log),
    ("vault", _vault),
    ("brake", _brake),
    ("signatures", look_at_signing),
    ("controller", _controller),
    ("worlds", _worlds),
)
