"""The lark parser of `system.lark`, built once. Called by read.py for the head of a clause."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lark import Lark

from grammar.sg.syntax import Branch
from grammar.system.keywords import KEYWORDS


@cache
def _parser() -> Lark:
    return Lark(
        Path(__file__).with_name("system.lark").read_text("utf-8"),
        start=[*KEYWORDS],
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=True,
    )


def parse_head(keyword: str, text: str) -> Branch:
    """Read the head of a clause by the rule of its keyword.

    Raises `lark.exceptions.UnexpectedInput`, with line and column from 1 within `text`.
    """
    return _parser().parse(text, start=keyword)
