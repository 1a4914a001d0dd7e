"""`demo`: lives through the MAC-flapping incident, on the real kernel where it can; or through a
month of a sales office."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from controller.adapters.clock import SystemClock, VirtualClock
from controller.demo.days import office_days
from controller.demo.engine import Engine, PassesHere, controller_process
from controller.demo.five_gaps import five_gaps
from controller.demo.setting import namespaces, simulated
from controller.demo.story import Story
from controller.demo.telling import Narrator
from controller.domains.network.scenario import draw
from controller.wiring import open_organism

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC)
"""When the virtual clock begins, so that a seed gives the same transcript any day."""
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""The morning on which the office opens, for the same reason."""


@click.command()
@click.option(
    "--story",
    type=click.Choice(["network", "crm"]),
    default="network",
    show_default=True,
    help="An incident of a network, or a month of a sales office.",
)
@click.option("--world", type=click.Choice(["netns", "simulated"]), help="Default: netns as root.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the variation.")
@click.option(
    "--allele",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Start from this source of bridge_uplink instead of the shipped one.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Make the genome repository here and keep it, to look around in.",
)
def demo(story: str, world: str | None, seed: int, allele: Path | None, keep: Path | None) -> None:
    """Watch a living system live.

    `network`: break a network on purpose and watch it being healed, proved, merged and reverted.
    `crm`: what a sales office's system demands, each of the five kinds of gap, and how each ends.
    """
    console = Console(highlight=False)
    if story == "crm" and (world is not None or allele is not None):
        raise click.UsageError("--world and --allele are for the story of the network")
    scratch = Path(tempfile.mkdtemp(prefix="germline-demo-"))
    path = keep or scratch / "genome"
    try:
        if story == "crm":
            good = _play_office(console, seed, path)
        else:
            good = _play_network(console, world, seed, allele, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if keep:
        console.print(f"The genome repository: {keep}")
    if not good:
        raise SystemExit(1)


def _play_office(console: Console, seed: int, path: Path) -> bool:
    narrator = Narrator(console)
    with office_days(path, MONDAY) as days:
        good = five_gaps(days, narrator, seed).play()
    ending = "Five kinds of gap appeared, and each ended as told." if good else "Not as told."
    narrator.verdict(ending, good=good)
    return good


def _play_network(
    console: Console, world: str | None, seed: int, allele: Path | None, path: Path
) -> bool:
    where, lacking = choose_world(world, is_root=os.geteuid() == 0)
    if lacking:
        console.print(f"{lacking}; the story takes place on the simulated kernel.")
    return _play(console, where, seed, allele.read_text() if allele else None, path)


def choose_world(asked: str | None, *, is_root: bool) -> tuple[str, str]:
    """The world to play in (`netns` or `simulated`), and what kept the real one away."""
    if asked == "simulated":
        return "simulated", ""
    lacks = ""
    if not is_root:
        lacks = "Making network namespaces needs root"
    elif not Path("/proc/self/ns/net").exists():
        lacks = "This machine has no network namespaces"
    elif shutil.which("ip") is None or shutil.which("ping") is None:
        lacks = "The commands `ip` and `ping` are not installed"
    return ("simulated", lacks) if lacks else ("netns", "")


def _play(console: Console, where: str, seed: int, source: str | None, path: Path) -> bool:
    scenario = draw(seed)
    narrator = Narrator(console)
    with ExitStack() as stack:
        clock = VirtualClock(VIRTUAL_START) if where == "simulated" else SystemClock()
        make = simulated if where == "simulated" else namespaces
        setting = stack.enter_context(make(path, scenario, source, clock))
        organism = stack.enter_context(open_organism(path, clock))
        engine: Engine
        if isinstance(clock, VirtualClock):
            engine = PassesHere(organism, clock)
        else:
            engine = stack.enter_context(controller_process(path))
        good = Story(organism, setting, engine, narrator).play()
    ending = "Healed, and healthy as the kernel has it." if good else "Not healed."
    narrator.verdict(ending, good=good)
    return good
