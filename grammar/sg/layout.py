"""Cuts a file into contracts, sections and lines by indentation. Called by the parser.

What the grammar never sees is decided here: comments, the prose of `does:`, tabs, line ends,
lines too long to read, nesting too deep to follow. Linear in the text; nothing is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from grammar.limits import FILE_CHARACTERS, LINE_CHARACTERS, NESTING_LEVELS
from grammar.remarks import Remarks, on_line
from grammar.sg.codes import CODES
from grammar.system.region import Region, begins_region, ends_region

TAB_COLUMNS = 2
"""What a tab in an indentation counts for, once it has been complained about."""

_BLANKS = re.compile(r"[ \t]+")
_MARK = "\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CODE = re.compile(r'(?:[^"#]++|"(?:[^"\\]|\\.)*+(?:"|\\?$))*+')
_SENTENCE_COMMENT = re.compile(r"\s#(?=\s|$)")


@dataclass(slots=True)
class Block:
    """A line and the lines indented under it. `prose` holds the raw lines of a `does:`.

    `number` is its line from 1, `indent` in columns, `column` of its first character from 1,
    `text` without indentation and comment, `last` the last line that belongs to it.
    """

    number: int
    indent: int
    column: int
    text: str
    last: int
    opens_prose: bool = False
    crooked: bool = False
    uneven: bool = False
    children: list[Block] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """A file, cut: its contracts' blocks, its systems, its comments by line, its clean lines.

    `cleaned` holds every line that the grammar may see, without its comment.
    """

    remarks: Remarks
    contracts: list[Block] = field(default_factory=list)
    systems: list[Region] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)
    cleaned: list[str] = field(default_factory=list)

    def text(self, first: int, last: int) -> str:
        """Lines `first` to `last`, both from 1, without comments, each with its line end."""
        return "\n".join(self.cleaned[first - 1 : last]) + "\n"


def lay_out(
    text: str, file: str, opens_prose: Callable[[str], bool], *, fragment: bool = False
) -> Layout:
    """Cut `text`. `opens_prose` tells whether a line of a contract begins a section of prose.

    A `fragment` is one region from its first line to its last: a piece of a system.
    """
    lines = text.removeprefix(_MARK)[:FILE_CHARACTERS].split("\n")
    lines = [line[:-1] if line.endswith("\r") else line for line in lines]
    scan = _Scan(Layout(Remarks(file, lines, CODES)), opens_prose)
    scan.whole_file(text, lines)
    if fragment:
        scan.begin_region(Region(1, endless=True))
    for number, line in enumerate(lines, 1):
        scan.layout.cleaned.append(scan.any_line(number, line))
    scan.finish()
    return scan.layout


class _Scan:
    """One pass over the lines, with the blocks that are still open."""

    def __init__(self, layout: Layout, opens_prose: Callable[[str], bool]) -> None:
        self.layout = layout
        self.file = layout.remarks.file
        self.say = layout.remarks.say
        self.opens_prose = opens_prose
        self.open: list[Block] = []
        self.region: Region | None = None
        self.pending_blank = 0
        self.tabs: list[tuple[int, int]] = []

    def whole_file(self, text: str, lines: list[str]) -> None:
        """What is wrong with the file as such, said once."""
        if text.startswith(_MARK):
            self.say(
                "SG-E102",
                "the file begins with a byte order mark",
                on_line(self.file, 1, 1),
                "save it as UTF-8 without a mark",
            )
        if len(text) > FILE_CHARACTERS:
            self.say(
                "SG-E107",
                f"the file is longer than {FILE_CHARACTERS} characters; the rest was not read",
                on_line(self.file, len(lines), 1),
                "split it into several files",
            )
        first = text.find("\r\n")
        if first >= 0:
            line = text.count("\n", 0, first) + 1
            count = text.count("\r\n")
            self.say(
                "SG-E103",
                f"{count} line{'s' if count > 1 else ''} end with a carriage return",
                on_line(self.file, line, len(lines[line - 1]) + 1),
                "end lines with a line feed alone",
            )

    def finish(self) -> None:
        """What can only be said once, when all lines have been seen."""
        if not self.tabs:
            return
        number, column = self.tabs[0]
        more = f" ({len(self.tabs)} such lines)" if len(self.tabs) > 1 else ""
        self.say(
            "SG-E104",
            f"a tab in the indentation{more}",
            on_line(self.file, number, column),
            "indent with two spaces",
        )

    def any_line(self, number: int, raw: str) -> str:
        """Place one line, of a contract or of a system; returns what the grammar may see of it."""
        if len(raw) > LINE_CHARACTERS:
            self.say(
                "SG-E106",
                f"the line has {len(raw)} characters; it was not read",
                on_line(self.file, number, LINE_CHARACTERS + 1),
                f"a line has at most {LINE_CHARACTERS} characters",
            )
            return ""
        if self.region is not None and not self.region.endless and ends_region(raw):
            self.region = None
        if self.region is None and self._begins_region(raw):
            self.begin_region(Region(number))
        return self.line(number, raw) if self.region is None else self._of_region(number, raw)

    def begin_region(self, region: Region) -> None:
        """All lines from here on belong to the region, until it ends."""
        self.region = region
        self.layout.systems.append(region)
        self.open.clear()

    def _begins_region(self, raw: str) -> bool:
        """True for the first line of a system; prose that looks like one is prose."""
        section = self.open[-1] if self.open else None
        within = section is not None and section.opens_prose and _indentation(raw) > section.indent
        return not within and begins_region(raw)

    def _of_region(self, number: int, raw: str) -> str:
        code = self._without_comment(number, raw, _indentation(raw), sentences=False)
        code = self._without_controls(number, code)
        assert self.region is not None
        if self.region.take(code):
            self.region = None
        return code

    def line(self, number: int, raw: str) -> str:
        """Place one line of a contract; returns what the grammar may see of it."""
        start = _indentation(raw)
        if start == len(raw):
            self.pending_blank += 1
            return ""
        indent = start + raw.count("\t", 0, start) * (TAB_COLUMNS - 1)
        if self._is_prose(raw, indent, number):
            return ""
        if raw[start] == "#":
            self.layout.comments[number] = raw.rstrip()
            return ""
        self._tab(number, raw, start)
        code = self._without_comment(number, raw, start)
        code = self._without_controls(number, code)
        if not code:
            return ""
        self.pending_blank = 0
        return code if self._place(number, indent, start, code[start:]) else ""

    def _is_prose(self, raw: str, indent: int, number: int) -> bool:
        section = self.open[-1] if self.open else None
        if section is None or not section.opens_prose or indent <= section.indent:
            return False
        self._tab(number, raw, section.indent + 1)
        if section.prose:
            section.prose.extend([""] * self.pending_blank)
        section.prose.append(raw)
        self.pending_blank = 0
        for block in self.open:
            block.last = number
        return True

    def _tab(self, number: int, raw: str, end: int) -> None:
        found = raw.find("\t", 0, end)
        if found >= 0:
            self.tabs.append((number, found + 1))

    def _without_comment(self, number: int, raw: str, start: int, *, sentences: bool = True) -> str:
        if "#" not in raw:
            return raw.rstrip(" \t")
        if sentences and raw[start] == "-" and not raw.startswith("->", start):
            found = _SENTENCE_COMMENT.search(raw, start)
            end = found.start() + 1 if found else len(raw)
        else:
            matched = _CODE.match(raw, start)
            end = matched.end() if matched else len(raw)
        if end < len(raw):
            self.layout.comments[number] = raw[end:].rstrip()
        return raw[:end].rstrip(" \t")

    def _without_controls(self, number: int, code: str) -> str:
        found = _CONTROL.search(code)
        if found:
            self.say(
                "SG-E105",
                f"character U+{ord(found[0]):04X} cannot be seen",
                on_line(self.file, number, found.start() + 1),
                "remove it; inside quotes it may be written as \\u and four digits",
            )
        return _CONTROL.sub(" ", code).rstrip(" \t") if found else code

    def _place(self, number: int, indent: int, start: int, text: str) -> bool:
        while self.open and self.open[-1].indent >= indent:
            self.open.pop()
        if len(self.open) >= NESTING_LEVELS:
            self.say(
                "SG-E108",
                f"nested deeper than {NESTING_LEVELS} levels; the line was not read",
                on_line(self.file, number, start + 1, len(text)),
                "name the inner part, and refer to it",
            )
            return False
        siblings = self.open[-1].children if self.open else self.layout.contracts
        block = Block(number, indent, start + 1, text, number)
        if self.open and siblings and siblings[0].indent != indent:
            block.crooked = True
        for parent in self.open:
            parent.last = number
            parent.uneven = parent.uneven or block.crooked
        block.opens_prose = len(self.open) == 1 and self.opens_prose(text)
        siblings.append(block)
        self.open.append(block)
        return True


def first_word(text: str) -> str:
    """What stands before the first space or tab."""
    return _BLANKS.split(text, maxsplit=1)[0]


def _indentation(line: str) -> int:
    """How many spaces and tabs a line begins with."""
    return len(line) - len(line.lstrip(" \t"))
