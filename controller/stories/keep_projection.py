"""Keep projections: in step with the log, true to it, and their gaps told.

One pass of the controller calls `keep_projections`; `germline gaps` asks `projection_gaps`. A
projection that lags is caught up; one that is not what the log makes of it is built anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from controller import limits
from controller.conductor.obligation import Gap, GapKind, Obligation
from controller.domains.records.reach import follows
from controller.domains.world import JsonObject
from controller.ports import Blocked
from controller.ports.projections import ProjectionStore
from controller.stories.audit_projection import miscount, untruth
from controller.stories.mainline import Main
from controller.stories.project import (
    Builder,
    Caught,
    Projector,
    catch_up,
    opened,
    rebuild,
    tell_reach,
)
from controller.stories.promote_projection import (
    builder_of,
    drop_leftovers,
    projection_loci,
    steer,
    wanted,
)

FORGOTTEN: Final = "somebody was forgotten"
OTHER_FORM: Final = "events are read in another form than it was built from"

Try = Callable[[str, Callable[[], bool]], bool]
"""Does one thing under a name, at most once a pass if it comes to nothing."""


def keep_projections(tools: Projector, main: Main, attempt: Try) -> bool:
    """Do the next thing that a projection needs; False if none needs anything."""
    for locus in projection_loci(main):
        name = f"projection {locus} {main.commit}"
        if attempt(f"{name} steer", lambda at=locus: steer(tools, main, at)):  # type: ignore[misc]
            return True
        if attempt(f"{name} keep", lambda at=locus: _keep(tools, main, at)):  # type: ignore[misc]
            return True
        if attempt(f"{name} drop", lambda at=locus: drop_leftovers(tools, main, at)):  # type: ignore[misc]
            return True
    return False


def _keep(tools: Projector, main: Main, locus: str) -> bool:
    """Catch up with the log; build anew what is not what the log makes of it."""
    live = _live(tools, main, locus)
    if live is None:
        return False
    pointer, form = tools.shelf.pointer(locus), tools.chronicle.form()
    wrong = OTHER_FORM if pointer.form != form else _followed(tools, main, live)
    if wrong is None:
        return False
    rebuilt(tools, live, wrong)
    if pointer.form != form:
        tools.shelf.point(locus, replace(pointer, form=form))
    with closing(opened(tools, live)) as store:
        tell_reach(tools, main, live, store)
    return True


def _followed(tools: Projector, main: Main, live: Builder) -> str | None:
    """Catch up; why the projection must be built anew all the same, if it must."""
    with closing(opened(tools, live)) as store:
        erased = store.erased()
        caught = Caught(0) if erased else catch_up(tools, live, store)
        if caught.failure is not None:
            raise Blocked(
                f"projection {live.locus} cannot go on: {caught.failure.told}",
                "promote an allele that takes this event",
            )
        if not (erased or caught.forgotten):
            if caught.events:
                tell_reach(tools, main, live, store)
            return _recounted(tools, live, store)
    if caught.forgotten:
        tools.shelf.erase()
    return FORGOTTEN


def rebuilt(tools: Projector, live: Builder, reason: str) -> bool:
    """Build a projection anew and say so. Raises `Blocked` if its gene cannot."""
    caught = rebuild(tools, live)
    if caught.failure is not None:
        raise Blocked(
            f"projection {live.locus} cannot be built anew: {caught.failure.told}",
            "the former one stays; promote an allele that takes this event",
        )
    told: JsonObject = {"locus": live.locus, "allele": live.allele.sha, "reason": reason}
    tools.chronicle.record("projection.rebuilt", live.locus, {**told, "taken": caught.events}, None)
    return True


def _recounted(tools: Projector, live: Builder, store: ProjectionStore) -> str | None:
    now = tools.clock.now()
    last = tools.recounted.get(live.locus)
    if last is not None and (now - last).total_seconds() < limits.PROJECTION_RECOUNT_SECONDS:
        return None
    tools.recounted[live.locus] = now
    found = untruth(tools, live, store)
    return None if found is None else found.told


def _live(tools: Projector, main: Main, locus: str) -> Builder | None:
    return builder_of(main.genome, locus, tools.shelf.pointer(locus).live)


def projection_gaps(tools: Projector, main: Main, now: datetime) -> tuple[Gap, ...]:
    """Where a projection is not what main or the log says."""
    return tuple(gap for locus in projection_loci(main) for gap in _gaps(tools, main, locus, now))


def _gaps(tools: Projector, main: Main, locus: str, now: datetime) -> Iterator[Gap]:
    target, pointer = wanted(main, locus), tools.shelf.pointer(locus)
    if pointer.live != target.allele.sha:
        reason = pointer.refused.get(target.allele.sha)
        status = "not live yet" if reason is None else f"refused when it was {reason}"
        yield _gap(target, main, now, status, needs_person=reason is not None)
    live = _live(tools, main, locus)
    if live is None:
        return
    with closing(opened(tools, live)) as store:
        lag = None if store.erased() else _lag(tools, live, store, now)
        wrong = FORGOTTEN if store.erased() else miscount(store)
    if wrong is None and pointer.form != tools.chronicle.form():
        wrong = OTHER_FORM
    if lag is not None:
        yield _gap(live, main, now, lag)
    if wrong is not None:
        yield _gap(live, main, now, wrong)


def _lag(tools: Projector, live: Builder, store: ProjectionStore, now: datetime) -> str | None:
    """How far the projection is behind what it follows, if that is too far for too long."""
    kinds = live.kinds
    behind = (e for e in tools.chronicle.since(store.cursor()) if follows(kinds, e.type))
    first = next(behind, None)
    if first is None or (now - first.at).total_seconds() < limits.PROJECTION_LAG_SECONDS:
        return None
    more = sum(1 for _ in islice(behind, limits.PROJECTION_LAG_EVENTS))
    if more + 1 < limits.PROJECTION_LAG_EVENTS:
        return None
    return f"lags by {more + 1} events or more, the oldest of {first.time}"


def _gap(
    builder: Builder, main: Main, now: datetime, status: str, *, needs_person: bool = False
) -> Gap:
    arguments: JsonObject = {"locus": builder.locus, "allele": builder.allele.short}
    obligation = Obligation("projection", arguments, main.commit, now)
    return Gap(GapKind.CONSISTENCY, obligation, status, needs_person)
