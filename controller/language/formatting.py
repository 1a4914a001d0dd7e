"""A contract's canonical text, or why it is left as it is. Called by `germline fmt` and editors.

A text whose lines could not all be read is never rewritten: what was not understood would be
lost. The result is read again and must mean the same and keep every comment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from controller.language.sources import Source, read_source
from grammar.diagnostic import Diagnostic
from grammar.sg.render import render

_ABOUT_NAMES: Final = "SG-E2"
"""Codes of mistakes in names and types; such a text was read in full, and may be formatted."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text is not formatted: its mistakes, or in words what formatting would lose."""

    reason: str
    diagnostics: tuple[Diagnostic, ...] = ()


def formatted(source: Source) -> str | Refused:
    """The canonical text of a file. Formatting it again changes nothing."""
    unread = tuple(e for e in source.errors if not e.code.startswith(_ABOUT_NAMES))
    if unread:
        first = unread[0]
        count = f"{len(unread)} mistake{'' if len(unread) == 1 else 's'}"
        place = f"line {first.span.line}: {first.message} ({first.code})"
        return Refused(f"{count}, the first in {place}", unread)
    text = render(source.document)
    lost = _lost(source, read_source(source.path, text))
    return Refused(lost) if lost else text


def _lost(before: Source, after: Source) -> str:
    """What is not the same after formatting; empty if nothing was lost."""
    if before.document != after.document or len(before.errors) != len(after.errors):
        return "its meaning would change"
    if _comments(before.document.comments) != _comments(after.document.comments):
        return "a comment would be lost"
    return ""


def _comments(comments: Mapping[int, str]) -> Counter[str]:
    return Counter(comment.strip() for comment in comments.values())
