"""`service`: the controller as a systemd service of this machine."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import click

from controller.adapters.atomic_file import write_atomically
from controller.ports import Blocked
from controller.unit import ROOTS, Choices, file_name, problem, unit_text

UNITS = Path("/etc/systemd/system")
RUNNING = Path("/run/systemd/system")
"""There where systemd is the init of this machine (sd_booted(3))."""


@click.group()
def service() -> None:
    """Run the controller as a systemd service."""


name_option = click.option("--name", help="Of the unit; by default the genome's directory.")
folder_option = click.option(
    "--unit-dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=UNITS,
    show_default=True,
    help="Where units are.",
)


@service.command("install")
@name_option
@folder_option
@click.option("--user", help="Who runs it; by default the owner of the genome.")
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="NAME=PATH",
    help="A secret that systemd hands in, such as germline-master-key=/etc/germline/key.",
)
@click.option("--print", "show", is_flag=True, help="Print the unit and change nothing.")
@click.pass_obj
def install(
    path: str,
    name: str | None,
    folder: Path,
    user: str | None,
    credentials: tuple[str, ...],
    show: bool,
) -> None:
    """Write a hardened unit for this genome, and start it where systemd runs.

    The service runs as the genome's owner. Worlds of this machine's own kernel (`netns:NAME`) need
    root; then it has network rights and few others.
    """
    genome = Path(path).resolve()
    owner = user or _owner(genome)
    secrets = tuple(_credential(one) for one in credentials)
    choices = Choices(name or genome.name, genome, _program(), owner, secrets)
    wrong = problem(choices) or _lacking(choices)
    if wrong is not None:
        raise Blocked(wrong, "`--name`, `--user` and `--credential` say otherwise")
    _try_out(choices)
    text = unit_text(choices)
    if show:
        click.echo(text, nl=False)
        return
    unit = folder / file_name(choices.name)
    _write(unit, text)
    click.echo(f"{unit} runs the controller of {genome} as {owner}.")
    if owner == ROOTS:
        click.echo("It runs as root: give the genome to a user of its own unless it needs to.")
    _started(unit.name)


@service.command("uninstall")
@name_option
@folder_option
@click.pass_obj
def uninstall(path: str, name: str | None, folder: Path) -> None:
    """Stop the service and take its unit away; the genome stays as it is."""
    unit = folder / file_name(name or Path(path).resolve().name)
    if not unit.exists():
        there = ", ".join(sorted(one.name for one in folder.glob("germline-*.service"))) or "none"
        raise Blocked(f"there is no {unit}", f"units: {there}")
    if RUNNING.exists():
        _systemctl("disable", "--now", unit.name)
    unit.unlink()
    if RUNNING.exists():
        _systemctl("daemon-reload")
    click.echo(f"{unit} is gone.")


def _started(unit: str) -> None:
    if not RUNNING.exists():
        click.echo(f"systemd does not run here; where it does: systemctl enable --now {unit}")
        return
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", unit)
    click.echo(f"Started. `systemctl status {unit}` shows how it is; `journalctl -u {unit}` why.")


def _write(unit: Path, text: str) -> None:
    try:
        unit.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(unit, text.encode())
        unit.chmod(0o644)
    except OSError as error:
        hint = "run it as root, or `--print` and put the unit there yourself"
        raise Blocked(f"{unit} cannot be written: {error.strerror}", hint) from error


def _program() -> tuple[str, ...]:
    """How this very program is called, wherever it is installed."""
    installed = Path(sys.executable).parent / "germline"
    return (str(installed),) if installed.exists() else (sys.executable, "-m", "controller")


def _owner(genome: Path) -> str:
    try:
        uid = genome.stat().st_uid
        return pwd.getpwuid(uid).pw_name
    except OSError as error:
        hint = "give the directory of a genome, or make one with `germline init DIR`"
        raise Blocked(f"{genome} cannot be looked at: {error.strerror}", hint) from error
    except KeyError as error:
        hint = f"chown -R USER {genome}, a user of this machine"
        raise Blocked(f"{genome} belongs to {uid}, whom nobody knows", hint) from error


def _try_out(choices: Choices) -> None:
    """Have the program that is installed read the log of the genome, as its user.

    Git opens a repository for its owner alone, root is no exception; and what root may execute
    lies now and then where nobody else may look.
    """
    entry = pwd.getpwnam(choices.user)
    command = [*choices.program, "-C", str(choices.genome), "events", "log", "--limit", "1"]
    other = os.geteuid() != entry.pw_uid
    try:
        tried = subprocess.run(
            command,
            cwd="/",
            env={"PATH": os.defpath, "HOME": entry.pw_dir},
            capture_output=True,
            text=True,
            check=False,
            user=entry.pw_uid if other else None,
            group=entry.pw_gid if other else None,
            extra_groups=() if other else None,
        )
    except OSError as error:
        hint = "install Germline where everybody may read it, or act as root"
        reason = f"{choices.user} cannot run {command[0]}: {error.strerror}"
        raise Blocked(reason, hint) from error
    if tried.returncode != 0:
        reason, _, hint = tried.stderr.strip().removeprefix("Error: ").partition("\nHint: ")
        raise Blocked(f"{choices.user} cannot open {choices.genome}: {reason}", hint)


def _credential(given: str) -> tuple[str, Path]:
    name, equals, path = given.partition("=")
    if not (name and equals and Path(path).is_absolute()):
        raise Blocked(f"{given} is no credential", "NAME=/absolute/path of the file with it")
    return name, Path(path)


def _lacking(choices: Choices) -> str | None:
    try:
        entry = pwd.getpwnam(choices.user)
    except KeyError:
        return f"there is no user {choices.user}"
    if entry.pw_uid != choices.genome.stat().st_uid:
        return f"{choices.user} does not own {choices.genome}"  # git opens it for nobody else
    missing = next((path for _, path in choices.credentials if not path.exists()), None)
    return None if missing is None else f"there is no {missing}"


def _systemctl(*arguments: str) -> None:
    done = subprocess.run(
        ["systemctl", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_PAGER": ""},
    )
    if done.returncode != 0:
        command = " ".join(["systemctl", *arguments])
        reason = done.stderr.strip() or f"exit {done.returncode}"
        raise Blocked(
            f"`{command}` failed: {reason}", "`systemctl status` and `journalctl` say more"
        )
