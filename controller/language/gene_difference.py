"""What changed between two contracts of one locus. Called by difference.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from controller.language.field_difference import (
    INPUT,
    OUTPUT,
    UNUSED,
    Role,
    description_changes,
    field_changes,
)
from controller.language.reliance import Change, Effect
from grammar.sg.literal import duration_text, literal_text
from grammar.sg.nodes import Argument, Call, GeneContract, Reference, Sentence


def gene_changes(old: GeneContract, new: GeneContract) -> Iterator[Change]:
    """Every change, section by section as a contract is written."""
    subject = f"gene {new.name}"
    if old.family is not new.family:
        text = f"is {new.family.value}; was {old.family.value}"
        yield Change(subject, "family changed", text)
    if old.risk is not new.risk:
        yield Change(subject, "risk changed", f"risk {new.risk.value}; was {old.risk.value}")
    if old.does != new.does:
        yield Change(subject, "prose changed", "`does:` says something else")
    yield from field_changes(subject, INPUT, old.takes, new.takes)
    yield from field_changes(subject, OUTPUT, old.gives, new.gives)
    yield from description_changes(subject, "takes:", old.takes, new.takes)
    yield from description_changes(subject, "gives:", old.gives, new.gives)
    yield from _types(subject, old, new)
    yield from _sentences(subject, "before", "before", old.before, new.before)
    yield from _sentences(subject, "after", "after", old.after, new.after)
    yield from _failures(subject, old, new)
    conditions = (old.unhealthy_when, new.unhealthy_when)
    yield from _sentences(subject, "unhealthy", "unhealthy when", *conditions)
    yield from _verify(subject, old, new)
    yield from _feeds(subject, old, new)


def _types(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    """Changes inside record types; one that is used both ways is judged by the worse."""
    olds = {declared.name: declared.fields for declared in old.types}
    news = {declared.name: declared.fields for declared in new.types}
    for name in [*olds, *(name for name in news if name not in olds)]:
        if olds.get(name) == news.get(name):
            continue
        before, after = olds.get(name, ()), news.get(name, ())
        if not before or not after:
            word = "is new" if after else "is gone"
            yield Change(subject, "unused type changed", f"type `{name}` {word}")
            continue
        worst: dict[str, Change] = {}
        for role in _roles(name, old, new):
            for change in field_changes(subject, role, before, after, f"type `{name}`: "):
                if change.text not in worst or change.effect is Effect.NARROWS:
                    worst[change.text] = change
        yield from worst.values()
        yield from description_changes(subject, f"type `{name}`", before, after)


def _roles(name: str, old: GeneContract, new: GeneContract) -> list[Role]:
    roles = [
        role
        for role, section in ((INPUT, "takes"), (OUTPUT, "gives"))
        if name in _reached(old, section) | _reached(new, section)
    ]
    return roles or [UNUSED]


def _reached(gene: GeneContract, section: str) -> set[str]:
    """The record types that values of a section hold, directly or inside others."""
    records = {declared.name: declared.fields for declared in gene.types}
    found: set[str] = set()
    waiting = [field.type.name for field in getattr(gene, section)]
    while waiting:
        name = waiting.pop()
        if name in records and name not in found:
            found.add(name)
            waiting += [field.type.name for field in records[name]]
    return found


def _sentences(
    subject: str, kind: str, section: str, old: Sequence[Sentence], new: Sequence[Sentence]
) -> Iterator[Change]:
    gone, come = _only([s.text for s in old], [s.text for s in new])
    for text in gone:
        yield Change(subject, f"{kind} removed", f"`{section}:` no longer says: {text}")
    for text in come:
        yield Change(subject, f"{kind} added", f"`{section}:` now says: {text}")


def _only(old: Iterable[str], new: Iterable[str]) -> tuple[list[str], list[str]]:
    """What only one of two lists holds, each in its order."""
    olds, news = Counter(old), Counter(new)
    return list((olds - news).elements()), list((news - olds).elements())


def _failures(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    olds = {mode.condition.text: mode.outcome for mode in old.fails_when}
    news = {mode.condition.text: mode.outcome for mode in new.fails_when}
    for condition, outcome in olds.items():
        if condition not in news:
            text = f"`fails when:` no longer says: {condition} -> {outcome}"
            yield Change(subject, "failure removed", text)
        elif news[condition] != outcome:
            text = f"`fails when:` {condition} -> {news[condition]}; was {outcome}"
            yield Change(subject, "failure changed", text)
    for condition, outcome in news.items():
        if condition not in olds:
            text = f"`fails when:` now says: {condition} -> {outcome}"
            yield Change(subject, "failure added", text)


def _verify(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    gone, come = _only(_calls(old), _calls(new))
    for call in list(gone):
        other = next((c for c in come if c.split(" ")[0] == call.split(" ")[0]), None)
        if other is not None:
            gone.remove(call)
            come.remove(other)
            yield Change(subject, "verify changed", f"`verify:` calls `{other}`; was `{call}`")
    for call in gone:
        yield Change(subject, "verify removed", f"`verify:` no longer calls `{call}`")
    for call in come:
        yield Change(subject, "verify added", f"`verify:` now calls `{call}`")
    if old.verify and new.verify and old.verify.within_ms != new.verify.within_ms:
        shorter = new.verify.within_ms < old.verify.within_ms
        was, now = duration_text(old.verify.within_ms), duration_text(new.verify.within_ms)
        kind = "window shorter" if shorter else "window longer"
        yield Change(subject, kind, f"`verify:` looks within {now}; was {was}")


def _calls(gene: GeneContract) -> list[str]:
    return [_call(call) for call in gene.verify.calls] if gene.verify else []


def _call(call: Call) -> str:
    return " ".join([call.locus, *sorted(map(_argument, call.arguments))])


def _argument(argument: Argument) -> str:
    value = argument.value
    shown = f"{{{value.name}}}" if isinstance(value, Reference) else literal_text(value)
    return f"{argument.name}={shown}"


def _feeds(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    olds, news = _fed(old), _fed(new)
    for locus in [*olds, *(locus for locus in news if locus not in olds)]:
        was, now = olds.get(locus), news.get(locus)
        if was != now:
            text = f"feeds `{locus}` on {now or 'no timescale'}; was {was or 'not fed'}"
            yield Change(subject, "feed changed", text)


def _fed(gene: GeneContract) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for feed in gene.feeds:
        found.setdefault(feed.locus, set()).add(feed.timescale.value)
    return {locus: " and ".join(sorted(scales)) for locus, scales in found.items()}
