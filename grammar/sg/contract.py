"""Reads the lines of one contract into its parts, whatever its kind. Called by parse.py.

Says what is unknown, given twice or without a colon; one module for each kind makes the node.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from grammar.nearest import did_you_mean, listing, nearest
from grammar.remarks import Remarks, on_line, somewhere
from grammar.repeated import repeated
from grammar.sg.composition import Remedy
from grammar.sg.forms import (
    BINDING,
    DOES,
    KEYWORDS,
    SECTIONS,
    Heading,
    Nest,
    Section,
    Word,
)
from grammar.sg.layout import Block, first_word
from grammar.sg.nodes import Binding, Field
from grammar.sg.reader import Reader
from grammar.source import Span

_HEAD = re.compile(r"([^\W\d][\w-]*(?:[ \t]+(?:when\b|fail\w*))?)[ \t]*(:?)[ \t]*(.*)")
_BINDING = re.compile(r"[\w.-]+[ \t]*=")


Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(slots=True)
class Parts:
    """What stands in a contract. `spans` tells where each section or keyword was given.

    `broken` are the sections of which some lines could not be read as they are.
    """

    name: Word
    domain: str | None = None
    keywords: dict[str, Word] = field(default_factory=dict)
    sections: dict[str, list[Any]] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    does: str = ""
    spans: dict[str, Span] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def remedies_of(parts: Parts) -> tuple[Remedy, ...]:
    """The remedies of `on failure:`; where each is written goes to the places of the contract."""
    found: list[tuple[Remedy, Span]] = parts.sections.get("on failure", [])
    parts.spans.update({remedy.value: span for remedy, span in found})
    return tuple(remedy for remedy, _ in found)


def opens_prose(text: str) -> bool:
    """True for `does:` and for what was probably meant to be it."""
    head = _HEAD.fullmatch(text)
    if head is None:
        return False
    if head[1] == DOES:
        return True
    known = (*SECTIONS, *KEYWORDS)
    return head[2] == ":" and head[1] not in known and nearest(head[1], (*known, DOES)) == DOES


def read_parts(
    reader: Reader,
    block: Block,
    heading: Heading,
    keywords: Collection[str],
    sections: Mapping[str, Section | Nest],
    *,
    prose: bool = True,
) -> Parts:
    """Read the lines under a contract's first line.

    `keywords` and `sections` are what this kind of contract may hold, and `does:` if it has
    `prose`; one with the keyword `for` may hold bindings.
    """
    parts = Parts(heading.name, heading.domain.text if heading.domain else None)
    if heading.domain is not None:
        parts.spans["domain"] = heading.domain.span
    work = _Contract(reader, parts, keywords, sections, prose)
    for child in block.children:
        if not reader.remarks.full:
            reader.crooked(child)
            work.line(child)
    return work.parts


class _Contract:
    def __init__(
        self,
        reader: Reader,
        parts: Parts,
        keywords: Collection[str],
        sections: Mapping[str, Section | Nest],
        prose: bool,
    ) -> None:
        self.reader = reader
        self.parts = parts
        self.keywords = keywords
        self.sections = sections
        self.names = ((DOES,) if prose else ()) + tuple(sections)
        self.say = reader.remarks.say
        self.file = reader.remarks.file

    def line(self, block: Block) -> None:
        """One line of the contract, with what is indented under it."""
        head = _HEAD.fullmatch(block.text)
        word = re.sub(r"[ \t]+", " ", head[1]) if head else ""
        if "for" in self.keywords and _BINDING.match(block.text):
            binding = self.reader.line(block, BINDING)
            self.parts.bindings.extend([binding] if binding else [])
            self._misplaced(block)
        elif head and word in self.keywords:
            self._keyword(block, word)
        elif head and word in self.names:
            self._section(block, word, head, known=True)
        else:
            self._unknown(block, word or first_word(block.text), head)

    def _keyword(self, block: Block, word: str) -> None:
        found = self.reader.line(block, KEYWORDS[word])
        self._misplaced(block)
        if self._first(block, word) and found:
            self.parts.keywords[word] = found

    def _misplaced(self, block: Block) -> None:
        """Lines under a keyword, already complained about, are read as if they stood beside it."""
        for child in block.children:
            self.line(child)

    def _section(self, block: Block, word: str, head: re.Match[str], known: bool) -> None:
        sound = known and head[2] == ":" and not head[3]
        if known and not head[2]:
            span = on_line(self.file, block.number, block.column + head.end(1))
            self.say("SG-E115", f"a colon is missing after `{word}`", span, f"write `{word}:`")
        elif head[2] and head[3]:
            span = on_line(self.file, block.number, block.column + head.start(3), len(head[3]))
            self.say(
                "SG-E116",
                f"`{word}:` has text after its colon",
                span,
                "write it on the next line, indented",
            )
        first = self._first(block, word)
        if word == DOES:
            self._does(block, keep=first, empty=not head[3])
            return
        if not block.children and head[3]:
            return
        said = self.reader.remarks.count
        nodes = self._lines(self.sections[word], block, sound)
        if self.reader.remarks.count > said:
            self.parts.broken.add(word)
        if first:
            self.parts.sections[word] = nodes

    def _lines(self, section: Section | Nest, block: Block, sound: bool) -> list[Any]:
        if isinstance(section, Section):
            return self.reader.section(block, section.item, section.rule if sound else None)
        return [] if self.reader.empty(block) else section.read(self.reader, block)

    def _first(self, block: Block, word: str) -> bool:
        """True when `word` is given for the first time; otherwise complains."""
        earlier = self.parts.spans.get(word)
        if earlier is None:
            self.parts.spans[word] = self.reader.head_span(block)
            return True
        self.say(
            "SG-E118",
            f"`{word}` is given twice",
            self.reader.head_span(block),
            f"it was given in line {earlier.line}; make them one",
        )
        return False

    def _does(self, block: Block, keep: bool, empty: bool) -> None:
        prose = dedented(block.prose)
        if not prose and empty:
            self.say(
                "SG-E117",
                "`does:` has no prose",
                self.reader.head_span(block),
                "say in prose what the gene does, indented below",
            )
        if keep:
            self.parts.does = prose

    def _unknown(self, block: Block, word: str, head: re.Match[str] | None) -> None:
        known = (*self.keywords, *self.names)
        near = nearest(word, known)
        what = "section" if head and head[2] else "keyword"
        span = on_line(self.file, block.number, block.column, len(word))
        shown = [*self.keywords, *(f"{section}:" for section in self.names)]
        hint = did_you_mean(word, known, f"what may stand here is {listing(shown)}")
        self.say("SG-E114", f"unknown {what} `{word}`", span, hint)
        if near is None or head is None:
            return
        if near in self.names and near not in self.parts.spans and self._holds_more(block):
            self._section(block, near, head, known=False)
        self.parts.spans.setdefault(near, span)

    @staticmethod
    def _holds_more(block: Block) -> bool:
        return bool(block.children or block.prose)


def dedented(lines: list[str]) -> str:
    """Prose without the indentation that all its lines share and without blank ends."""
    filled = [line for line in lines if line]
    if not filled:
        return ""
    shared = min(len(line) - len(line.lstrip(" \t")) for line in filled)
    return "\n".join(line[shared:] for line in lines)


def say_missing(remarks: Remarks, parts: Parts, kind: str, required: Mapping[str, str]) -> None:
    """Complain about each of the `required` words, with its hint, that the contract lacks."""
    for word, hint in required.items():
        if word not in parts.spans:
            shown = word if word in KEYWORDS else f"{word}:"
            message = f"{kind} `{parts.name.text}` has no `{shown}`"
            remarks.say("SG-E119", message, parts.name.span, hint)


def choice(remarks: Remarks, parts: Parts, keyword: str, code: str, fallback: Choice) -> Choice:
    """The family or risk that a keyword names, or the fallback after a complaint."""
    word = parts.keywords.get(keyword)
    if word is None:
        return fallback
    known = {member.value: member for member in type(fallback)}
    if word.text not in known:
        noun = type(fallback).__name__.lower()
        hint = did_you_mean(word.text, known, f"a {noun} is {listing(known)}")
        remarks.say(code, f"unknown {noun} `{word.text}`", word.span, hint)
    return known.get(word.text, fallback)


def say_fields_twice(remarks: Remarks, fields: Iterable[Field]) -> None:
    """Complain about each field that has the name of one before it."""
    for one, first in repeated(fields, lambda field: field.name):
        hint = f"it was given in line {somewhere(first.span).line}; rename one of them"
        remarks.say("SG-E202", f"field `{one.name}` is given twice", somewhere(one.span), hint)
