"""What is wrong with a text: collected, never raised, each with a stable code.

A parser returns `Parsed`: the value it could make of the text and everything it
had to say about it. A caller that needs a correct text asks `Parsed.ok`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from grammar.source import Span

Value = TypeVar("Value")


class Severity(StrEnum):
    """How bad it is. Only an `ERROR` stops a text from being used."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark about one place. `excerpt` is the line of text it speaks of, without newline."""

    code: str
    severity: Severity
    message: str
    span: Span
    excerpt: str = ""
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Value]):
    """A value, or None where nothing could be made of the text, and the remarks about it."""

    value: Value | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """True when there is a value and no error."""
        return self.value is not None and not any(
            d.severity is Severity.ERROR for d in self.diagnostics
        )
