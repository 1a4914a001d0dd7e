"""`init`, `explain`: making a genome and understanding what is said about it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click

from controller.adapters.clock import SystemClock
from controller.adapters.git_repository import GitRepository
from controller.cli.screen import complain, folded
from controller.shipped import EXAMPLES, example_files, shipped_files
from grammar.sg.codes import CODES


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--example", type=click.Choice(EXAMPLES), help="Another genome to begin with.")
def init(directory: Path, example: str | None) -> None:
    """Make a new genome repository with a working genome in DIRECTORY."""
    files = shipped_files() if example is None else example_files(example)
    GitRepository.create(directory, files, "A new genome\n", identity(), SystemClock())
    click.echo(f"A genome of {len(files)} files in {directory}, on main.")
    click.echo(f"Next: cd {directory} && germline check && germline status")


def identity() -> str:
    """Who commits: as git is configured, or a name that says it is not."""
    name, email = (git_config(key) for key in ("user.name", "user.email"))
    return f"{name or 'unknown person'} <{email or 'unknown@localhost'}>"


def git_config(key: str) -> str:
    """A setting of git as it is where the command runs; empty if there is none."""
    asked = subprocess.run(["git", "config", key], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


@click.command()
@click.argument("code")
def explain(code: str) -> None:
    """Explain a diagnostic's CODE, such as SG-E104."""
    entry = CODES.get(code.upper())
    if entry is None:
        complain(f"there is no code {code}", f"codes: {', '.join(sorted(CODES))}")
        raise SystemExit(1)
    click.echo(f"{code.upper()}: {entry.title}\n")
    click.echo(folded(entry.explanation))
