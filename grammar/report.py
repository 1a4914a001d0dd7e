"""Diagnostics for people, in the manner of rustc, and for programs. Called by the command line."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from grammar.diagnostic import Diagnostic
from grammar.limits import REPORT_COLUMNS

_ELLIPSIS = "…"


def human(diagnostics: Iterable[Diagnostic]) -> str:
    """Each remark with its place, its line, a caret under the place, and a hint; plain text."""
    return "\n".join(_one(diagnostic) for diagnostic in diagnostics)


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Each remark as a JSON object; lines and columns count from 1, `end_column` is exclusive."""
    return [
        {
            "file": diagnostic.span.file,
            "line": diagnostic.span.line,
            "column": diagnostic.span.column,
            "end_line": diagnostic.span.end_line,
            "end_column": diagnostic.span.end_column,
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            "hint": diagnostic.hint,
        }
        for diagnostic in diagnostics
    ]


def _one(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    number = str(span.line)
    gutter = " " * len(number)
    head = f"{diagnostic.severity.value}[{diagnostic.code}]: {_visible(diagnostic.message)}"
    rows = [
        *_wrapped(head, "  "),
        f"{gutter}--> {_visible(span.file)}:{span.line}:{span.column}",
    ]
    if diagnostic.excerpt:
        shown, carets = _excerpt(diagnostic, REPORT_COLUMNS - len(number) - 3)
        rows += [f"{gutter} |", f"{number} | {shown}", f"{gutter} | {carets}"]
    if diagnostic.hint:
        rows += _wrapped(f"hint: {_visible(diagnostic.hint)}", "      ")
    return "\n".join(rows) + "\n"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        REPORT_COLUMNS,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _excerpt(diagnostic: Diagnostic, room: int) -> tuple[str, str]:
    """The line and its carets, cut to `room` columns around the place that is meant."""
    span, line = diagnostic.span, _visible(diagnostic.excerpt).rstrip()
    start = min(span.column - 1, len(line))
    end = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    first = 0
    if _columns(line[:end]) > room - 1:
        first = max(0, start - room // 3)
    shown = line[first:]
    prefix = _ELLIPSIS if first else ""
    before = _columns(prefix + line[first:start])
    carets = "^" * max(1, _columns(line[start:end]))
    return _cut(prefix + shown, room), " " * before + carets[: max(1, room - before)]


def _cut(text: str, room: int) -> str:
    if _columns(text) <= room:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > room - 1:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS


def _visible(text: str) -> str:
    """Text that cannot move the cursor or change colours: tabs as spaces, the rest as U+FFFD."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\ufffd"


def _columns(text: str) -> int:
    """Columns that a terminal gives the text: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )
