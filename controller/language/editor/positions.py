"""Places as editors count them and as the language does. Called by the language server.

The language counts code points from 1, in lines that end with a line feed; a byte order mark
takes no place. The protocol counts code units (UTF-16 unless agreed otherwise) from 0, and a lone
carriage return ends a line too (Language Server Protocol 3.17, "Text Documents").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from lsprotocol.types import Position, PositionEncodingKind, Range

from grammar.source import Span

_MARK: Final = "\ufeff"
_EDITOR_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_LARGEST: Final = 2**31 - 1
"""The protocol's largest number (uinteger)."""


class TextMap:
    """Converts places of one text. Places outside of the text become the nearest ones in it."""

    def __init__(self, text: str, encoding: str = PositionEncodingKind.Utf16.value) -> None:
        self._text = text
        self._ascii = text.isascii()
        self._encoding = encoding
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        ends = [(found.start(), found.end()) for found in _EDITOR_LINE_END.finditer(text)]
        self._editor_starts = [0, *(end for _, end in ends)]
        self._editor_ends = [*(start for start, _ in ends), len(text)]
        self._mark = len(_MARK) if text.startswith(_MARK) else 0

    def range(self, span: Span) -> Range:
        """A span as the editor counts."""
        start = self._offset(span.line, span.column)
        end = max(start, self._offset(span.end_line, span.end_column))
        return Range(self._position(start), self._position(end))

    def whole(self) -> Range:
        """Everything."""
        return Range(Position(0, 0), self._position(len(self._text)))

    def place(self, position: Position) -> tuple[int, int]:
        """Line and column, both from 1, of an editor's position."""
        offset = self._offset_of(position)
        line = bisect_right(self._starts, offset)
        mark = self._mark if line == 1 else 0
        return line, max(1, offset - self._starts[line - 1] - mark + 1)

    def line_range(self, first: int, last: int) -> Range:
        """From the start of one line to the end of another; both from 1."""
        start = self._offset(first, 1)
        return Range(self._position(start), self._position(self._offset(last, _LARGEST)))

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._starts):
            return len(self._text)
        line = max(line, 1)
        start = self._starts[line - 1] + (self._mark if line == 1 else 0)
        last = self._starts[line] - 1 if line < len(self._starts) else len(self._text)
        return min(start + max(column, 1) - 1, max(last, start))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._editor_starts, offset) - 1
        start = self._editor_starts[line]
        end = min(offset, self._editor_ends[line])
        return Position(line, self._units(self._text[start:end]))

    def _units(self, text: str) -> int:
        if self._ascii or self._encoding == PositionEncodingKind.Utf32.value:
            return len(text)
        if self._encoding == PositionEncodingKind.Utf8.value:
            return len(text.encode("utf-8", errors="surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)

    def _offset_of(self, position: Position) -> int:
        if position.line >= len(self._editor_starts):
            return len(self._text)
        line = max(position.line, 0)
        start, end = self._editor_starts[line], self._editor_ends[line]
        if self._ascii:
            return min(start + max(position.character, 0), end)
        units = 0
        for offset in range(start, end):
            width = self._units(self._text[offset])
            if units + width > position.character:
                return offset
            units += width
        return end
