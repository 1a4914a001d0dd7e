"""Each mistake in one line of a sound text: which code, which place, which hint.

Lines and columns can be counted in samples.py. The remark that is looked for must be the only
one, so that no mistake brings others with it.
"""

from __future__ import annotations

import pytest

from grammar.report import human
from grammar.sg.check import check
from grammar.sg.parse import parse
from tests.grammar.samples import ALONE, DIAGNOSTIC, GENE, PHENOTYPE, document

# (text, what is replaced, by what, code, line, column, part of the hint)
Case = tuple[str, str, str, str, int, int, str]

WRITING: list[Case] = [
    # the first line
    (GENE, "gene make", "gen make", "SG-E113", 1, 1, "did you mean `gene`?"),
    (PHENOTYPE, "phenotype rack", "fenotype rack", "SG-E113", 1, 1, "did you mean `phenotype`?"),
    (GENE, "gene make_bridge", " gene make_bridge", "SG-E112", 1, 2, "remove the white space"),
    (GENE, "make_bridge", "", "SG-E139", 1, 5, "`gene NAME`"),
    (GENE, "make_bridge", "make-bridge", "SG-E139", 1, 10, "letters, digits and underscores"),
    (GENE, "make_bridge", "make bridge", "SG-E139", 1, 11, "`gene NAME`"),
    # keywords
    (GENE, "  is configuration\n", "", "SG-E119", 1, 6, "add `is configuration`"),
    (GENE, "  risk low\n", "", "SG-E119", 1, 6, "`risk low`"),
    (GENE, "  does:\n    Make a bridge.\n\n", "", "SG-E119", 1, 6, "`does:`"),
    (GENE, "risk", "rsk", "SG-E114", 3, 3, "did you mean `risk`?"),
    (GENE, "risk low", "risk lwo", "SG-E121", 3, 8, "did you mean `low`?"),
    (GENE, "risk low", "risk huge", "SG-E121", 3, 8, "`none`, `low`, `medium`, `high` or"),
    (GENE, "risk low", "risk low high", "SG-E139", 3, 12, "`risk NAME`"),
    (GENE, "is config", "is konfig", "SG-E120", 2, 6, "did you mean `configuration`?"),
    (GENE, "  risk low", "  risk low\n  risk low", "SG-E118", 4, 3, "line 3"),
    (GENE, "  risk low", "    risk low", "SG-E111", 3, 5, "indent it like line 2"),
    (PHENOTYPE, "for server", "four server", "SG-E114", 2, 3, "did you mean `for`?"),
    # sections
    (GENE, "takes:", "takess:", "SG-E114", 8, 3, "did you mean `takes`?"),
    (GENE, "fails when:", "fail when:", "SG-E114", 19, 3, "did you mean `fails when`?"),
    (GENE, "  does:", "  doess:", "SG-E114", 5, 3, "did you mean `does`?"),
    (GENE, "takes:", "takes", "SG-E115", 8, 8, "write `takes:`"),
    (GENE, "takes:", "takes: x int", "SG-E116", 8, 10, "on the next line"),
    (GENE, "  before:\n", "  after:\n\n  before:\n", "SG-E117", 16, 3, "leave the section out"),
    (GENE, "    Make a bridge.\n", "", "SG-E117", 5, 3, "in prose"),
    (
        GENE,
        "  gives:",
        "  takes:\n    x int\n\n  gives:",
        "SG-E118",
        12,
        3,
        "line 8",
    ),
    (GENE, "    ports ", "   ports ", "SG-E110", 10, 4, "indent it like the first line"),
    (GENE, "    ports ", "      ports ", "SG-E111", 10, 7, "line 9"),
    # fields and types
    (GENE, "ports   string[]", "ports", "SG-E130", 10, 10, "`name type"),
    (GENE, "ports   string[]", "ports: string[]", "SG-E130", 10, 10, "`name type"),
    (GENE, "ports   string[]", "ports string []x", "SG-E130", 10, 20, "`name type"),
    (GENE, "ports   string[]", "my-ports string[]", "SG-E130", 10, 7, "letters, digits"),
    (GENE, "ports   string[]", 'ports string "x', "SG-E140", 10, 18, "on the same line"),
    (GENE, "ports   string[]", "ports string “x”", "SG-E140", 10, 18, "straight quotes"),
    (GENE, "ports   string[]", 'ports string "a\\q"', "SG-E141", 10, 18, "backslash"),
    (GENE, "ports   string[]", "ports int = 9223372036854775808", "SG-E142", 10, 17, ""),
    (GENE, "ports   string[]", "ports\x0b   string[]", "SG-E105", 10, 10, "remove it"),
    (DIAGNOSTIC, "    sighting:", "    sighting", "SG-E131", 18, 13, "`name:`"),
    (GENE, "string[]", "strng[]", "SG-E201", 10, 13, "did you mean `string`?"),
    (DIAGNOSTIC, "sighting[]", "sightings[]", "SG-E201", 15, 14, "did you mean `sighting`?"),
    (GENE, "string[]", "uuid", "SG-E201", 10, 13, "declared under `types:`"),
    (GENE, "    ports ", "    bridge", "SG-E202", 10, 5, "line 9"),
    (DIAGNOSTIC, "      count  int", "      mac  int", "SG-E202", 20, 7, "line 19"),
    (DIAGNOSTIC, "int = 300", 'int = "a"', "SG-E204", 10, 17, "`10`"),
    (DIAGNOSTIC, "int = 300", "int = null", "SG-E204", 10, 17, "`10`"),
    (DIAGNOSTIC, "int = 300", "bool = yes", "SG-E204", 10, 18, "`true` or `false`"),
    (DIAGNOSTIC, "int = 300", "string = 300", "SG-E204", 10, 20, "needs quotes"),
    (DIAGNOSTIC, "int = 300", "string[] = a", "SG-E204", 10, 22, "`[a, b]`"),
    # conditions
    (GENE, "- Bridge", "Bridge", "SG-E132", 17, 5, "hyphen"),
    (GENE, "- Bridge", "* Bridge", "SG-E132", 17, 5, "hyphen"),
    (GENE, "not exist\n", "not\n      exist\n", "SG-E111", 18, 7, "line 17"),
    (GENE, " -> success=false", "", "SG-E133", 20, 24, "`- condition -> success=false`"),
    (GENE, "-> success", "→ success", "SG-E133", 20, 25, "the arrow is `->`"),
    (GENE, "-> success=false", "->", "SG-E133", 20, 27, "`- condition -> success=false`"),
    (GENE, "-> success", "-> x -> success", "SG-E133", 20, 28, "a line for each"),
    # calls, feeds, expressions
    (GENE, "name={bridge}", "name {bridge}", "SG-E134", 23, 23, "`locus name={field}`"),
    (GENE, "name={bridge}", "name={bridge", "SG-E134", 23, 30, "`locus name={field}`"),
    (GENE, "name={bridge}", "name={bridge} name=x", "SG-E209", 23, 32, ""),
    (GENE, "within 5s", "within 5", "SG-E135", 24, 12, "`30s`"),
    (GENE, "    within 5s\n", "", "SG-E144", 22, 3, "`within 30s`"),
    (GENE, "within 5s\n", "within 5s\n    within 6s\n", "SG-E118", 25, 12, "line 24"),
    (GENE, "    check_bridge name={bridge}\n", "", "SG-E117", 22, 3, "diagnostic locus"),
    (DIAGNOSTIC, "convergence", "convergance", "SG-E122", 26, 18, "did you mean `convergence`?"),
    (DIAGNOSTIC, "  convergence", "", "SG-E136", 26, 16, "`locus convergence`"),
    (GENE, "  before:", "  unhealthy when:", "SG-E205", 16, 3, "`fails when:`"),
    (
        DIAGNOSTIC,
        "  unhealthy when:",
        "    string:\n      mac  string\n\n  unhealthy when:",
        "SG-E203",
        22,
        5,
        "another name",
    ),
    (
        DIAGNOSTIC,
        "  feeds:",
        "  verify:\n    a b=c\n    within 1s\n\n  feeds:",
        "SG-E205",
        25,
        3,
        "",
    ),
    (PHENOTYPE, "[eno1, eno2]", "[eno1, eno2", "SG-E138", 3, 20, "[a, b]"),
    (PHENOTYPE, "eno2]", "eno2]\n  nic = x", "SG-E206", 4, 3, "line 3"),
    (PHENOTYPE, "0123456789ab", "0123456789", "SG-E143", 6, 17, "12 to 64"),
    (PHENOTYPE, "0123456789ab", "0123456789AB", "SG-E143", 6, 17, "lower case"),
    (PHENOTYPE, "cdefcdefcdef", "0123456789ab", "SG-E208", 6, 35, "once"),
    (PHENOTYPE, " then", "", "SG-E137", 6, 30, "`locus hash then hash, hash`"),
    (PHENOTYPE, "cdefcdefcdef", "", "SG-E137", 6, 34, "`locus hash then hash, hash`"),
    (
        PHENOTYPE,
        "cdefcdefcdef",
        "cdefcdefcdef\n    make_bridge aaaabbbbcccc",
        "SG-E207",
        7,
        5,
        "line 6",
    ),
]

BETWEEN: list[Case] = [
    (GENE, "{bridge} does", "{brige} does", "SG-E210", 17, 14, "did you mean `bridge`?"),
    (GENE, "{bridge} does", "{success} does", "SG-E210", 17, 14, "only after the gene ran"),
    (GENE, "{bridge} does", "{bridge does", "SG-E211", 17, 14, "`{name}`"),
    (GENE, "{bridge} does", "{a b} does", "SG-E211", 17, 14, "`{name}`"),
    (GENE, "it exists", "{it} exists", "SG-E210", 20, 7, "`bridge` or `ports`"),
    (GENE, "success=false", "succes=false", "SG-E212", 20, 28, "did you mean `success`?"),
    (GENE, "success=false", "success=no", "SG-E212", 20, 28, "`success=false`"),
    (GENE, "success=false", "success", "SG-E212", 20, 28, "`success=false`"),
    (GENE, "success=false", "it fails", "SG-E212", 20, 28, "`success=false`"),
    (
        GENE,
        "check_bridge name",
        "check_brige name",
        "SG-E222",
        23,
        5,
        "did you mean `check_bridge`?",
    ),
    (GENE, "check_bridge name={bridge}", "make_bridge", "SG-E223", 23, 5, "diagnostic"),
    (GENE, "name={bridge}", "name={bridge} m=1", "SG-E224", 23, 32, "did you mean `ms`?"),
    (GENE, " name={bridge}", "", "SG-E225", 23, 5, "`name=…`, of type `string`"),
    (GENE, "name={bridge}", "name={ports}", "SG-E226", 23, 23, "of type `string`"),
    (GENE, "name={bridge}", "name=5", "SG-E226", 23, 18, "of type `string`"),
    (GENE, "name={bridge}", "name={bridg}", "SG-E210", 23, 23, "did you mean `bridge`?"),
    (GENE, "name={bridge}", "name={error}", "SG-E210", 23, 23, "not with what it gives"),
    (DIAGNOSTIC, "{healthy}", "{helthy}", "SG-E210", 23, 7, "did you mean `healthy`?"),
    (DIAGNOSTIC, "make_bridge", "mak_bridge", "SG-E222", 26, 5, "did you mean `make_bridge`?"),
    (DIAGNOSTIC, "make_bridge", "check_bridge", "SG-E223", 26, 5, "configuration"),
    (ALONE, "make_bridge", "make_bride", "SG-E222", 6, 5, "did you mean `make_bridge`?"),
    (ALONE, "0123456789ab", "0123456789ac", "SG-E227", 6, 17, "did you mean `0123456789ab`?"),
    (ALONE, "cdefcdefcdef", "eeeeeeeeeeee", "SG-E228", 6, 35, "more digits"),
]

ALLELES = {
    "make_bridge": (
        "0123456789ab" + "0" * 52,
        "cdefcdefcdef" + "1" * 52,
        "eeeeeeeeeeee" + "2" * 52,
        "eeeeeeeeeeee" + "3" * 52,
    )
}


def changed(case: Case) -> str:
    text, old, new = case[:3]
    assert old in text
    return text.replace(old, new, 1)


def test_the_table_holds_mistakes_of_every_kind() -> None:
    assert len(WRITING) + len(BETWEEN) >= 90


@pytest.mark.parametrize("case", WRITING, ids=lambda case: f"{case[3]} {case[2]!r:.30}")
def test_a_mistake_in_a_text_is_named_where_it_is(case: Case) -> None:
    diagnostics = parse(changed(case), "a.sg").diagnostics
    assert len(diagnostics) == 1, human(diagnostics)
    found = diagnostics[0]
    *_, code, line, column, hint = case
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert hint in (found.hint or "")
    assert found.excerpt == changed(case).split("\n")[line - 1]


@pytest.mark.parametrize("case", BETWEEN, ids=lambda case: f"{case[3]} {case[2]!r:.30}")
def test_a_wrong_name_between_texts_is_named_where_it_is(case: Case) -> None:
    texts = {"gene.sg": GENE, "look.sg": DIAGNOSTIC, "rack.sg": ALONE}
    (file,) = [name for name, text in texts.items() if text is case[0]]
    texts[file] = changed(case)
    documents = [document(text, name) for name, text in texts.items()]
    diagnostics = check(documents, ALLELES, lambda _sentence: True)
    assert len(diagnostics) == 1, human(diagnostics)
    found = diagnostics[0]
    *_, code, line, column, hint = case
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert found.span.file == file
    assert hint in (found.hint or "")
    assert found.excerpt == texts[file].split("\n")[line - 1]


def test_all_mistakes_of_a_text_come_out_of_one_run() -> None:
    """One mistake in each section; each is found although the others are there."""
    text = (
        GENE.replace("is conf", "is konf")
        .replace("ports ", "ports = ")
        .replace("error ", "err-or ")
        .replace("- Bridge", "Bridge")
        .replace(" -> success=false", "")
        .replace("within 5s", "within soon")
    )
    found = [(remark.code, remark.span.line) for remark in parse(text, "a.sg").diagnostics]
    assert found == [
        ("SG-E120", 2),
        ("SG-E130", 10),
        ("SG-E130", 14),
        ("SG-E132", 17),
        ("SG-E133", 20),
        ("SG-E135", 24),
    ]


def test_a_projection_has_the_sections_of_neither_other_family() -> None:
    found = parse(GENE.replace("is configuration", "is projection"), "a.sg").diagnostics
    assert [(one.code, one.span.line) for one in found] == [("SG-E205", 19), ("SG-E205", 22)]
    assert all("`after:`" in one.hint for one in found)
