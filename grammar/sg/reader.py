"""Reads the lines of a section into nodes, and goes on after a mistake.

Called by contract.py. A sound section is read whole by its rule in `sg.lark`. Where that
fails, each of its lines is read alone, so that one mistake does not hide the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lark.exceptions import UnexpectedInput
from lark.indenter import DedentError

from grammar.remarks import Remarks, on_line
from grammar.sg.build import Place
from grammar.sg.layout import Block, Layout
from grammar.sg.mistakes import Expected, explain
from grammar.sg.syntax import Branch, parse_as
from grammar.source import Span

Node = TypeVar("Node")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Inner:
    """What the lines under an item are: how its head line is read, and how both are joined."""

    head: str
    item: Item[Any]
    join: Callable[[Branch, Place, list[Any]], Any]


@dataclass(frozen=True, slots=True)
class Item(Generic[Node]):
    """One kind of line: its rule in the grammar, what to say if it is not one, its node.

    `prose` marks a line of words, which people may be tempted to go on with on the next.
    """

    rule: str
    expected: Expected
    build: Callable[[Branch, Place], Node]
    inner: Inner | None = None
    prose: bool = False


class Reader:
    """Reads the blocks of one contract. `type_names` gathers the types that its fields name."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.remarks: Remarks = layout.remarks
        self.type_names: list[tuple[str, Span]] = []

    def section(self, block: Block, item: Item[Node], rule: str | None) -> list[Node]:
        """The nodes of a section's lines. `rule` is None if its head is not what it should be."""
        if self.empty(block):
            return []
        if rule is not None and not block.uneven:
            branch = self._try(rule, block.number, block.last)
            if branch is not None:
                place = self.place(block)
                return [item.build(child, place) for child in branch.children]  # type: ignore[arg-type]
        return [node for child in block.children for node in self._one(child, item)]

    def empty(self, block: Block) -> bool:
        """True, after a complaint, for a section without lines."""
        if not block.children:
            self.remarks.say(
                "SG-E117",
                "the section is empty",
                self.head_span(block),
                "leave the section out, or indent its lines below it",
            )
        return not block.children

    def line(self, block: Block, item: Item[Node]) -> Node | None:
        """The node of one line of a contract, or None after a complaint."""
        branch = self.lone(block, item.rule, item.expected)
        return None if branch is None else item.build(branch, self.place(block))

    def lone(self, block: Block, rule: str, expected: Expected) -> Branch | None:
        """Read a line that cannot hold others; None after a complaint about it."""
        branch = self.branch(block, rule, expected)
        for child in block.children[:1]:
            self.under_nothing(child, block)
        return branch

    def lines(self, block: Block) -> Iterator[Block]:
        """The blocks under a block, one by one, until there are too many mistakes to go on."""
        for child in block.children:
            if self.remarks.full:
                return
            self.crooked(child)
            yield child

    def head_span(self, block: Block) -> Span:
        """Where the text of a block's first line stands."""
        return on_line(self.remarks.file, block.number, block.column, len(block.text))

    def crooked(self, block: Block) -> None:
        """Complain about a block that stands in another column than those before it."""
        if block.crooked:
            self.remarks.say(
                "SG-E110",
                "the line stands in another column than the lines before it",
                self.head_span(block),
                "indent it like the first line of its section",
            )

    def _one(self, block: Block, item: Item[Node]) -> list[Node]:
        if self.remarks.full:
            return []
        self.crooked(block)
        if item.inner is not None:
            return self._nested(block, item, item.inner)
        branch = self.branch(block, item.rule, item.expected)
        found = [] if branch is None else [item.build(branch, self.place(block))]
        for index, child in enumerate(block.children):
            if index == 0 and branch is not None:
                self.under_nothing(child, block)
            if not (item.prose and child.text[0] != "-"):
                found.extend(self._one(child, item))
        return found

    def _nested(self, block: Block, item: Item[Node], inner: Inner) -> list[Node]:
        head = self.branch(block, inner.head, item.expected) or self._named(block, inner.head)
        if not block.children and block.text.endswith(":"):
            self.remarks.say(
                "SG-E117",
                f"{item.expected.noun} is empty",
                self.head_span(block),
                inner.item.expected.form,
            )
        nodes = [node for child in block.children for node in self._one(child, inner.item)]
        return [] if head is None else [inner.join(head, self.place(block), nodes)]

    def _named(self, block: Block, rule: str) -> Branch | None:
        """What the head of a broken line would be if only its first name were there."""
        name = _NAME.match(block.text)
        text = f"{' ' * (block.column - 1)}{name[0]}:\n" if name else ""
        return parse_as(rule, text) if name else None

    def under_nothing(self, block: Block, above: Block) -> None:
        """Complain about a block that is indented under a line that cannot hold others."""
        self.remarks.say(
            "SG-E111",
            "the line is indented under a line that cannot hold others",
            self.head_span(block),
            f"indent it like line {above.number}, or make both one line",
        )

    def branch(self, block: Block, rule: str, expected: Expected) -> Branch | None:
        """Read a block's first line alone; a mistake is put into words."""
        text = self.layout.text(block.number, block.number)
        try:
            return parse_as(rule, text)
        except UnexpectedInput as error:
            column = error.column if error.line == 1 else len(text)
            mistake = explain(text, max(column, 1), expected)
            span = on_line(self.remarks.file, block.number, mistake.column, mistake.width)
            self.remarks.say(mistake.code, mistake.message, span, mistake.hint)
            return None

    def _try(self, rule: str, first: int, last: int) -> Branch | None:
        try:
            return parse_as(rule, self.layout.text(first, last))
        except (UnexpectedInput, DedentError):
            return None

    def place(self, block: Block) -> Place:
        """Where the branch of a block's first line stands."""
        return Place(self.remarks, block.number, self.type_names)
