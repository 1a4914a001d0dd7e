"""How remarks look to people and to programs."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grammar.diagnostic import Diagnostic, Severity
from grammar.report import as_json, human
from grammar.sg.parse import parse
from grammar.source import Span
from tests.grammar.samples import GENE


def remark(excerpt: str, column: int, width: int) -> Diagnostic:
    span = Span("a.sg", 7, column, 7, column + width)
    return Diagnostic("SG-E130", Severity.ERROR, "wrong", span, excerpt, None)


def carets(excerpt: str, column: int, width: int) -> tuple[str, str]:
    rows = human([remark(excerpt, column, width)]).split("\n")
    return rows[3].removeprefix("7 | "), rows[4].removeprefix("  | ")


def test_a_report_shows_the_place_the_line_and_what_to_do() -> None:
    text = GENE.replace("takes:", "takess:")
    assert (
        human(parse(text, "net/a.sg").diagnostics)
        == """\
error[SG-E114]: unknown section `takess`
 --> net/a.sg:8:3
  |
8 |   takess:
  |   ^^^^^^
hint: did you mean `takes`?
"""
    )


def test_reports_are_parted_by_a_blank_line() -> None:
    text = GENE.replace("takes:", "takess:").replace("gives:", "givess:")
    assert human(parse(text, "a.sg").diagnostics).count("\n\nerror[SG-E114]") == 1


def test_a_long_line_is_cut_around_the_place() -> None:
    shown, marks = carets("a" * 200 + "WRONG" + "b" * 200, 201, 5)
    assert shown[marks.index("^") : marks.index("^") + 5] == "WRONG"
    assert marks.count("^") == 5
    assert (shown[0], shown[-1]) == ("…", "…")


def test_carets_stand_under_wide_characters() -> None:
    shown, marks = carets("橋橋 bad", 4, 3)
    assert shown == "橋橋 bad"
    assert marks == "     ^^^"


def test_a_text_cannot_take_over_the_terminal() -> None:
    report = human([remark("a\x1b[31m\tb\u202e", 1, 1)])
    assert all(character.isprintable() or character == "\n" for character in report)


def test_programs_get_every_part_of_a_remark() -> None:
    (found,) = as_json(parse(GENE.replace("risk low", "risk lwo"), "a.sg").diagnostics)
    assert found == {
        "file": "a.sg",
        "line": 3,
        "column": 8,
        "end_line": 3,
        "end_column": 11,
        "code": "SG-E121",
        "severity": "error",
        "message": "unknown risk `lwo`",
        "hint": "did you mean `low`?",
    }


def columns(text: str) -> int:
    """What a terminal gives the text: nothing for marks on a letter, two for a wide character."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) > 0 for one in text)


@given(st.text(st.characters(exclude_characters="\n"), max_size=300), st.data())
def test_a_report_fits_eighty_columns_whatever_the_line(line: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(1, len(line) + 1))
    width = data.draw(st.integers(1, 300))
    shown, marks = carets(line, column, width) if line else ("", "^")
    assert columns(shown) <= 76
    assert columns(marks) <= 76
    assert "^" in marks
