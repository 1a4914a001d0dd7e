"""Makes a gene contract of its parts, and checks the names that one contract can check alone.

Called by parse.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks
from grammar.sg.contract import Parts, read_parts
from grammar.sg.forms import DOES, Word
from grammar.sg.layout import Block
from grammar.sg.nodes import (
    BASE_TYPES,
    Call,
    Family,
    Field,
    GeneContract,
    Risk,
    TypeDeclaration,
    Verify,
)
from grammar.sg.reader import Reader
from grammar.source import Span

KEYWORDS = ("is", "risk")
SECTIONS = (
    DOES,
    "takes",
    "gives",
    "types",
    "before",
    "after",
    "fails when",
    "unhealthy when",
    "verify",
    "feeds",
)
OF_FAMILY = {
    "fails when": Family.CONFIGURATION,
    "verify": Family.CONFIGURATION,
    "unhealthy when": Family.DIAGNOSTIC,
    "feeds": Family.DIAGNOSTIC,
}
"""Sections that only one family has (seed 003, section 4)."""

_REQUIRED = {
    "is": "add `is configuration` or `is diagnostic`",
    "risk": "add a line such as `risk low`",
    DOES: "say under `does:` in prose what the gene does",
}

Choice = TypeVar("Choice", bound=StrEnum)


def read_gene(reader: Reader, block: Block, name: Word) -> GeneContract:
    """The contract that a `gene NAME` block holds; what is missing gets a harmless value."""
    parts = read_parts(reader, block, name, KEYWORDS, SECTIONS)
    remarks = reader.remarks
    _say_missing(remarks, parts)
    family = _choice(remarks, parts, "is", "SG-E120", Family.CONFIGURATION)
    _say_other_family(remarks, parts, family)
    takes, gives = parts.sections.get("takes", []), parts.sections.get("gives", [])
    types: list[TypeDeclaration] = parts.sections.get("types", [])
    _say_types(remarks, types, reader.type_names)
    for fields in (takes, gives, *(declared.fields for declared in types)):
        _say_fields_twice(remarks, fields)
    return GeneContract(
        name=name.text,
        family=family,
        risk=_choice(remarks, parts, "risk", "SG-E121", Risk.CRITICAL),
        does=parts.does,
        takes=tuple(takes),
        gives=tuple(gives),
        types=tuple(types),
        before=tuple(parts.sections.get("before", [])),
        after=tuple(parts.sections.get("after", [])),
        fails_when=tuple(parts.sections.get("fails when", [])),
        unhealthy_when=tuple(parts.sections.get("unhealthy when", [])),
        verify=_verify(remarks, parts),
        feeds=tuple(parts.sections.get("feeds", [])),
        span=name.span,
        places=parts.spans,
    )


def _say_missing(remarks: Remarks, parts: Parts) -> None:
    for word, hint in _REQUIRED.items():
        if word not in parts.spans:
            shown = f"{word}:" if word == DOES else word
            message = f"gene `{parts.name.text}` has no `{shown}`"
            remarks.say("SG-E119", message, parts.name.span, hint)


def _choice(remarks: Remarks, parts: Parts, keyword: str, code: str, fallback: Choice) -> Choice:
    """The family or risk that a keyword names, or the fallback after a complaint."""
    word = parts.keywords.get(keyword)
    if word is None:
        return fallback
    known = {choice.value: choice for choice in type(fallback)}
    if word.text not in known:
        noun = type(fallback).__name__.lower()
        hint = did_you_mean(word.text, known, f"a {noun} is {listing(known)}")
        remarks.say(code, f"unknown {noun} `{word.text}`", word.span, hint)
    return known.get(word.text, fallback)


def _say_other_family(remarks: Remarks, parts: Parts, family: Family) -> None:
    if "is" not in parts.keywords or parts.keywords["is"].text != family.value:
        return
    for section, owner in OF_FAMILY.items():
        if section in parts.sections and owner is not family:
            remarks.say(
                "SG-E205",
                f"a {family.value} gene has no `{section}:`",
                parts.spans[section],
                _counterpart(section),
            )


def _counterpart(section: str) -> str:
    return {
        "fails when": "a diagnostic reports health: use `unhealthy when:`",
        "verify": "a diagnostic is not verified by others; leave it out",
        "unhealthy when": "a configuration gene can fail: use `fails when:`",
        "feeds": "diagnostics feed fitness; list them under `verify:`",
    }[section]


def _say_types(
    remarks: Remarks, types: Iterable[TypeDeclaration], used: Iterable[tuple[str, Span]]
) -> None:
    known = dict.fromkeys(BASE_TYPES)
    for declared in types:
        if declared.name in known and declared.span:
            remarks.say(
                "SG-E203",
                f"there is already a type `{declared.name}`",
                declared.span,
                "give the type another name",
            )
        known[declared.name] = None
    for name, span in used:
        if name not in known and not remarks.full:
            hint = did_you_mean(
                name, known, f"a type is {listing(BASE_TYPES)}, or declared under `types:`"
            )
            remarks.say("SG-E201", f"unknown type `{name}`", span, hint)


def _say_fields_twice(remarks: Remarks, fields: Iterable[Field]) -> None:
    lines: dict[str, int] = {}
    for field in fields:
        if field.span is None:
            continue
        if field.name in lines:
            hint = f"it was given in line {lines[field.name]}; rename one of them"
            remarks.say("SG-E202", f"field `{field.name}` is given twice", field.span, hint)
        lines.setdefault(field.name, field.span.line)


def _verify(remarks: Remarks, parts: Parts) -> Verify | None:
    if "verify" not in parts.sections:
        return None
    lines: list[Call | tuple[int, Span]] = parts.sections["verify"]
    windows = [line for line in lines if not isinstance(line, Call)]
    calls = tuple(line for line in lines if isinstance(line, Call))
    head = parts.spans["verify"]
    if windows:
        parts.spans["within"] = windows[0][1]
    for _, span in windows[1:]:
        hint = f"the window was given in line {windows[0][1].line}"
        remarks.say("SG-E118", "`within` is given twice", span, hint)
    broken = "verify" in parts.broken
    if not windows and not broken:
        remarks.say("SG-E144", "`verify:` has no window", head, "add a line such as `within 30s`")
    if not calls and not broken:
        hint = "name a diagnostic locus, with its arguments"
        remarks.say("SG-E117", "`verify:` names no diagnostic", head, hint)
    return Verify(calls, windows[0][0] if windows else 0, head)
