"""`forget`, `vault`: a subject's data gone for good, and the keys that make it possible."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import click

from controller.adapters import vault_upkeep
from controller.cli.screen import echo_json, format_option
from controller.ports import Blocked
from controller.ports.forgetting import Gone
from controller.stories.forget import check_forgettable
from controller.stories.forget import forget as forget_subject
from controller.wiring import OpenLog, open_log

_DIRECTORY = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("subject")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(path: str, subject: str, yes: bool) -> None:
    """Destroy the key of SUBJECT (entity:id), and every copy of its data."""
    with open_log(Path(path)) as opened:
        check_forgettable(opened.privacy(), subject)
        if not yes:
            click.confirm(f"Nobody can bring {subject} back afterwards. Forget it?", abort=True)
        done = forget_subject(opened.memory, subject, opened.clock.now(), _person())
        if isinstance(done, Gone):
            click.echo(f"{subject} was forgotten on {done.time:%Y-%m-%d at %H:%M}.")
        else:
            click.echo(f"{subject} is forgotten: its key is destroyed, its copies are removed.")
            click.echo(f"The log knows it as ~{done.pseudonym} (event {done.tombstone[:12]}).")
        _warn(opened, subject)


def _warn(opened: OpenLog, subject: str) -> None:
    """What no destroyed key reaches."""
    plain = opened.memory.log.in_plain(subject)
    if plain:
        click.echo(
            f"Warning: {plain} events about it were recorded before its entity had the rule; "
            "git keeps them in plain.",
            err=True,
        )
    click.echo("Backups of the vault still hold the key: remove them, or rotate the master key.")


def _person() -> str:
    return f"person:{pwd.getpwuid(os.geteuid()).pw_name}"


@click.group()
def vault() -> None:
    """The keys of subjects that may ask to be forgotten."""


@vault.command()
@format_option
@click.pass_obj
def status(path: str, output: str) -> None:
    """Where the keys are, whether each can be read, and who is forgotten (in numbers)."""
    with open_log(Path(path)) as opened:
        entities = sorted(opened.privacy().shredded)
        if not opened.vault.exists():
            told: dict[str, object] = {"directory": str(opened.vault.directory), "exists": False}
        else:
            state = vault_upkeep.state_of(opened.vault)
            told = {
                "directory": str(state.directory),
                "exists": True,
                "master": state.master,
                "master_from": state.origin,
                "keys": state.keys,
                "forgotten": state.forgotten,
                "unfinished": state.unfinished,
            }
    if output == "json":
        echo_json({**told, "entities": entities})
        return
    click.echo(f"Entities with keys: {', '.join(entities) or 'none'}")
    if not told["exists"]:
        click.echo(f"No vault yet: the first key makes one in {told['directory']}.")
        return
    click.echo(f"Vault {told['directory']}: {told['keys']} keys, {told['forgotten']} forgotten.")
    click.echo(f"Master key {told['master']} from {told['master_from']}.")


@vault.command()
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="File with the key.")
@click.pass_obj
def rotate(path: str, to: Path | None) -> None:
    """Encrypt every key under another master key; older backups are unreadable then."""
    with open_log(Path(path)) as opened:
        _check_there(opened)
        master = vault_upkeep.rotate(opened.vault, to)
    click.echo(f"The vault is under master key {master.name} now.")
    if to is not None:
        click.echo(f"Set the key in {to} where the former one was set, and destroy that one.")


@vault.command()
@click.argument("directory", type=_DIRECTORY)
@click.pass_obj
def backup(path: str, directory: Path) -> None:
    """Copy the encrypted keys into DIRECTORY; the master key is not among them."""
    with open_log(Path(path)) as opened:
        _check_there(opened)
        number = vault_upkeep.backup(opened.vault, directory, opened.clock.now())
    click.echo(f"{number} keys in {directory}. Forgetting somebody cannot reach this copy:")
    click.echo("make a new one and remove this one afterwards.")


@vault.command()
@click.argument("directory", type=_DIRECTORY)
@click.pass_obj
def restore(path: str, directory: Path) -> None:
    """Bring back the keys in DIRECTORY, but of nobody who was forgotten."""
    with open_log(Path(path)) as opened:
        tombstones, _ = opened.memory.log.tombstones(0)
        buried = {event.subject.partition("~")[2] for event in tombstones}
        done = vault_upkeep.restore(opened.vault, directory, buried)
    click.echo(f"{done.keys} keys restored, {done.present} were there.")
    if done.refused:
        click.echo(f"{done.refused} keys refused: their subjects were forgotten.")


def _check_there(opened: OpenLog) -> None:
    if not opened.vault.exists():
        raise Blocked(
            f"there is no vault in {opened.vault.directory}",
            "the first key that is needed makes it",
        )
