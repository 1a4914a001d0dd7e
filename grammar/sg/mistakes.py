"""Puts a syntax error into words. Called by the reader when lark refuses a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^ \t]+")
_CLOSED_QUOTE = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_CURLY_QUOTES = "“”„‘’«»"
_ARROWS = re.compile(r"→|=>|-->|⇒|⟶")
_BULLETS = "*•–—+·"
_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Expected:
    """What a line should have been: the code and the noun to say, and how it is written."""

    code: str
    noun: str
    form: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A syntax error in words; `column` from 1, `width` in characters."""

    code: str
    message: str
    column: int
    width: int
    hint: str


def explain(line: str, column: int, expected: Expected) -> Mistake:
    """What is wrong with `line`, which lark could not read past `column` (from 1)."""
    line = line.rstrip(" \t\n")
    column = min(column, len(line) + 1)
    rest = line[column - 1 :]
    quote = _quote(column, rest)
    if quote:
        return quote
    arrow = _ARROWS.search(line) if expected.code == "SG-E133" else None
    if arrow and "->" not in line.replace("-->", ""):
        return _at(arrow, expected, "is not the arrow of a failure mode", "the arrow is `->`")
    if expected.code == "SG-E133" and "->" not in line and line.lstrip().startswith("-"):
        return Mistake(
            expected.code, "the failure mode has no outcome", len(line) + 1, 1, expected.form
        )
    word = _WORD.match(line, column - 1)
    if word is None:
        message = f"{expected.noun} is not complete"
        return Mistake(expected.code, message, len(line) + 1, 1, expected.form)
    if word[0][0] in _BULLETS and expected.code in ("SG-E132", "SG-E133"):
        return _at(word, expected, "is not a hyphen", expected.form)
    if _inside_name(line, column):
        hint = "a name has letters, digits and underscores only"
        return _at(word, expected, "does not belong in a name", hint)
    return _at(word, expected, f"does not belong in {expected.noun}", expected.form)


def _at(word: re.Match[str], expected: Expected, what: str, hint: str) -> Mistake:
    shown = word[0] if len(word[0]) <= _LONGEST_WORD else f"{word[0][:_LONGEST_WORD]}…"
    return Mistake(expected.code, f"`{shown}` {what}", word.start() + 1, len(word[0]), hint)


def _quote(column: int, rest: str) -> Mistake | None:
    if rest[:1] and rest[0] in _CURLY_QUOTES:
        message = f"`{rest[0]}` is not a straight quote"
        return Mistake("SG-E140", message, column, 1, 'put the text between straight quotes: `"…"`')
    if rest.startswith('"') and not _CLOSED_QUOTE.match(rest):
        hint = 'end the text with `"` on the same line; inside it, a quote is `\\"`'
        return Mistake("SG-E140", "the quote is not closed", column, len(rest), hint)
    return None


def _inside_name(line: str, column: int) -> bool:
    """True when lark stopped at a hyphen, a point or a foreign letter right after a name."""
    before, here = line[column - 2 : column - 1], line[column - 1]
    return (before.isalnum() or before == "_") and (here in "-.'" or here.isalpha())
