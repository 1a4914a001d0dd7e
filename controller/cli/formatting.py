"""`germline fmt`: contracts in their canonical form."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from controller.cli.screen import complain
from controller.language.formatting import Refused, formatted
from controller.language.on_disk import content, genome_around, sources_in_genome, sources_named
from controller.language.rewriting import rewrite
from controller.language.sources import read_source
from controller.ports import Blocked

WOULD_CHANGE = 2
"""Exit code of `fmt --check` when a file is not canonical."""

_STDIN = "<stdin>"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 2 if it would.")
@click.pass_obj
def fmt(path: str, paths: tuple[Path, ...], only_check: bool) -> None:
    """Write contracts in their canonical form; comments stay where they are.

    PATHS are files or folders, by default those of the genome; `-` reads standard input and
    writes standard output. A file with mistakes is left as it is.
    """
    if paths == (Path("-"),):
        _format_stdin(only_check)
        return
    files = sources_named(paths) if paths else _own_files(Path(path))
    changed, refused = 0, 0
    for file in files:
        try:
            changed += _format_file(file, only_check)
        except Blocked as blocked:
            refused += 1
            complain(blocked.reason, blocked.hint)
    verb = "would change" if only_check else "changed"
    click.echo(f"{len(files)} files: {changed} {verb}, {refused} refused.", err=True)
    _end(refused, changed if only_check else 0)


def _format_file(file: Path, only_check: bool) -> bool:
    """Format one file; True if it was not canonical. Raises `Blocked` if it stays as it is."""
    data = content(file)
    text = _formatted(str(file), data)
    if text == data:
        return False
    click.echo(file)
    if not only_check:
        rewrite(file, text)
    return True


def _formatted(name: str, data: bytes) -> bytes:
    text = formatted(read_source(name, data))
    if isinstance(text, Refused):
        hint = "`germline check` shows them" if text.diagnostics else "please report this file"
        raise Blocked(f"{name} is left as it is: {text.reason}", hint)
    return text.encode()


def _own_files(root: Path) -> list[Path]:
    if genome_around(root) is None:
        raise Blocked(f"{root} lies in no genome", "name files or folders, or a genome by -C")
    return sources_in_genome(root)


def _format_stdin(only_check: bool) -> None:
    data = sys.stdin.buffer.read()
    text = _formatted(_STDIN, data)
    if not only_check:
        sys.stdout.buffer.write(text)
    _end(0, only_check and text != data)


def _end(refused: int, changed: int) -> None:
    if refused:
        raise SystemExit(1)
    if changed:
        raise SystemExit(WOULD_CHANGE)
