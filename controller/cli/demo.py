"""`demo`: lives through the MAC-flapping incident, on the real kernel where it can."""

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
from controller.demo.engine import Engine, PassesHere, controller_process
from controller.demo.setting import namespaces, simulated
from controller.demo.story import Story
from controller.demo.telling import Narrator
from controller.domains.network.scenario import draw
from controller.wiring import open_organism

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC)
"""When the virtual clock begins, so that a seed gives the same transcript any day."""


@click.command()
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
def demo(world: str | None, seed: int, allele: Path | None, keep: Path | None) -> None:
    """Break a network on purpose and watch it being healed, proved, merged and reverted."""
    console = Console(highlight=False)
    where, lacking = choose_world(world, is_root=os.geteuid() == 0)
    if lacking:
        console.print(f"{lacking}; the story takes place on the simulated kernel.")
    source = allele.read_text() if allele else None
    scratch = Path(tempfile.mkdtemp(prefix="germline-demo-"))
    try:
        good = _play(console, where, seed, source, keep or scratch / "genome")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if keep:
        console.print(f"The genome repository: {keep}")
    if not good:
        raise SystemExit(1)


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
