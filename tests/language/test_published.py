"""Remarks in the forms of other programs."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from controller.language.published import sarif, workflow_commands
from grammar.diagnostic import Diagnostic, Severity
from grammar.source import Span

ODD = "contracts/a b,c:100%.sg"
REMARKS = (
    Diagnostic(
        "SG-E114", Severity.ERROR, "unknown\n::error::x", Span(ODD, 2, 3, 2, 9), "", "a%0Ab"
    ),
    Diagnostic("SG-E102", Severity.WARNING, "a mark", Span("b.sg", 1, 1, 1, 2)),
    Diagnostic("GN-E001", Severity.ERROR, "no text", Span("b.sg", 1, 1, 3, 1)),
    Diagnostic("SG-E290", Severity.NOTE, "prose", Span("/abs/b.sg", 7, 2, 7, 4)),
)


def test_a_sarif_log_has_the_required_structure() -> None:
    log = json.loads(json.dumps(sarif(REMARKS)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "germline"
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    assert len(run["results"]) == len(REMARKS)
    for remark, result in zip(REMARKS, run["results"], strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == remark.code
        assert result["level"] == remark.severity.value
        assert result["message"]["text"].startswith(remark.message)
        place = result["locations"][0]["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]) == remark.span.file
        assert not re.search(r"[ %](?![0-9A-F]{2})", place["artifactLocation"]["uri"])
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) == (
            remark.span.line,
            remark.span.column,
        )
        assert (region["endLine"], region["endColumn"]) == (
            remark.span.end_line,
            remark.span.end_column,
        )


def test_relative_paths_have_a_base_that_is_declared() -> None:
    run = json.loads(json.dumps(sarif(REMARKS)))["runs"][0]
    for remark, result in zip(REMARKS, run["results"], strict=True):
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        if remark.span.file.startswith("/"):
            assert "uriBaseId" not in artifact
        else:
            assert artifact["uriBaseId"] in run["originalUriBaseIds"]


def test_a_log_without_remarks_is_still_a_log() -> None:
    (run,) = sarif(())["runs"]  # type: ignore[misc]
    assert run["results"] == []  # type: ignore[index,call-overload]


def unescaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for escape, character in table:
        text = text.replace(escape, character)
    return text


DATA = (("%0A", "\n"), ("%0D", "\r"), ("%25", "%"))
PROPERTY = (("%2C", ","), ("%3A", ":"), *DATA)


def test_a_workflow_command_is_one_line_that_cannot_be_broken_out_of() -> None:
    lines = workflow_commands(REMARKS).splitlines()
    assert len(lines) == len(REMARKS)
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", lines[0])
    assert found is not None
    command, properties, message = found.groups()
    assert command == "error"
    given = dict(one.split("=", 1) for one in properties.split(","))
    assert unescaped(given["file"], PROPERTY) == ODD
    assert (given["line"], given["col"], given["endColumn"]) == ("2", "3", "8")
    assert given["title"] == "SG-E114 unknown section"
    assert unescaped(message, DATA) == "unknown\n::error::x\nHint: a%0Ab"


def test_severities_have_githubs_names_and_spans_of_lines_have_no_columns() -> None:
    lines = workflow_commands(REMARKS).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::error", "::notice"]
    assert "col=" not in lines[2]
    assert "endLine=3" in lines[2]
