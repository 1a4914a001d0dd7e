"""A difference in words for people, and as JSON for programs. Called by `germline diff`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from controller.domains.world import JsonObject
from controller.language.reliance import Change, Effect

_MARKS = {Effect.NARROWS: "narrows", Effect.WIDENS: "widens ", Effect.NEITHER: "       "}


def in_words(changes: Sequence[Change]) -> list[str]:
    """Lines: each subject, its changes with their effect and why, and a last line for all."""
    if not changes:
        return ["Nothing changed in contracts, phenotypes or alleles."]
    lines: list[str] = []
    for subject, group in groupby(changes, key=lambda change: change.subject):
        lines.append(subject)
        for change in group:
            why = f" ({change.reason})" if change.effect is not Effect.NEITHER else ""
            lines.append(f"  {_MARKS[change.effect]}  {change.text}{why}")
        lines.append("")
    return [*lines, _verdict(changes)]


def _verdict(changes: Sequence[Change]) -> str:
    narrowed = {change.subject for change in changes if change.effect is Effect.NARROWS}
    widened = {change.subject for change in changes if change.effect is Effect.WIDENS}
    if narrowed:
        return f"Narrows what callers may rely on: {', '.join(sorted(narrowed))}."
    if widened:
        return "Only widens what callers may rely on."
    return "Callers may rely on what they relied on before."


def as_json(before: str, after: str, changes: Sequence[Change]) -> JsonObject:
    """The same for programs; `before` and `after` are the commits."""
    return {
        "from": before,
        "to": after,
        "narrows": any(change.effect is Effect.NARROWS for change in changes),
        "widens": any(change.effect is Effect.WIDENS for change in changes),
        "changes": [
            {
                "subject": change.subject,
                "kind": change.kind,
                "text": change.text,
                "effect": change.effect.value,
                "reason": change.reason,
            }
            for change in changes
        ],
    }
