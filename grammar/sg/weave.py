"""Puts comments back into canonical text. Called by render.py.

A comment after a line follows that line; one on a line of its own stands before the line that
it stood before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of canonical text, and the line (from 1) that it was read from, if it is known.

    A row that is `apart` keeps one blank line to comments that stood apart from it. One that
    `closes` a block leaves the comments above it in the block.
    """

    text: str
    origin: int | None = None
    apart: bool = False
    closes: bool = False

    @property
    def indentation(self) -> str:
        """The white space that comments above the row begin with."""
        own = self.text[: len(self.text) - len(self.text.lstrip(" "))]
        return f"{own}  " if self.closes else own


def weave(rows: Sequence[Row], comments: Mapping[int, str]) -> str:
    """The rows as text, with the comments of the original lines."""
    origins = {row.origin for row in rows if row.origin is not None}
    in_order = sorted(origins)
    above: dict[int | None, list[int]] = {}
    for line in sorted(comments.keys() - origins):
        index = bisect_right(in_order, line)
        above.setdefault(in_order[index] if index < len(in_order) else None, []).append(line)
    last = above.pop(None, [])
    written: list[str] = []
    done: set[int] = set()
    for row in rows:
        new = row.origin is not None and row.origin not in done
        if not new or row.origin is None:
            written.append(row.text)
            continue
        done.add(row.origin)
        apart = row.apart or not row.indentation
        lines = above.get(row.origin, [])
        written += _with_gaps(lines, row.origin, comments, row.indentation, apart=apart)
        beside = comments.get(row.origin)
        written.append(f"{row.text}  {beside.strip()}" if beside else row.text)
    written += [""] if written and last else []
    written += _with_gaps(last, None, comments, "", apart=True)
    return "".join(f"{line}\n" for line in written)


def _with_gaps(
    lines: Sequence[int],
    origin: int | None,
    comments: Mapping[int, str],
    indentation: str,
    *,
    apart: bool,
) -> Iterator[str]:
    """The comments of `lines`; with `apart`, what stood apart keeps one blank line."""
    for line, following in zip(lines, [*lines[1:], origin], strict=False):
        yield f"{indentation}{comments[line].strip()}"
        if apart and following is not None and following > line + 1:
            yield ""
