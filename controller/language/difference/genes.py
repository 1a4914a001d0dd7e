"""What changed between two contracts of one locus. Called by genomes.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from controller.language.difference.effect import Effect
from controller.language.difference.fields import (
    INPUT,
    OUTPUT,
    UNUSED,
    Role,
    description_changes,
    field_changes,
)
from controller.language.difference.heads import head_changes
from controller.language.difference.matching import names_of_both, only
from controller.language.difference.probes import verify_changes
from controller.language.difference.reliance import Change
from grammar.sg.nodes import GeneContract, Sentence


def gene_changes(old: GeneContract, new: GeneContract) -> Iterator[Change]:
    """Every change, section by section as a contract is written."""
    subject = f"gene {new.name}"
    yield from head_changes(subject, old.domain, new.domain, old.does, new.does)
    if old.family is not new.family:
        text = f"is {new.family.value}; was {old.family.value}"
        yield Change(subject, "family changed", text)
    if old.risk is not new.risk:
        yield Change(subject, "risk changed", f"risk {new.risk.value}; was {old.risk.value}")
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
    yield from verify_changes(subject, old.verify, new.verify)
    yield from _feeds(subject, old, new)


def _types(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    """Changes inside record types; one that is used both ways is judged by the worse."""
    olds = {declared.name: declared.fields for declared in old.types}
    news = {declared.name: declared.fields for declared in new.types}
    for name in names_of_both(olds, news):
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
    gone, come = only([s.text for s in old], [s.text for s in new])
    for text in gone:
        yield Change(subject, f"{kind} removed", f"`{section}:` no longer says: {text}")
    for text in come:
        yield Change(subject, f"{kind} added", f"`{section}:` now says: {text}")


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


def _feeds(subject: str, old: GeneContract, new: GeneContract) -> Iterator[Change]:
    olds, news = _fed(old), _fed(new)
    for locus in names_of_both(olds, news):
        was, now = olds.get(locus), news.get(locus)
        if was != now:
            text = f"feeds `{locus}` on {now or 'no timescale'}; was {was or 'not fed'}"
            yield Change(subject, "feed changed", text)


def _fed(gene: GeneContract) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for feed in gene.feeds:
        found.setdefault(feed.locus, set()).add(feed.timescale.value)
    return {locus: " and ".join(sorted(scales)) for locus, scales in found.items()}
