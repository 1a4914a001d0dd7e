"""Source text, and changes to it that leave every byte they do not name alone.

Called by the edits of the search engine, so that a reviewer of a repaired allele sees a
diff of a line or two and finds its comments and layout as they were.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.limits import MUTATION_SOURCE_NODES

ENTRY = "execute"
"""The function that a gene is called through."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Bytes `start` to `end` (offsets into the source) give way to `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class SourceText:
    """A source that parses: its bytes, its syntax tree, and where its lines begin."""

    data: bytes
    tree: ast.Module
    entry: ast.FunctionDef
    line_starts: tuple[int, ...]

    def start(self, node: ast.stmt | ast.expr) -> int:
        """Offset of the first byte of a node, its decorators included."""
        decorators = getattr(node, "decorator_list", [])
        if decorators:
            return self.data.rindex(b"@", 0, self.start(decorators[0]))
        return self.line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr) -> int:
        """Offset just after the last byte of a node."""
        line, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.line_starts[line - 1] + column

    def segment(self, node: ast.stmt | ast.expr) -> str:
        """The text of a node."""
        return self.data[self.start(node) : self.end(node)].decode()

    def line_start(self, offset: int) -> int:
        """Offset of the first byte of the line that holds `offset`."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Offset of the newline that ends the line that holds `offset`."""
        found = self.data.find(b"\n", offset)
        return found if found >= 0 else len(self.data)

    def indentation(self, offset: int) -> str:
        """The white space that the line of `offset` begins with."""
        line = self.data[self.line_start(offset) : self.line_end(offset)].decode()
        return line[: len(line) - len(line.lstrip(" \t"))]

    def begins_line(self, offset: int) -> bool:
        """True when only white space is before `offset` on its line."""
        return not self.data[self.line_start(offset) : offset].strip(b" \t")

    def unit(self) -> str:
        """One step of indentation, as the entry function makes it."""
        first = self.start(self.entry.body[0])
        step = self.indentation(first) if self.begins_line(first) else ""
        return step or "    "


def read_source(source: str) -> SourceText | None:
    """A source as text with a tree, or None when it is not for editing.

    Not for editing is what could not be admitted, whatever is changed in it, and what has more
    nodes than are worth looking through. Foreign line endings become newlines.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text += "" if text.endswith("\n") else "\n"
    if admit(text, ALLOWED_MODULES):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # admitted with them, too
        tree = ast.parse(text)
    if any(count >= MUTATION_SOURCE_NODES for count, _ in enumerate(ast.walk(tree))):
        return None
    entry = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == ENTRY][-1]
    data = text.encode()
    starts = [0]
    for line in data.split(b"\n")[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    return SourceText(data=data, tree=tree, entry=entry, line_starts=tuple(starts))


def rewritten(text: SourceText, replacements: Iterable[Replacement]) -> str | None:
    """The source after the replacements; None where two of them collide."""
    pieces: list[bytes] = []
    reached = 0
    for change in sorted(replacements, key=lambda r: (r.start, r.end)):
        if change.start < reached:
            return None
        pieces += [text.data[reached : change.start], change.text.encode()]
        reached = change.end
    pieces.append(text.data[reached:])
    return b"".join(pieces).decode()


def insertion(
    text: SourceText, statements: Sequence[ast.stmt], index: int, lines: Sequence[str]
) -> tuple[Replacement, ...]:
    """Put `lines` before statement `index` of a block, or after its last.

    A line may start with tabs: each stands for one more step of indentation. A block that is
    written behind its header, or with semicolons, is unfolded as far as needed.
    """
    first = text.start(statements[0])
    inline = not text.begins_line(first)
    margin = text.indentation(first) + (text.unit() if inline else "")
    added = "\n".join(_indented(margin, text.unit(), line) for line in lines)
    unfolded: tuple[Replacement, ...] = ()
    if inline:
        head = f"\n{added}\n{margin}" if index == 0 else f"\n{margin}"
        unfolded = (Replacement(_gap_start(text, first), first, head),)
    if index == 0:
        start = text.line_start(first)
        return unfolded or (Replacement(start, start, added + "\n"),)
    end = text.end(statements[index - 1])
    following = text.start(statements[index]) if index < len(statements) else None
    if following is not None and not text.begins_line(following):
        return (*unfolded, Replacement(end, following, f"\n{added}\n{margin}"))
    end = text.line_end(end)
    return (*unfolded, Replacement(end, end, "\n" + added))


def own_lines(
    text: SourceText, statements: Sequence[ast.stmt], index: int
) -> tuple[int, int] | None:
    """From where to where a statement's lines go, with the comments right above and beside it.

    None when it shares a line with another statement or with its block's header.
    """
    start, end = text.start(statements[index]), text.end(statements[index])
    shared = index + 1 < len(statements) and not text.begins_line(text.start(statements[index + 1]))
    if shared or not text.begins_line(start):
        return None
    floor = text.line_end(text.end(statements[index - 1])) + 1 if index else 0
    start = text.line_start(start)
    while start > floor:
        above = text.line_start(start - 1)
        if above < floor or not text.data[above:start].lstrip().startswith(b"#"):
            break
        start = above
    return start, min(text.line_end(end) + 1, len(text.data))


def _indented(margin: str, unit: str, line: str) -> str:
    if not line:
        return ""
    bare = line.lstrip("\t")
    return margin + unit * (len(line) - len(bare)) + bare


def _gap_start(text: SourceText, first: int) -> int:
    while text.data[first - 1 : first] in (b" ", b"\t"):
        first -= 1
    return first
