"""`events`: the log, for people and for programs. `append` and `verify` have their own files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import click
import rfc8785

from controller.cli.append import append
from controller.cli.completion import demands
from controller.cli.screen import echo_json, folded, format_option, printable
from controller.cli.verify import checkpoint, verify
from controller.domains.world import JsonObject
from controller.history.event import Event
from controller.history.intake import Refused, read_time
from controller.limits import FOLLOW_WAIT_SECONDS
from controller.ports import Blocked
from controller.stories.ask import Consequence, Found, Question, answer, causes, consequences, named
from controller.stories.why import say
from controller.wiring import OpenLog, open_log

_CURSOR = re.compile(r"[0-9]{1,12}")
_ID = re.compile(r"[0-9a-f]{4,64}")


@click.group()
def events() -> None:
    """The log: append to it, read it, follow it, check it."""


for command in (append, verify, checkpoint):
    events.add_command(command)


@events.command("log")
@click.option("--type", "kind", help="Only types that this pattern fits, such as 'draft.*'.")
@click.option("--subject", help="Only events about exactly this.")
@click.option("--since", help="Only after so many events, after the event of this id, or a time.")
@click.option("--until", help="Only up to a time, such as 2026-11-01T12:00:00Z.")
@click.option("--cause", help="Only what the event with this id led to, directly.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--follow", is_flag=True, help="Go on with what is appended, until Ctrl-C.")
@format_option
@click.pass_obj
def log_events(
    path: str,
    kind: str | None,
    subject: str | None,
    since: str | None,
    until: str | None,
    cause: str | None,
    limit: int | None,
    follow: bool,
    output: str,
) -> None:
    """Events, oldest first; as JSON one a line, as the log has them."""
    with open_log(Path(path)) as opened:
        question = Question(
            type=kind,
            subject=subject,
            cause=None if cause is None else named(opened.log, opened.index, cause)[1].id,
            latest=None if until is None else _moment("--until", until),
        )
        question = _since(opened, question, since)
        found = _followed(opened, question) if follow else _so_far(opened, question)
        for _, event in islice(found, limit):
            click.echo(_line(event) if output == "json" else _told(event))


def _so_far(opened: OpenLog, question: Question) -> Iterator[Found]:
    return answer(opened.log, opened.index, question, opened.log.length())


def _followed(opened: OpenLog, question: Question) -> Iterator[Found]:
    """What is there, then what comes, for as long as somebody reads."""
    end = opened.log.length()
    yield from answer(opened.log, opened.index, question, end)
    end = max(end, question.begin)
    while True:
        if opened.log.wait(end, FOLLOW_WAIT_SECONDS):
            for number, event in enumerate(opened.log.since(end), end):
                end = number + 1
                if question.fits(event):
                    yield number, event


def _since(opened: OpenLog, question: Question, since: str | None) -> Question:
    """The question with its beginning: a cursor, an event's id or a time."""
    if since is None:
        return question
    if _CURSOR.fullmatch(since):
        length = opened.log.length()
        if int(since) > length:
            raise Blocked(f"the log has {length} events, not {since}", "give a smaller --since")
        return replace(question, begin=int(since))
    if _ID.fullmatch(since):
        return replace(question, begin=named(opened.log, opened.index, since)[0] + 1)
    return replace(question, earliest=_moment("--since", since))


@events.command()
@click.argument("event_id", metavar="ID", shell_complete=demands)
@format_option
@click.pass_obj
def show(path: str, event_id: str, output: str) -> None:
    """One event, by its id or a unique beginning of it: what it says, why, and what came of it."""
    with open_log(Path(path)) as opened:
        sequence, event = named(opened.log, opened.index, event_id)
        before = causes(opened.log, opened.index, event)
        after = consequences(opened.log, opened.index, event)
    if output == "json":
        echo_json(
            {
                "sequence": sequence,
                "event": _record(event),
                "causes": [_record(one) for one in before],
                "consequences": [
                    {"depth": one.depth, "sequence": one.sequence, "event": _record(one.event)}
                    for one in after
                ],
            }
        )
        return
    _show(sequence, event)
    for title, lines in (("Because", _climb(before)), ("It led to", _tree(after))):
        if lines:
            click.echo(f"{title}:")
            for line in lines:
                click.echo(line)


def _show(sequence: int, event: Event) -> None:
    click.echo(f"{event.id}\n  event {sequence} of the log, {event.time}, by ", nl=False)
    click.echo(printable(event.actor))
    click.echo(f"  {event.type}  {printable(event.subject)}")
    for name, value in event.data.items():
        said = printable(rfc8785.dumps(value).decode())
        click.echo(folded(f"    {printable(name)}: {said}", " " * 6))


def _climb(before: tuple[Event, ...]) -> list[str]:
    return [_told(event, "  ") for event in before]


def _tree(after: tuple[Consequence, ...]) -> list[str]:
    return [_told(one.event, "  " * one.depth) for one in after]


def _told(event: Event, indent: str = "") -> str:
    said = f"{event.type}  {say(event)}" if say(event) != event.type.replace(".", " ") else ""
    line = printable(f"{event.id[:8]}  {event.time[:23]}  {said or event.type}")
    subject = f"  {printable(event.subject)}" if not said and event.subject else ""
    return folded(f"{indent}{line}{subject}", f"{indent}{' ' * 10}")


def _record(event: Event) -> JsonObject:
    return {"id": event.id, **event.body()}


def _line(event: Event) -> str:
    return rfc8785.dumps(_record(event)).decode()


def _moment(option: str, text: str) -> datetime:
    try:
        return read_time(text)
    except Refused as wrong:
        raise Blocked(f"{option}: {wrong.reason}", wrong.hint) from wrong
