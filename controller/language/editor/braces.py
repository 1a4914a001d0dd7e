"""Where in a system a place is: between which braces, from the text alone. Pure.

Called by completion. grammar/system/cut.py says what a clause is; here a keyword and what is
written of its line are enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

_TOKEN: Final = re.compile(r'\n|#[^\n]*|"(?:[^"\\\n]|\\.)*+"?|[{}()]|[^\s{}()"#]+|[ \t]+')
_HEAD: Final = re.compile(r"[ \t]*system\b")
_TYPED: Final = re.compile(r"[\w.]*$")


@dataclass(frozen=True, slots=True)
class Clause:
    """A place in a system.

    `blocks` are the heads of the blocks around, without their braces, the outermost first; empty
    outside of any system. `text` is what is written of the clause before the place, without what
    is being typed, which is `typed` (a path such as `customer.na`); `called` is the name whose
    parentheses are open.
    """

    blocks: tuple[str, ...] = ()
    text: str = ""
    typed: str = ""
    called: str = ""

    @property
    def block(self) -> str:
        """The keyword of the innermost block."""
        return self.blocks[-1].split()[0] if self.blocks and self.blocks[-1] else ""


def clause_at(lines: Sequence[str], line: int, column: int) -> Clause:
    """What is around a place in a system; line and column from 1."""
    rows = [*lines[: line - 1], lines[line - 1][: column - 1] if line <= len(lines) else ""]
    heads = [number for number, row in enumerate(rows) if _HEAD.match(row)]
    if not heads:
        return Clause()
    blocks: list[str] = []
    calls: list[str] = []
    text = ""
    for found in _TOKEN.finditer("\n".join(rows[heads[-1] :])):
        token = found[0]
        if token == "{":
            blocks.append(text.strip())
            text, calls = "", []
        elif token == "}":
            if len(blocks) <= 1:  # the system ends here
                return Clause()
            blocks.pop()
            text, calls = "", []
        elif token == "\n":
            text = text + " " if calls else ""
        elif not token.startswith("#"):
            text = _with_call(calls, text, token)
    typed = _TYPED.search(text)
    found_typed = typed[0] if typed else ""
    clause = Clause(tuple(blocks), text[: len(text) - len(found_typed)].lstrip(), found_typed)
    return replace(clause, called=calls[-1] if calls else "")


def _with_call(calls: list[str], text: str, token: str) -> str:
    """The clause with one token more; `calls` are the names whose parentheses are open."""
    if token == "(":
        word = _TYPED.search(text.rstrip())
        calls.append(word[0] if word else "")
    elif token == ")" and calls:
        calls.pop()
    return text + token
