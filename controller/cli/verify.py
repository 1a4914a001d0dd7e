"""`events verify`, `events checkpoint`: whether the log is what was recorded, and still is."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controller.adapters.atomic_file import write_atomically
from controller.adapters.git_log_tip import GitLogTip
from controller.adapters.git_other_log import other_log
from controller.cli.screen import complain, echo_json, format_option
from controller.domains.world import JsonObject
from controller.history.growth import Comparison, Relation, compare, digest
from controller.limits import CHECKPOINT_BYTES
from controller.ports import Blocked
from controller.wiring import OpenLog, open_log


class Checkpoint(BaseModel):
    """A log at one moment, small enough to be kept elsewhere. `commit` is empty if none was."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    commit: str = Field(pattern=r"^([0-9a-f]{40}|)$")
    length: int = Field(ge=0)
    last: str = Field(pattern=r"^([0-9a-f]{64}|)$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


@click.command()
@click.option("--against", help="Another clone: the name of a remote, a path or a URL.")
@click.option(
    "--checkpoint",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What `germline events checkpoint` wrote.",
)
@format_option
@click.pass_obj
def verify(path: str, against: str | None, file: Path | None, output: str) -> None:
    """Check every event and every commit of the log; exit 1 if it is not what it was.

    With --checkpoint: that the log still grows out of what it was then. With --against: how it
    compares with what another clone has sealed: equal, ahead, behind or rewritten.
    """
    kept = None if file is None else _read(file)
    with open_log(Path(path)) as opened:
        result: JsonObject = {"events": opened.log.verify()}
        wrong = _repeat(opened)
        if kept is not None:
            parted = _since_checkpoint(opened, kept)
            result["checkpoint"] = parted or "grown from it"
            wrong = wrong or parted
        if against is not None:
            with other_log(opened.gitdir, against) as other:
                found = compare(opened.log.stored.since(), other.since())
            result["against"] = _comparison(found)
            if found.relation is Relation.REWRITTEN:
                wrong = wrong or _parting(found, against)
    if output == "json":
        echo_json({**result, "sound": wrong is None})
    else:
        _tell(result, against)
    if wrong is not None:
        if output != "json":
            complain(wrong, "compare both with a third clone before anything is fetched or pushed")
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def checkpoint(path: str, file: Path) -> None:
    """Write what the log is now to FILE: commit, length, last event, hash. Keep it elsewhere."""
    with open_log(Path(path)) as opened:
        commit, length = GitLogTip(opened.gitdir).commit(), opened.log.length()
        now = digest(opened.log.stored.since(), length)
        assert now is not None, "a log only grows"
    kept = Checkpoint(commit=commit, length=length, last=now.last, sha256=now.sha256)
    if not file.parent.is_dir():
        raise Blocked(f"{file} cannot be written: there is no {file.parent}", "make it first")
    try:
        write_atomically(file, (kept.model_dump_json(indent=1) + "\n").encode())
    except OSError as error:
        raise Blocked(f"{file} cannot be written: {error}", "give another FILE") from error
    click.echo(f"{length} events up to {now.last[:12] or 'none'}, written to {file}")


def _read(file: Path) -> Checkpoint:
    hint = "give a file that `germline events checkpoint FILE` wrote"
    try:
        with file.open("rb") as opened:
            return Checkpoint.model_validate_json(opened.read(CHECKPOINT_BYTES))
    except OSError as error:
        raise Blocked(f"{file} cannot be read: {error.strerror}", hint) from error
    except ValidationError as error:
        raise Blocked(f"{file} is not a checkpoint: {error.errors()[0]['msg']}", hint) from error


def _repeat(opened: OpenLog) -> str | None:
    """That an event is in the log twice, which its id forbids; None if none is.

    The index holds what was sealed as well, so without its key nobody can look.
    """
    try:
        for first, again in opened.index.repeated():
            return f"event {again} is event {first} once more"
    except Blocked as sealed:
        click.echo(f"Repeated events were not looked for: {sealed.reason}", err=True)
    return None


def _since_checkpoint(opened: OpenLog, kept: Checkpoint) -> str | None:
    """Why the log does not grow out of a checkpoint, or None if it does."""
    then = digest(opened.log.stored.since(), kept.length)
    if then is None:
        return f"the log has {opened.log.length()} events, it had {kept.length} at the checkpoint"
    if then.last != kept.last:
        return f"event {kept.length - 1} is {then.last[:12]}, it was {kept.last[:12]}"
    if then.sha256 != kept.sha256:
        return f"one of the events before event {kept.length - 1} is another than it was"
    if not GitLogTip(opened.gitdir).grew_from(kept.commit):
        return f"the events are the same, but in commits that do not descend from {kept.commit}"
    return None


def _comparison(found: Comparison) -> JsonObject:
    return {
        "relation": found.relation.value,
        "common": found.common,
        "ours": found.ours.id if found.ours else None,
        "theirs": found.theirs.id if found.theirs else None,
    }


def _parting(found: Comparison, against: str) -> str:
    ours = found.ours.id[:12] if found.ours else "none"
    theirs = found.theirs.id[:12] if found.theirs else "none"
    return f"event {found.common} is {ours} here and {theirs} in {against}: one was rewritten"


def _tell(result: JsonObject, against: str | None) -> None:
    click.echo(f"{result['events']} events verify.")
    if result.get("checkpoint") == "grown from it":
        click.echo("The log grew out of the checkpoint.")
    compared = result.get("against")
    if isinstance(compared, dict) and compared["relation"] != Relation.REWRITTEN:
        click.echo(f"{compared['relation']}: {compared['common']} events in common with {against}.")
