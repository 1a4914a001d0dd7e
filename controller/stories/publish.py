"""Publish: the membrane's outer side. Drafts become draft pull requests on a forge, if one is set.

One step of the pass, level-triggered: it looks at the forge when something here has changed, when
it is time to, or when a webhook says so; takes over what people did there; shows what is so here.
What fails is tried again after a wait that doubles. Without `[forge]` it does nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from controller import forge_limits
from controller.ports import Blocked, Clock, ControllerError, DraftRef, Unavailable
from controller.ports.forge import Memory, Relations
from controller.stories.exchange import (
    exchange_drafts,
    follow_main,
    push_records,
    withdraw,
)
from controller.stories.mainline import Main
from controller.stories.merge import Membrane
from controller.stories.pull_story import tell_draft
from controller.stories.pulls import Told, conclude, end_gone, keep_pull

Held = Callable[[DraftRef], str | None]


@dataclass(slots=True)
class Publisher:
    """What publishing needs. `shown` is what was so here at the last look that went well."""

    membrane: Membrane
    memory: Memory
    clock: Clock
    asked: bool = False
    told: Told = field(default_factory=Told)
    shown: tuple[object, ...] = ()

    def look_now(self) -> None:
        """Have the next pass look, whenever the next look is due. May be called by any thread."""
        self.asked = True


def keep_published(publisher: Publisher, main: Main, held: Held) -> bool:
    """Look if it is time; `held` says what a draft has to wait for.

    True if something moved here. Raises `Unavailable` or `Blocked`.
    """
    if main.config.forge is None:
        return False
    now, relations = publisher.clock.now(), publisher.memory.read()
    if relations.project != main.config.forge.project:
        relations = Relations(main.config.forge.project)
    waits = relations.next_look is not None and now < relations.next_look
    if waits and relations.trouble:
        assert relations.next_look is not None
        left = (relations.next_look - now).total_seconds()
        raise Unavailable(relations.trouble, relations.hint, retry_after_s=left)
    here = _fingerprint(publisher.membrane, main)
    if waits and publisher.shown == here and not publisher.asked:
        return False
    publisher.asked = False
    try:
        acted = _look(publisher, main, held)
    except ControllerError as trouble:
        if isinstance(trouble, Unavailable | Blocked):
            _note_failure(publisher, relations, trouble)
        raise
    _note_success(publisher, relations, () if acted else here)
    return acted


def _look(publisher: Publisher, main: Main, held: Held) -> bool:
    membrane = publisher.membrane
    connection = membrane.connect()
    if connection is None:  # main has moved on to one without a forge
        return False
    there = connection.remote.refs()
    if follow_main(connection, there):
        return True
    exchanged = exchange_drafts(connection, there)
    if exchanged.acted:
        return True
    open_pulls = connection.forge.pulls()
    pulls = {pull.branch: pull for pull in open_pulls}
    acted, trouble, here = False, None, set()
    for draft in membrane.repository.drafts():
        here.add(draft.name)
        try:
            if draft.name in exchanged.gone:
                acted |= end_gone(membrane, connection, main, draft)
            else:
                text = tell_draft(membrane, main, draft, held(draft))
                acted |= keep_pull(membrane, connection, main, draft, text, pulls, publisher.told)
        except Blocked as blocked:  # the others are published all the same
            trouble = blocked
    ledger = membrane.chronicle.ledger.drafts
    reviewed = frozenset(
        pull.branch
        for pull in open_pulls
        if pull.branch in here or not conclude(connection.forge, ledger, pull)
    )
    publisher.told.forget_but({draft.commit for draft in membrane.repository.drafts()})
    withdraw(connection.remote, exchanged, reviewed)
    push_records(connection, there)
    if trouble is not None:
        raise trouble
    return acted


def _fingerprint(membrane: Membrane, main: Main) -> tuple[object, ...]:
    """What the forge is told of, as it is here: a change is told at once."""
    repository = membrane.repository
    proved = tuple((d.name, d.commit, repository.proof(d.commit)) for d in repository.drafts())
    return (main.commit, membrane.obstacle(), proved)


def _note_success(publisher: Publisher, relations: Relations, shown: tuple[object, ...]) -> None:
    now = publisher.clock.now()
    refused = publisher.memory.read().refused
    wait = _varied(forge_limits.FORGE_POLL_SECONDS, f"{relations.project} {now.timestamp()}")
    well = replace(relations, refused=refused).well(now, now + timedelta(seconds=wait))
    publisher.memory.write(well)
    publisher.shown = shown


def _note_failure(
    publisher: Publisher, relations: Relations, trouble: Unavailable | Blocked
) -> None:
    doubled = forge_limits.FORGE_BACKOFF_FIRST_SECONDS * 2 ** min(
        relations.failures, forge_limits.FORGE_TRIES
    )
    wait = min(doubled, forge_limits.FORGE_BACKOFF_MAX_SECONDS)
    wait = _varied(wait, f"{relations.project} {relations.failures}")
    if isinstance(trouble, Unavailable):
        wait = max(wait, trouble.retry_after_s)
        trouble.retry_after_s = wait
    until = publisher.clock.now() + timedelta(seconds=wait)
    publisher.memory.write(relations.failed(trouble.reason, trouble.hint, until))


def _varied(seconds: float, seed: str) -> float:
    """A wait of about `seconds`, which differs from one project and moment to another."""
    digest = hashlib.sha256(seed.encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return seconds * (1 + forge_limits.FORGE_JITTER * (2 * share - 1))
