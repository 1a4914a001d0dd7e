"""Reads the `verify:` of a pathway or topology: calls, loops over calls, and the window."""

from __future__ import annotations

from typing import Final, cast

from lark import Token

from grammar.sg.composition import Ask, AskEach, Probes
from grammar.sg.layout import Block, first_word
from grammar.sg.literal import duration_ms
from grammar.sg.mistakes import Expected
from grammar.sg.reader import Reader
from grammar.sg.value import read_given, read_loop, say_twice
from grammar.source import Span

ASK: Final = Expected(
    "SG-E134",
    "a call",
    "a call is written `locus name={field}`, the window `within 30s`",
)
LOOP: Final = Expected(
    "SG-E159", "a loop", "a loop is written `for name in {list}:` or `for name in [a, b]:`"
)


def read_probes(reader: Reader, block: Block) -> list[Probes]:
    """The section as one `Probes`; its window is 0 after a complaint."""
    said = reader.remarks.count
    windows: list[tuple[int, Span]] = []
    asks = _asks(reader, block, windows, outermost=True)
    sound = reader.remarks.count == said
    head = reader.head_span(block)
    if sound and not windows:
        hint = "add a line such as `within 30s`"
        reader.remarks.say("SG-E144", "`verify:` has no window", head, hint)
    if sound and not asks:
        hint = "name a diagnostic locus, with its arguments"
        reader.remarks.say("SG-E117", "`verify:` names no diagnostic", head, hint)
    for _, span in windows[1:]:
        hint = f"the window was given in line {windows[0][1].line}"
        reader.remarks.say("SG-E118", "`within` is given twice", span, hint)
    window_ms, place = windows[0] if windows else (0, None)
    return [Probes(tuple(asks), window_ms, place)]


def _asks(
    reader: Reader, block: Block, windows: list[tuple[int, Span]], *, outermost: bool
) -> list[Ask | AskEach]:
    found: list[Ask | AskEach] = []
    for child in reader.lines(block):
        word = first_word(child.text)
        one: Ask | AskEach | None = None
        if word == "for":
            one = _each(reader, child, windows)
        elif outermost and word in ("within", "all"):
            windows += _window(reader, child)
        else:
            one = _ask(reader, child)
        found += [] if one is None else [one]
    return found


def _window(reader: Reader, block: Block) -> list[tuple[int, Span]]:
    branch = reader.lone(block, "all_within", ASK)
    if branch is None:
        return []
    token = cast(Token, branch.children[-1])
    place = reader.place(block)
    return [(duration_ms(token, place), place.span(token))]


def _ask(reader: Reader, block: Block) -> Ask | None:
    branch = reader.lone(block, "ask", ASK)
    if branch is None:
        return None
    place = reader.place(block)
    locus, *rest = branch.children
    given = [read_given(child, place) for child in rest if not isinstance(child, Token)]
    say_twice(reader.remarks, given)
    return Ask(str(locus), tuple(given), place.span(cast(Token, locus)))


def _each(reader: Reader, block: Block, windows: list[tuple[int, Span]]) -> AskEach | None:
    branch = reader.branch(block, "repeat", LOOP)
    empty = reader.empty(block)
    body = [] if empty else _asks(reader, block, windows, outermost=False)
    if branch is None:
        return None
    variable, over, span, place = read_loop(branch, reader.place(block))
    return AskEach(variable, over, tuple(body), span, place)
