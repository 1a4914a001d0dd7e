"""Where something stands in a file. Lines and columns count from 1, as editors do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one file; `end_column` is the column after the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
