"""What changed in what a system demands under `when` and `every`. Called by systems.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from controller.language.difference.bounds import Implication
from controller.language.difference.matching import Matched, matched, only
from controller.language.difference.reliance import Change
from controller.language.duties import Duty, Trigger, triggers
from grammar.sg.literal import duration_text
from grammar.system import nodes
from grammar.system.nodes import Both, Level
from grammar.system.text import consequence_text, path_text

_HARDNESS: Final = {Level.COULD: 0, Level.SHOULD: 1, Level.MUST: 2}
_PERIOD_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_DAY_MS: Final = 24 * 60 * 60 * 1000


def trigger_changes(
    subject: str, old: Sequence[nodes.Member], new: Sequence[nodes.Member]
) -> Iterator[Change]:
    """Everything that is demanded, not demanded any more or demanded otherwise."""
    found = matched(triggers(old), triggers(new), [str], [_event, lambda one: one.duties or None])
    for was, now in found.both:
        if str(was) != str(now):
            yield Change(subject, _trigger_kind(was.head, now.head), f"`{now}`; was `{was}`")
        yield from _duty_changes(subject, str(now), was.duties, now.duties)
    for i in found.gone:
        yield from _duty_changes(subject, str(found.old[i]), found.old[i].duties, ())
    for j in found.come:
        yield from _duty_changes(subject, str(found.new[j]), (), found.new[j].duties)


def _event(trigger: Trigger) -> str | None:
    head = trigger.head
    return path_text(head.event) if isinstance(head, nodes.When) else None


def _trigger_kind(old: nodes.When | nodes.Every, new: nodes.When | nodes.Every) -> str:
    match old, new:
        case nodes.When(), nodes.When() if old.event == new.event:
            sooner = (new.for_ms or 0) < (old.for_ms or 0)
            return "trigger sooner" if sooner else "trigger later"
        case nodes.Every(), nodes.Every():
            was, now = _period_ms(old.period), _period_ms(new.period)
            if was != now:
                return "schedule denser" if now < was else "schedule sparser"
    return "trigger changed"


def _period_ms(period: str | nodes.Duration) -> int:
    """How long a period is, near enough to compare two."""
    if isinstance(period, nodes.Duration):
        return period.ms
    return _DAY_MS // 24 if period == "hour" else _PERIOD_DAYS.get(period, 0) * _DAY_MS


def _duty_changes(
    subject: str, trigger: str, old: Sequence[Duty], new: Sequence[Duty]
) -> Iterator[Change]:
    found = _matched_duties(old, new)
    for was, now in found.both:
        yield from _duty(subject, trigger, was, now)
    for i in found.gone:
        text = f"{trigger}: no longer {old[i]}"
        yield Change(subject, "obligation removed", text)
    for j in found.come:
        yield Change(subject, "obligation added", f"{trigger}: {new[j]}")


def _matched_duties(old: Sequence[Duty], new: Sequence[Duty]) -> Matched[Duty]:
    keys = [
        lambda one: one,
        lambda one: (one.entities, one.condition, one.what),
        lambda one: (one.entities, one.condition, one.name),
        lambda one: one.what,
    ]
    return matched(old, new, keys)


def _duty(subject: str, trigger: str, old: Duty, new: Duty) -> Iterator[Change]:
    what = f"{trigger}: `{new.name}`"
    if old.entities != new.entities:
        text = f"{what} is due{new.guard or ' always'}; was due{old.guard or ' always'}"
        yield Change(subject, "guard changed", text)
    elif old.condition != new.condition:
        text = f"{what} is due {_if(new)}; was due {_if(old)}"
        yield Change(subject, _guard_kind(old, new), text)
    match old.due, new.due:
        case nodes.Obligation(), nodes.Obligation():
            yield from _obligation(subject, what, old.due, new.due)
        case nodes.BackfillPolicy(), nodes.BackfillPolicy() if old.due != new.due:
            text = f"{what} is {new.due.policy.value}; was {old.due.policy.value}"
            yield Change(subject, "backfill changed", text)


def _if(duty: Duty) -> str:
    return f"if {duty.condition}" if duty.conditions else "always"


def _guard_kind(old: Duty, new: Duty) -> str:
    implies, was, now = Implication(), Both(old.conditions), Both(new.conditions)
    if implies(now, was):
        return "guard narrower"
    return "guard wider" if implies(was, now) else "guard changed"


def _obligation(
    subject: str, what: str, old: nodes.Obligation, new: nodes.Obligation
) -> Iterator[Change]:
    if old.level is not new.level:
        harder = _HARDNESS[new.level] > _HARDNESS[old.level]
        kind = "obligation stronger" if harder else "obligation weaker"
        yield Change(subject, kind, f"{what} is a {new.level.value}; was a {old.level.value}")
    was, now = consequence_text(old.consequence), consequence_text(new.consequence)
    if was != now:
        yield Change(subject, "consequence changed", f"{what} is called as `{now}`; was `{was}`")
    if old.within_ms != new.within_ms:
        yield _deadline(subject, what, old.within_ms, new.within_ms)
    if old.fallback != new.fallback:
        yield _fallback(subject, what, old.fallback, new.fallback)
    gone, come = only([path_text(p) for p in old.requires], [path_text(p) for p in new.requires])
    for text in gone:
        yield Change(subject, "requirement removed", f"{what} does not require `{text}` any more")
    for text in come:
        yield Change(subject, "requirement added", f"{what} now requires `{text}`")


def _deadline(subject: str, what: str, old: int | None, new: int | None) -> Change:
    was = "no deadline" if old is None else duration_text(old)
    if new is None:
        return Change(subject, "deadline removed", f"{what} has no deadline any more; was {was}")
    sooner = old is None or new < old
    kind = "deadline shorter" if sooner else "deadline longer"
    return Change(subject, kind, f"{what} within {duration_text(new)}; was {was}")


def _fallback(
    subject: str, what: str, old: nodes.Invocation | None, new: nodes.Invocation | None
) -> Change:
    if new is None:
        assert old is not None
        text = f"{what} falls back to nothing; was `{consequence_text(old)}`"
        return Change(subject, "fallback removed", text)
    was = f"`{consequence_text(old)}`" if old else "nothing"
    kind = "fallback changed" if old else "fallback added"
    return Change(subject, kind, f"{what} falls back to `{consequence_text(new)}`; was {was}")
