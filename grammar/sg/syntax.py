"""The lark parser of `sg.lark`, built once. Called by the reader for a section or a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.indenter import Indenter

from grammar.sg.layout import TAB_COLUMNS

Branch = Tree[Token]
"""What lark makes of a line or a section."""

HEADINGS = (
    "gene",
    "pathway",
    "topology",
    "phenotype",
    "intent",
    "language",
    "is",
    "risk",
    "for",
    "binding",
)
SECTIONS = (
    "takes",
    "gives",
    "types",
    "before",
    "after",
    "fails_when",
    "unhealthy_when",
    "verify",
    "feeds",
    "expresses",
)
ITEMS = (
    "field",
    "record",
    "record_head",
    "sentence",
    "failure",
    "verification",
    "feed",
    "expression",
)
LINES = (
    "run",
    "follow",
    "repeat",
    "choose",
    "arm",
    "given",
    "need",
    "ask",
    "all_within",
    "resource",
    "property",
    "host_set",
)


class _Indentation(Indenter):
    """Makes _INDENT and _DEDENT of the white space after a line end."""

    NL_type = "_NL"
    OPEN_PAREN_types: list[str] = []  # noqa: RUF012 - lark's interface
    CLOSE_PAREN_types: list[str] = []  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = TAB_COLUMNS


class _SharedIndentation(_Indentation):
    """Keeps no state between texts, so that threads can share the parser."""

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        fresh: Iterator[Token] = _Indentation().process(stream)  # type: ignore[no-untyped-call]
        return fresh


@cache
def _parser() -> Lark:
    return Lark(
        Path(__file__).with_name("sg.lark").read_text("utf-8"),
        start=[*HEADINGS, *SECTIONS, *ITEMS, *LINES],
        parser="lalr",
        lexer="contextual",
        postlex=_SharedIndentation(),
        maybe_placeholders=True,
    )


def parse_as(rule: str, text: str) -> Branch:
    """Read `text`, which ends with a line end, by one rule.

    Raises `lark.exceptions.UnexpectedInput`, with line and column from 1 within `text`, or
    `lark.indenter.DedentError`.
    """
    return _parser().parse(text, start=rule)
