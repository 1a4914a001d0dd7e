"""Canonical text of pathways, topologies, intents and systems, with their comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.sg.parse import parse
from grammar.sg.render import render
from grammar.system.fragment import parse_fragment
from tests.grammar.samples import GENE, PHENOTYPE, document
from tests.grammar.samples_levels import INNER, INTENT, PATHWAY, SYSTEM, TOPOLOGY

SAMPLES = (INNER, PATHWAY, TOPOLOGY, INTENT, SYSTEM)
WHOLE = "\n".join((PATHWAY, TOPOLOGY, INTENT, SYSTEM))
PROSE = ("bridges.", "cellar.", "VLAN.")


def commented(text: str) -> str:
    """The text with a comment above and beside every line of it that is not prose."""
    rows: list[str] = []
    for number, row in enumerate(text.rstrip("\n").split("\n")):
        indent = row[: len(row) - len(row.lstrip())]
        deeper = "  " if row.strip() in ("}", ")") else ""
        if row and not row.endswith(PROSE):
            rows += [f"{indent}{deeper}# above {number}", f"{row}  # beside {number}"]
        else:
            rows.append(row)
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("text", SAMPLES, ids=lambda text: text.split("\n")[0])
def test_the_samples_are_canonical(text: str) -> None:
    assert render(document(text)) == text


def test_contracts_of_all_levels_share_a_file() -> None:
    text = "\n".join((f"language 1\n\n{GENE}", SYSTEM, PHENOTYPE, PATHWAY))
    read = document(text)
    assert [one.name for one in read.contracts] == ["make_bridge", "shop", "rack", "set_up"]
    assert read.language == 1
    assert render(read) == text


@pytest.mark.parametrize("text", SAMPLES, ids=lambda text: text.split("\n")[0])
def test_every_comment_stays_beside_its_line(text: str) -> None:
    read = document(commented(text))
    assert read == document(text)
    assert render(read) == commented(text)


def test_a_comment_beside_several_lines_that_were_one_is_written_once() -> None:
    text = 'system "s" { entity a { has: b } } # all of it\n'
    written = render(document(text))
    assert written.count("# all of it") == 1
    assert render(document(written)) == written


def test_chapters_of_a_system_keep_their_distance() -> None:
    text = """\
system "s" {

  # ─── CHAPTER ───

  # what is promised
  invariant a
  invariant b  # really

  always {
    # nothing yet
  }
  # the end
}
"""
    assert render(document(text)) == text


def test_a_system_is_written_one_clause_a_line() -> None:
    text = (
        'system "s" { when a.b for 120s{must:f(x:1,y:"z") within:60s\n'
        "if NOT (a.b OR c.d) AND e.f exists { could: g() } } }\n"
    )
    assert (
        render(document(text))
        == """\
system "s" {

  when a.b for 2m {
    must: f(
      x: 1,
      y: "z"
    )
      within: 1m

    if NOT (a.b OR c.d) AND e.f exists {
      could: g
    }
  }
}
"""
    )


def test_braces_need_no_indentation() -> None:
    flat = "\n".join(line.strip() for line in SYSTEM.split("\n"))
    assert document(flat) == document(SYSTEM)
    assert render(document(flat)) == SYSTEM


@given(st.data())
def test_a_damaged_line_is_never_read_as_if_it_were_not_there(data: st.DataObject) -> None:
    """Whatever a contract loses when a line is mangled, something is said about it."""
    rows = WHOLE.split("\n")
    structured = [i for i, row in enumerate(rows) if row and not row.endswith(PROSE)]
    index = data.draw(st.sampled_from(structured))
    at = data.draw(st.integers(0, len(rows[index]) - 1))
    mangled = rows[index][:at] + data.draw(st.sampled_from("!&|~^;")) + rows[index][at + 1 :]
    if '"' in rows[index]:  # the damage may be inside words that are free
        return
    rows[index] = mangled
    parsed = parse("\n".join(rows), "a.sg")
    assert parsed.diagnostics


_WORDS = st.sampled_from(
    [
        *("system", "when", "if", "for", "each", "every", "always", "entity", "gene", "pathway"),
        *("must:", "assert:", "within:", "fallback:", "has:", "steps:", "1.", "->", "topology"),
        *("AND", "NOT", "OR", "crosses", "a.b", "a", "5s", ">", '"x"', '"', "#", "\n", "\n", "\n"),
        *("{", "}", "(", ")", "[", "]", ","),
    ]
)


@given(st.lists(_WORDS, max_size=60).map(" ".join) | st.text())
def test_no_system_whatever_stops_the_parser(text: str) -> None:
    for whole in (text, f'system "s" {{\n{text}\n}}\n'):
        parsed = parse(whole, "a.sg")
        assert parsed.value is not None
        assert parsed.ok or parsed.diagnostics
        assert render(document(render(parsed.value))) if parsed.ok and whole.strip() else True
    assert parse_fragment(text, "a.sg").value is not None


@pytest.mark.parametrize(
    "deep",
    [
        "if a {" * 3000,
        "must: " + "f(" * 3000,
        "if " + "NOT " * 1000 + "a {",
        "assert: every(a) " + "(" * 1000,
        "}" * 3000,
        "{" * 3000,
        '"' * 3000,
    ],
)
def test_nesting_without_end_is_an_error(deep: str) -> None:
    rows = "\n".join(deep[i : i + 2000] for i in range(0, len(deep), 2000))
    parsed = parse(f'system "s" {{\n when a.b {{\n{rows}\n}}\n}}\n', "a.sg")
    assert not parsed.ok


def test_a_system_of_garbage_ends_with_one_last_remark() -> None:
    remarks = parse('system "s" {\n' + "  nonsense here\n" * 50_000 + "}\n", "a.sg").diagnostics
    assert remarks[-1].code == "SG-E199"


def test_steps_nested_without_end_are_an_error() -> None:
    rows = [f"{' ' * (4 + depth)}for x in [1]:" for depth in range(200)]
    text = PATHWAY.replace(
        "    1. make_bridge\n", "    1. for x in [1]:\n" + "\n".join(rows) + "\n"
    )
    assert "SG-E108" in [remark.code for remark in parse(text, "a.sg").diagnostics]
