"""Bytes of a file become text. Called by whoever reads a contract from disk or from git."""

from __future__ import annotations

import codecs

from grammar.diagnostic import Diagnostic, Severity
from grammar.remarks import on_line

NOT_UTF8 = "SG-E101"
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_EXCERPT_CHARACTERS = 200


def decode(data: bytes, file: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text of `data`, which should be UTF-8, and an error if it is not.

    Bytes that are not UTF-8 become U+FFFD, so that the rest of the text can still be checked.
    A byte order mark stays in the text; the parser speaks of it.
    """
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        return _with_replacements(data, file, error.start)


def _with_replacements(data: bytes, file: str, start: int) -> tuple[str, tuple[Diagnostic, ...]]:
    wide = data.startswith(_OTHER_ENCODINGS)
    text = data.decode("utf-16" if wide else "utf-8", errors="replace")
    line = 1 if wide else data.count(b"\n", 0, start) + 1
    line_start = data.rfind(b"\n", 0, start) + 1
    column = 1 if wide else len(data[line_start:start].decode("utf-8")) + 1
    excerpt = text.split("\n")[line - 1].rstrip("\r")[:_EXCERPT_CHARACTERS]
    message = "the file is UTF-16, not UTF-8" if wide else f"byte 0x{data[start]:02x} is not UTF-8"
    remark = Diagnostic(
        NOT_UTF8,
        Severity.ERROR,
        message,
        on_line(file, line, column),
        excerpt,
        "save the file as UTF-8",
    )
    return text, (remark,)
