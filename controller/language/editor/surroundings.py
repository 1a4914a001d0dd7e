"""Where in a contract a place is, from the lines alone: also while they cannot be parsed.

Pure. Called by completion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WORDS: Final = re.compile(r"[^ \t]+")
_HEAD: Final = re.compile(r"((?:[a-z]+[ \t]+)?[a-z]+)[ \t]*:")
_OPEN_BRACE: Final = re.compile(r"\{[ \t]*\w*$")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A place in a contract.

    `kind` and `name` are the contract's, `section` the one that the line belongs to (all empty
    where there is none). `words` are the words of the line before the one that is being typed,
    which begins with `typed`. `in_braces` tells that a `{` is open before the place.
    """

    kind: str
    name: str
    section: str
    level: int
    words: tuple[str, ...]
    typed: str
    in_braces: bool
    given: frozenset[str]


def surroundings(lines: Sequence[str], line: int, column: int) -> Surroundings:
    """What is around a place; line and column from 1."""
    row = lines[line - 1] if line <= len(lines) else ""
    before = row[: column - 1]
    indent = _indent(row) if row.strip() else column - 1
    head = _contract_head(lines, line, indent)
    section = _section(lines, line, indent)
    words = _WORDS.findall(before)
    typed = words.pop() if words and not before[-1:].isspace() else ""
    contract = _WORDS.findall(lines[head - 1]) if head else []
    return Surroundings(
        kind=contract[0] if contract else "",
        name=contract[1] if len(contract) > 1 else "",
        section=section,
        level=0 if indent == 0 else 2 if section else 1,
        words=tuple(words),
        typed=typed,
        in_braces=bool(_OPEN_BRACE.search(before)),
        given=frozenset(_given(lines, head, line)) if head else frozenset(),
    )


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" \t"))


def _contract_head(lines: Sequence[str], line: int, indent: int) -> int:
    """The number of the contract's first line above a place that is indented; 0 if none."""
    if indent == 0:
        return 0
    for number in range(min(line - 1, len(lines)), 0, -1):
        row = lines[number - 1]
        if row.strip() and not row[0].isspace() and not row.startswith("#"):
            return number
    return 0


def _section(lines: Sequence[str], line: int, indent: int) -> str:
    """The outermost section that a line of this indentation lies in."""
    found = ""
    for number in range(min(line - 1, len(lines)), 0, -1):
        row = lines[number - 1]
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        here = _indent(row)
        if here == 0:
            break
        if here < indent:
            indent = here
            head = _HEAD.match(row.strip())
            found = " ".join(head[1].split()) if head else ""
    return found


def _given(lines: Sequence[str], head: int, line: int) -> list[str]:
    """The words that begin the other lines of the contract at its first level."""
    found: list[str] = []
    level = None
    for number, row in enumerate(lines[head:], head + 1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        here = _indent(row)
        if here == 0:
            break
        level = here if level is None else level
        if here == level and number != line:
            section = _HEAD.match(row.strip())
            word = section[1] if section else row.split()[0]
            found.append(" ".join(word.split()))
    return found
