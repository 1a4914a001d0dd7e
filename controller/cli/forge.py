"""What `status` and `draft` tell of the forge."""

from __future__ import annotations

import click

from controller.cli.screen import folded
from controller.domains.world import JsonObject
from controller.history.event import rfc3339
from controller.ports import DraftRef
from controller.ports.forge import Relations
from controller.stories.mainline import Main
from controller.wiring import Organism


def url_of(opened: Organism, draft: DraftRef) -> str | None:
    """A draft's pull request, if it has one."""
    record = opened.chronicle.ledger.drafts.get(draft.name)
    return record.url if record is not None and record.url else None


def forge_told(main: Main, relations: Relations) -> JsonObject | None:
    """How it stands with the forge, for programs; None where none is configured."""
    config = main.config.forge
    if config is None:
        return None
    if relations.project != config.project:
        relations = Relations(config.project)
    looked, look = relations.looked_at, relations.next_look
    return {
        "kind": config.kind,
        "url": config.url,
        "project": config.project,
        "looked_at": None if looked is None else rfc3339(looked),
        "next_look": None if look is None else rfc3339(look),
        "failures": relations.failures,
        "trouble": relations.trouble or None,
        "hint": relations.hint or None,
        "refused": relations.refused or None,
    }


def show_forge(told: JsonObject) -> None:
    """The same, for people."""
    since = f"seen at {told['looked_at']}" if told["looked_at"] else "not seen yet"
    where = f"{str(told['url']).rstrip('/')}/{told['project']}"
    click.echo(folded(f"  forge  {told['kind']} {where}, {since}", "         "))
