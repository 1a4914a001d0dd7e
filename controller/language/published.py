"""Remarks as other programs want them: SARIF 2.1.0 and GitHub's workflow commands.

Called by `germline check`. The forms for people and for plain JSON are the grammar's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Final
from urllib.parse import quote

from controller.domains.world import Json, JsonObject
from grammar.diagnostic import Diagnostic, Severity
from grammar.sg.codes import CODES

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_IN_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY: Final = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def sarif(diagnostics: Sequence[Diagnostic]) -> JsonObject:
    """One run of `germline check` as a SARIF log (OASIS, SARIF 2.1.0).

    Columns count code points, as the language does; paths are relative to the genome's root.
    """
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    places = {code: index for index, code in enumerate(codes)}
    driver: JsonObject = {
        "name": "germline",
        "version": version("germline"),
        "rules": [_rule(code) for code in codes],
    }
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "ROOT": {"description": {"text": "The root of the genome repository."}}
        },
        "results": [_result(diagnostic, places) for diagnostic in diagnostics],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> JsonObject:
    known = CODES.get(code)
    rule: JsonObject = {"id": code}
    if known is not None:
        rule["shortDescription"] = {"text": known.title}
        rule["fullDescription"] = {"text": known.explanation}
        rule["defaultConfiguration"] = {"level": _LEVELS[known.severity]}
    rule["help"] = {"text": f"germline explain {code}"}
    return rule


def _result(diagnostic: Diagnostic, places: Mapping[str, int]) -> JsonObject:
    span = diagnostic.span
    region: JsonObject = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    hint = f"\nHint: {diagnostic.hint}" if diagnostic.hint else ""
    artifact: JsonObject = {"uri": quote(span.file)}
    if not span.file.startswith("/"):
        artifact["uriBaseId"] = "ROOT"
    location: Json = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": places[diagnostic.code],
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": f"{diagnostic.message}{hint}"},
        "locations": [location],
    }


def workflow_commands(diagnostics: Iterable[Diagnostic]) -> str:
    """Lines that GitHub Actions turns into annotations (its "Workflow commands" reference).

    GitHub ignores columns of a remark that spans lines, so these are left out there.
    """
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    properties: dict[str, object] = {"file": span.file, "line": span.line}
    if span.end_line == span.line:
        properties |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    else:
        properties["endLine"] = span.end_line
    known = CODES.get(diagnostic.code)
    properties["title"] = f"{diagnostic.code} {known.title}" if known else diagnostic.code
    shown = ",".join(f"{key}={_escaped(str(v), _IN_PROPERTY)}" for key, v in properties.items())
    hint = f"\nHint: {diagnostic.hint}" if diagnostic.hint else ""
    text = _escaped(f"{diagnostic.message}{hint}", _IN_DATA)
    return f"::{_COMMANDS[diagnostic.severity]} {shown}::{text}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
