"""A difference in words for people, and as JSON for programs. Called by `germline diff`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from controller.domains.world import JsonObject
from controller.language.difference.effect import Effect
from controller.language.difference.reliance import Change

_SHORTEST_MARK: Final = len(Effect.NARROWS)
_VERDICTS: Final = (
    (Effect.NARROWS, "Narrows what callers may rely on"),
    (Effect.MORE, "Demands more"),
    (Effect.OTHERWISE, "Demands otherwise"),
    (Effect.LESS, "Demands less"),
)


def in_words(changes: Sequence[Change]) -> list[str]:
    """Lines: each subject, its changes with their effect and why, and a last line for all."""
    if not changes:
        return ["Nothing changed in contracts, phenotypes or alleles."]
    lines: list[str] = []
    width = _mark_columns(changes)
    for subject, group in groupby(changes, key=lambda change: change.subject):
        lines.append(subject)
        for change in group:
            why = f" ({change.reason})" if change.effect is not Effect.NEITHER else ""
            lines.append(f"  {_mark(change):{width}}  {change.text}{why}")
        lines.append("")
    return [*lines, _verdict(changes)]


def text_column(changes: Sequence[Change]) -> int:
    """How far the text of a change is indented, so that its further lines may be as well."""
    return 2 + _mark_columns(changes) + 2


def _mark_columns(changes: Sequence[Change]) -> int:
    return max([_SHORTEST_MARK, *(len(_mark(change)) for change in changes)])


def _mark(change: Change) -> str:
    return "" if change.effect is Effect.NEITHER else change.effect.value


def _verdict(changes: Sequence[Change]) -> str:
    """One sentence for each effect that somebody has to look at."""
    said = [
        f"{sentence}: {', '.join(sorted(subjects))}."
        for effect, sentence in _VERDICTS
        if (subjects := {change.subject for change in changes if change.effect is effect})
    ]
    effects = {change.effect for change in changes}
    if Effect.NARROWS not in effects and Effect.WIDENS in effects:
        said.insert(0, "Only widens what callers may rely on.")
    return " ".join(said) or "Callers may rely on what they relied on before."


def as_json(before: str, after: str, changes: Sequence[Change]) -> JsonObject:
    """The same for programs; `before` and `after` are the commits."""
    effects = {change.effect for change in changes}
    return {
        "from": before,
        "to": after,
        "narrows": Effect.NARROWS in effects,
        "widens": Effect.WIDENS in effects,
        "demands_more": Effect.MORE in effects,
        "demands_less": Effect.LESS in effects,
        "demands_otherwise": Effect.OTHERWISE in effects,
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
