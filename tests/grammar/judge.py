"""Judges one mistake in one sound text: the remark that is looked for must be the only one."""

from __future__ import annotations

from collections.abc import Sequence

from grammar.diagnostic import Diagnostic
from grammar.report import human

# (text, what is replaced, by what, code, line, column, part of the hint)
Case = tuple[str, str, str, str, int, int, str]


def changed(case: Case) -> str:
    """The text with its mistake."""
    text, old, new = case[:3]
    assert old in text
    return text.replace(old, new, 1)


def judge(case: Case, diagnostics: Sequence[Diagnostic]) -> None:
    """Assert that there is one remark, where and what the case says."""
    assert len(diagnostics) == 1, human(diagnostics)
    found = diagnostics[0]
    *_, code, line, column, hint = case
    assert (found.code, found.span.line, found.span.column) == (code, line, column), human([found])
    assert hint in (found.hint or ""), found.hint
    assert found.excerpt == changed(case).split("\n")[line - 1]


def title(case: Case) -> str:
    """What a case is called in a report."""
    return f"{case[3]} {case[2]!r:.30}"
