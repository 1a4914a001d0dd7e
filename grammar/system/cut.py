"""Cuts a system into clauses by lines, braces and parentheses. Called by read.py.

A clause is a keyword with what follows it, and maybe the clauses between its braces. It ends
with its line, unless the next line goes on with it. Linear in the text; nothing is raised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grammar.limits import NESTING_LEVELS
from grammar.remarks import Remarks, on_line
from grammar.source import Span
from grammar.system.keywords import ALLOWED, BLOCKS, LABELS, PLAIN
from grammar.system.region import Region

_LABELS = tuple(f"{label}:" for label in LABELS)
_OBLIGATIONS = ("must:", "should:", "could:", "assert:")
_GOES_ON = re.compile(
    r"(?:AND|OR|NOT|crosses|unless|is|has|exists|valid|with|at|within|through)(?![\w:(.])|[<>=!.,)]"
)
_TOKEN = re.compile(r'\n|"(?:[^"\\\n]|\\.)*+"|"[^"{}\n]*+|[{}()]|[^\s{}()"]+')
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class Clause:
    """`text` from its keyword to its end, without braces; it may span lines.

    `line` and `column` tell where it begins; `body` is None if it has no braces; `end` is its
    closing brace.
    """

    line: int
    column: int
    text: str
    last_line: int
    last_column: int
    body: list[Clause] | None = None
    end: Span | None = None
    broken: bool = False

    @property
    def word(self) -> str:
        """The keyword, or whatever stands in its place."""
        found = _WORD.match(self.text)
        return found[0] if found else self.text.split()[0]

    @property
    def colon(self) -> bool:
        """True when a colon follows the keyword."""
        return self.text[len(self.word) :].lstrip(" \t").startswith(":")


@dataclass(slots=True)
class _Piece:
    """A token with its place; `first` is true for the first of a line."""

    text: str
    line: int
    column: int
    start: int
    first: bool


@dataclass(slots=True)
class _Cutter:
    remarks: Remarks
    region: Region
    source: str
    top: list[Clause] = field(default_factory=list)
    open: list[tuple[Clause, Span]] = field(default_factory=list)
    current: Clause | None = None
    start: int = 0
    end: int = 0
    parens: int = 0
    too_deep: int = 0


def cut(remarks: Remarks, region: Region) -> list[Clause]:
    """The outermost clauses of a region: one system, if all is well."""
    work = _Cutter(remarks, region, "\n".join(region.lines) + "\n")
    for piece in _pieces(work.source, region.first):
        _take(work, piece)
    _finish(work)
    for _, span in work.open:
        remarks.say("SG-E161", "the brace is not closed", span, "add `}` where its block ends")
    return work.top


def _pieces(source: str, line: int) -> list[_Piece]:
    found: list[_Piece] = []
    line_start, first = 0, True
    for token in _TOKEN.finditer(source):
        if token[0] == "\n":
            line, line_start, first = line + 1, token.end(), True
            continue
        start = token.start()
        found.append(_Piece(token[0], line, start - line_start + 1, start, first))
        first = False
    return found


def _take(work: _Cutter, piece: _Piece) -> None:
    if piece.text in "{}" or (piece.first and _ends_call(work, piece)):
        work.parens = 0
    if piece.text == "{":
        _open(work, piece)
    elif piece.text == "}":
        _close(work, piece)
    else:
        if work.current is None or _begins(work, piece):
            _forgive(work, piece)
            _finish(work)
            clause = Clause(piece.line, piece.column, "", piece.line, piece.column)
            work.current, work.start = clause, piece.start
            _body(work).append(clause)
        _parens(work, piece)
        work.end = piece.start + len(piece.text)
        assert work.current is not None
        work.current.last_line = piece.line
        work.current.last_column = piece.column + len(piece.text)


def _ends_call(work: _Cutter, piece: _Piece) -> bool:
    """True for a label that cannot be an argument, although a parenthesis is still open."""
    goes_on = work.source[work.end - 1 : work.end] in (",", "(")
    return piece.text.startswith(_OBLIGATIONS) or (not goes_on and piece.text.startswith(_LABELS))


def _forgive(work: _Cutter, piece: _Piece) -> None:
    """A brace that was forgotten, as far as indentation tells: say so, and go on as if it stood.

    Where a keyword with braces is followed by a deeper line, the brace opened there; where a
    keyword stands at or left of a block in which it cannot be, the block had ended.
    """
    if not piece.first:
        return
    block = work.current
    if block is not None and block.column < piece.column and _block_word(work) in BLOCKS:
        _finish(work)
        end = on_line(work.remarks.file, block.last_line, block.last_column)
        hint = f"write `{{` after `{block.text.splitlines()[-1].strip()}`"
        work.remarks.say("SG-E161", "the brace that opens the block is missing", end, hint)
        block.body = []
        work.open.append((block, end))
        return
    word = _WORD.match(piece.text)
    while len(work.open) > 1 and word is not None:
        clause, span = work.open[-1]
        inside, outside = ALLOWED.get(clause.word, ()), ALLOWED.get(work.open[-2][0].word, ())
        if piece.column > clause.column or word[0] in inside or word[0] not in outside:
            return
        hint = f"add `}}` before line {piece.line}"
        work.remarks.say("SG-E161", "the brace is not closed", span, hint)
        _finish(work)
        work.open.pop()


def _block_word(work: _Cutter) -> str:
    head = _WORD.match(work.source, work.start)
    return head[0] if head else ""


def _parens(work: _Cutter, piece: _Piece) -> None:
    work.parens += (piece.text == "(") - (piece.text == ")")
    work.parens = max(work.parens, 0)
    if work.parens > NESTING_LEVELS and work.current is not None and not work.current.broken:
        work.current.broken = True
        span = on_line(work.remarks.file, piece.line, piece.column)
        work.remarks.say("SG-E108", "calls nested too deep", span, "name the inner part")


def _begins(work: _Cutter, piece: _Piece) -> bool:
    """True when a piece is the first of a new clause."""
    if work.parens or work.current is None:
        return False
    word = _WORD.match(piece.text)
    name = word[0] if word else ""
    labelled = name in LABELS and piece.text[len(name) :].startswith(":")
    if not piece.first:
        return labelled
    if _GOES_ON.match(piece.text):
        return False
    if _block_word(work) not in BLOCKS:
        return True
    return labelled or _is_keyword(work, piece, name)


def _is_keyword(work: _Cutter, piece: _Piece, name: str) -> bool:
    """True for a word that begins a clause; the `for` of a duration does not."""
    if name == "for":
        return work.source.startswith("each", _past_blanks(work.source, piece.start + 3))
    return piece.text == name and name in (*BLOCKS, *PLAIN)


def _past_blanks(source: str, at: int) -> int:
    while source[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _open(work: _Cutter, piece: _Piece) -> None:
    span = on_line(work.remarks.file, piece.line, piece.column)
    if len(work.open) >= NESTING_LEVELS:
        if not work.too_deep:
            message = f"nested deeper than {NESTING_LEVELS} levels; this was not read"
            work.remarks.say("SG-E108", message, span, "name the inner part, and refer to it")
        work.too_deep += 1
        _finish(work)
        return
    clause = work.current
    if clause is None:
        work.remarks.say(
            "SG-E161", "a brace without a keyword", span, "write what the block is before it"
        )
        clause = Clause(piece.line, piece.column, "{", piece.line, piece.column, broken=True)
        _body(work).append(clause)
    _finish(work)
    clause.body = []
    work.open.append((clause, span))


def _close(work: _Cutter, piece: _Piece) -> None:
    _finish(work)
    span = on_line(work.remarks.file, piece.line, piece.column)
    if work.too_deep:
        work.too_deep -= 1
    elif work.open:
        work.open.pop()[0].end = span
    else:
        work.remarks.say("SG-E161", "a brace that closes nothing", span, "remove it")


def _finish(work: _Cutter) -> None:
    if work.current is not None:
        work.current.text = work.source[work.start : work.end]
        work.current = None
    work.parens = 0


def _body(work: _Cutter) -> list[Clause]:
    if not work.open:
        return work.top
    body = work.open[-1][0].body
    assert body is not None
    return body
