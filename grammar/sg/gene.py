"""Makes a gene contract of its parts, and checks the names that one contract can check alone.

Called by parse.py.
"""

from __future__ import annotations

from grammar.remarks import Remarks
from grammar.sg.contract import Parts, choice, read_parts, say_fields_twice, say_missing
from grammar.sg.forms import DOES, GENE_SECTIONS, Heading
from grammar.sg.layout import Block
from grammar.sg.nodes import (
    Call,
    Family,
    GeneContract,
    Risk,
    TypeDeclaration,
    Verify,
)
from grammar.sg.reader import Reader
from grammar.sg.types import say_unknown_types
from grammar.source import Span

KEYWORDS = ("is", "risk")
SECTIONS = (DOES, *GENE_SECTIONS)
OF_FAMILY = {
    "fails when": Family.CONFIGURATION,
    "verify": Family.CONFIGURATION,
    "unhealthy when": Family.DIAGNOSTIC,
    "feeds": Family.DIAGNOSTIC,
}
"""Sections that only one family has (seed 003, section 4)."""

_REQUIRED = {
    "is": "add `is configuration`, `is diagnostic` or `is projection`",
    "risk": "add a line such as `risk low`",
    DOES: "say under `does:` in prose what the gene does",
}


def read_gene(reader: Reader, block: Block, heading: Heading) -> GeneContract:
    """The contract that a `gene NAME` block holds; what is missing gets a harmless value."""
    parts = read_parts(reader, block, heading, KEYWORDS, GENE_SECTIONS)
    remarks = reader.remarks
    say_missing(remarks, parts, "gene", _REQUIRED)
    family = choice(remarks, parts, "is", "SG-E120", Family.CONFIGURATION)
    _say_other_family(remarks, parts, family)
    takes, gives = parts.sections.get("takes", []), parts.sections.get("gives", [])
    types: list[TypeDeclaration] = parts.sections.get("types", [])
    say_unknown_types(remarks, types, reader.type_names)
    for fields in (takes, gives, *(declared.fields for declared in types)):
        say_fields_twice(remarks, fields)
    return GeneContract(
        name=parts.name.text,
        family=family,
        risk=choice(remarks, parts, "risk", "SG-E121", Risk.CRITICAL),
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
        domain=parts.domain,
        span=parts.name.span,
        places=parts.spans,
    )


def _say_other_family(remarks: Remarks, parts: Parts, family: Family) -> None:
    if "is" not in parts.keywords or parts.keywords["is"].text != family.value:
        return
    for section, owner in OF_FAMILY.items():
        if section in parts.sections and owner is not family:
            remarks.say(
                "SG-E205",
                f"a {family.value} gene has no `{section}:`",
                parts.spans[section],
                _counterpart(section, family),
            )


def _counterpart(section: str, family: Family) -> str:
    if family is Family.PROJECTION:
        return "a projection is held against the sentences of its `after:`; leave this out"
    return {
        "fails when": "a diagnostic reports health: use `unhealthy when:`",
        "verify": "a diagnostic is not verified by others; leave it out",
        "unhealthy when": "a configuration gene can fail: use `fails when:`",
        "feeds": "diagnostics feed fitness; list them under `verify:`",
    }[section]


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
