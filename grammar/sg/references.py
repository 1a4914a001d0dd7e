"""Finds the `{references}` in sentences. Called by check.py, and by tools that follow names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.sg.nodes import Sentence
from grammar.source import Span

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Mention:
    """Braces in a sentence. `name` is None if what they hold is not one name."""

    name: str | None
    text: str
    span: Span


def mentions(sentences: Sequence[Sentence]) -> Iterator[Mention]:
    """Every pair of braces, and every lone brace, with its place."""
    for sentence in sentences:
        for found in _BRACES.finditer(sentence.text):
            name = found[1] if found[1] is not None and _NAME.fullmatch(found[1]) else None
            yield Mention(name, found[0], _span(sentence, found))


def _span(sentence: Sentence, found: re.Match[str]) -> Span:
    whole = sentence.span or Span("", 1, 1, 1, 2)
    column = whole.column + found.start()
    return Span(whole.file, whole.line, column, whole.line, column + len(found[0]))
