"""A tree of lines, drawn with the branches of a terminal or as SVG. Used by drawing, showing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

_LINE, _INDENT, _MARGIN, _CHARACTER = 22, 24, 14, 7.4
"""Pixels: of a line, of a level, around all, of a character of the typeface."""
_STYLE: Final = "text{font:13px ui-monospace,monospace}path{fill:none;stroke:#888}"


@dataclass(frozen=True, slots=True)
class Branch:
    """One line, and what hangs below it."""

    text: str
    below: tuple[Branch, ...] = ()


def lines(branches: Iterable[Branch], indent: str = "") -> Iterator[str]:
    """The lines of branches that hang below one line."""
    found = list(branches)
    for index, branch in enumerate(found):
        last = index == len(found) - 1
        yield f"{indent}{'└─' if last else '├─'} {branch.text}"
        yield from lines(branch.below, f"{indent}{'    ' if last else '│   '}")


def svg(root: Branch) -> str:
    """The same as a picture that needs nothing beside it."""
    placed = list(_placed(root, 0, [0]))
    width = max(level * _INDENT + len(text) * _CHARACTER for level, _, _, text in placed)
    height = 2 * _MARGIN + len(placed) * _LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{round(width) + 2 * _MARGIN}" '
        f'height="{height}" role="img"><title>{escape(root.text)}</title>',
        f"<style>{_STYLE}</style>",
    ]
    for level, row, parent, text in placed:
        x, y = _MARGIN + level * _INDENT, _MARGIN + row * _LINE + _LINE // 2
        if parent is not None:
            left, top = x - _INDENT + 6, _MARGIN + parent * _LINE + _LINE - 4
            parts.append(f'<path d="M{left} {top}V{y}H{x - 4}"/>')
        parts.append(f'<text x="{x}" y="{y + 4}">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>"])


def _placed(
    branch: Branch, level: int, rows: list[int], parent: int | None = None
) -> Iterator[tuple[int, int, int | None, str]]:
    row = rows[0]
    rows[0] += 1
    yield level, row, parent, branch.text
    for one in branch.below:
        yield from _placed(one, level + 1, rows, row)
