"""Where in a contract a place is, from the lines alone: also while they cannot be parsed.

Indentation tells, as it does to the parser; braces.py does the same for systems. Pure. Called by
completion and hover.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WORDS: Final = re.compile(r"[^ \t]+")
_HEAD: Final = re.compile(r"((?:[a-z]+[ \t]+)?[a-z]+)[ \t]*:")
_OPEN_BRACE: Final = re.compile(r"\{[ \t]*([^{}]*)$")
_OPEN_VALUE: Final = re.compile(
    r"([A-Za-z_]\w*)[ \t]*=[ \t]*(?:\[[^\]]*|[^ \t\[\]]*\{[^{}]*|[^ \t\[\]]*)$"
)
_BEFORE_TYPED: Final = re.compile(r".*[=\[,(]")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A place in a contract.

    `kind` and `name` are the contract's, `section` the one that the line belongs to (all empty
    where there is none). `above` are the lines of the section that this one is indented under,
    the outermost first; `beside` those under the same one, in order, of which the first `before`
    come before this one.

    `words` are the words of the line before the one that is being typed, which begins with
    `typed`; `argument` is the name whose value is being typed, as in `name = `. `in_braces` tells
    that a `{` is open before the place; `typed` is then all that stands behind it.
    """

    kind: str = ""
    name: str = ""
    section: str = ""
    above: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    before: int = 0
    words: tuple[str, ...] = ()
    typed: str = ""
    argument: str = ""
    in_braces: bool = False

    @property
    def given(self) -> frozenset[str]:
        """The words that begin the lines beside this one: `risk`, `on failure`, `name`."""
        return frozenset(map(_first_words, self.beside))


def surroundings(lines: Sequence[str], line: int, column: int) -> Surroundings:
    """What is around a place; line and column from 1."""
    row = lines[line - 1] if line <= len(lines) else ""
    before = row[: column - 1]
    indent = _indent(row) if row.strip() else column - 1
    around = _enclosing(lines, line, indent)
    contract = _WORDS.findall(lines[around[0] - 1]) if around else []
    rows = [lines[number - 1].strip() for number in around[1:]]
    beside = _beside(lines, around[-1], line) if around else []
    brace = _OPEN_BRACE.search(before)
    words = _WORDS.findall(before)
    typed = words.pop() if words and not before[-1:].isspace() else ""
    value = _OPEN_VALUE.search(before)
    return Surroundings(
        kind=contract[0] if contract else "",
        name=contract[1] if len(contract) > 1 else "",
        section=_first_words(rows[0]) if rows else "",
        above=tuple(rows[1:]),
        beside=tuple(lines[number - 1].strip() for number in beside),
        before=sum(number < line for number in beside),
        words=tuple(words),
        typed=brace[1] if brace else _BEFORE_TYPED.sub("", typed),
        argument=value[1] if value else "",
        in_braces=brace is not None,
    )


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" \t"))


def _is_blank(row: str) -> bool:
    return not row.strip() or row.lstrip().startswith("#")


def _first_words(row: str) -> str:
    """What a line begins with: the name of a section, or its first word."""
    section = _HEAD.match(row)
    word = section[1] if section else (row.split() or [""])[0]
    return " ".join(word.split())


def _enclosing(lines: Sequence[str], line: int, indent: int) -> list[int]:
    """The numbers of the lines that a place is indented under, from the contract's first line."""
    found: list[int] = []
    for number in range(min(line - 1, len(lines)), 0, -1):
        if indent == 0:
            break
        row = lines[number - 1]
        if not _is_blank(row) and _indent(row) < indent:
            indent = _indent(row)
            found.append(number)
    return found[::-1] if indent == 0 else []


def _beside(lines: Sequence[str], parent: int, line: int) -> list[int]:
    """The numbers of the lines right under `parent`, but for `line` itself."""
    found: list[int] = []
    outer, level = _indent(lines[parent - 1]), None
    for number, row in enumerate(lines[parent:], parent + 1):
        if _is_blank(row) or number == line:
            continue
        here = _indent(row)
        if here <= outer:
            break
        level = here if level is None else level
        if here == level:
            found.append(number)
    return found
