"""Collects what is wrong with one file while it is read. Called by every pass over a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grammar.diagnostic import Diagnostic, Severity
from grammar.limits import MISTAKES_PER_FILE
from grammar.source import Span


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of remark: what it is called, how bad it is, and a paragraph for who wonders."""

    title: str
    explanation: str
    severity: Severity = Severity.ERROR


class Remarks:
    """The remarks about one file, in the order they are made.

    `lines` are the file's lines without line ends, for the excerpts; `codes` is the table that
    every code must be in.
    """

    def __init__(self, file: str, lines: Sequence[str], codes: Mapping[str, Code]) -> None:
        self.file = file
        self._lines = lines
        self._codes = codes
        self._said: list[Diagnostic] = []

    @property
    def count(self) -> int:
        """How many remarks there are so far."""
        return len(self._said)

    @property
    def full(self) -> bool:
        """True when there are so many that reading on would help nobody."""
        return len(self._said) >= MISTAKES_PER_FILE

    def say(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Add a remark; its severity is the code's."""
        severity = self._codes[code].severity
        self._said.append(Diagnostic(code, severity, message, span, self.excerpt(span.line), hint))

    def say_if_full(self, code: str) -> None:
        """Say by a last remark that the rest of the file was not looked at."""
        if self.full:
            self.say(
                code,
                "there are too many mistakes; the rest of the file was not read",
                on_line(self.file, len(self._lines), 1),
                "mend the first ones; they often cause the others",
            )

    def excerpt(self, line: int) -> str:
        """The text of a line that counts from 1; empty outside of the file."""
        return self._lines[line - 1] if 1 <= line <= len(self._lines) else ""

    def in_order(self) -> tuple[Diagnostic, ...]:
        """All remarks, by place."""
        return tuple(sorted(self._said, key=lambda d: (d.span.line, d.span.column, d.code)))


def on_line(file: str, line: int, column: int, width: int = 1) -> Span:
    """A span within one line; `width` in characters, at least one."""
    return Span(file, line, column, line, column + max(width, 1))


def somewhere(span: Span | None) -> Span:
    """A span even for a node that was never written down."""
    return span or on_line("", 1, 1)
