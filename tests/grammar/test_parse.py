"""What contracts mean once they are read."""

from __future__ import annotations

import pytest

from grammar.decode import decode
from grammar.limits import FILE_CHARACTERS, LINE_CHARACTERS, MISTAKES_PER_FILE
from grammar.sg.codes import CODES
from grammar.sg.nodes import (
    Argument,
    Binding,
    Call,
    Expression,
    Family,
    Feed,
    Field,
    Reference,
    Risk,
    Timescale,
    TypeRef,
)
from grammar.sg.parse import parse
from tests.grammar.samples import CHECKOUT, DIAGNOSTIC, GENE, PHENOTYPE, document, seed_blocks


def codes_of(text: str) -> list[str]:
    return [remark.code for remark in parse(text, "a.sg").diagnostics]


@pytest.mark.parametrize("opening", ["gene bridge_create", "gene check_fdb", "phenotype "])
def test_the_blocks_of_the_paper_parse_unchanged(opening: str) -> None:
    blocks = [block for block in seed_blocks() if block.startswith(opening)]
    assert len(blocks) == 1
    assert parse(blocks[0], "paper.sg").diagnostics == ()


def test_the_paper_s_gene_means_what_it_says() -> None:
    (text,) = [block for block in seed_blocks() if block.startswith("gene bridge_create")]
    (gene,) = document(text).genes
    assert (gene.name, gene.family, gene.risk) == (
        "bridge_create",
        Family.CONFIGURATION,
        Risk.LOW,
    )
    first, second = gene.does.split("\n\n")
    assert first.startswith("Create a Linux bridge")
    assert "—" in first
    assert second.endswith("are impossible.")
    assert [field.name for field in gene.takes] == ["bridge_name", "interfaces", "stp_enabled"]
    assert gene.takes[2].default is False
    assert gene.gives[2].type == TypeRef("string", optional=True)
    assert len(gene.before) == 2
    assert [mode.outcome for mode in gene.fails_when] == ["success=false"] * 2 + ["error"]
    assert gene.verify is not None
    assert gene.verify.within_ms == 30_000
    assert gene.verify.calls[0] == Call(
        "check_link_state", (Argument("device", Reference("bridge_name")),)
    )


def test_the_paper_s_phenotypes_bind_their_interfaces() -> None:
    (text,) = [block for block in seed_blocks() if block.startswith("phenotype")]
    first, second = document(text).phenotypes
    assert (first.name, first.topology) == ("dell_r740", "production_server")
    assert first.bindings == (Binding("nic", ("eno1", "eno2", "eno3", "eno4")),)
    assert second.name == "supermicro_x11"


def test_fields_carry_lists_options_defaults_and_descriptions() -> None:
    (gene,) = document(DIAGNOSTIC).genes
    assert gene.takes == (
        Field("name", TypeRef("string"), "The bridge"),
        Field("ms", TypeRef("int"), "How long", 300, True),
        Field("mac", TypeRef("string", optional=True), "Which address"),
    )
    assert [field.required for field in gene.takes] == [True, False, False]
    assert gene.gives[1].type == TypeRef("sighting", is_list=True)
    assert gene.types[0].fields[1] == Field("count", TypeRef("int"))
    assert gene.feeds == (Feed("make_bridge", Timescale.CONVERGENCE),)


def test_an_expression_is_a_dominant_allele_and_its_fallbacks() -> None:
    (phenotype,) = document(PHENOTYPE).phenotypes
    assert phenotype.expresses == (Expression("make_bridge", ("0123456789ab", "cdefcdefcdef")),)


def test_several_contracts_share_a_file() -> None:
    both = document(f"{GENE}\n{PHENOTYPE}\n{DIAGNOSTIC}")
    assert [gene.name for gene in both.genes] == ["make_bridge", "check_bridge"]
    assert [phenotype.name for phenotype in both.phenotypes] == ["rack"]


def test_sections_may_come_in_any_order() -> None:
    head, does, *rest = GENE.split("\n\n")
    assert document("\n\n".join([head, *reversed(rest), does])) == document(GENE)


def test_prose_is_kept_word_for_word() -> None:
    prose = "First — “quoted” # no comment\n  deeper: {x} -> y\n\n\n\tgene x  \nlast"
    indented = "\n".join(f"    {line}" if line else "" for line in prose.split("\n"))
    text = f"gene a\n  is diagnostic\n  risk none\n  does:\n{indented}\n  takes:\n    x int\n"
    (gene,) = document(text).genes
    assert gene.does == prose
    assert gene.takes[0].name == "x"


def test_a_comment_may_stand_anywhere_but_in_prose() -> None:
    text = """\
# first
gene a # second
  is diagnostic
# third
  risk none   # fourth
  does:
    Prose # stays.
  # between
  takes: # fifth
    x string = "#no" "a # b" # sixth
    # seventh
  before:
    - Port #3 is up # eighth
    - Port 4 is up #
"""
    read = document(text)
    (gene,) = read.genes
    assert gene.does == "Prose # stays."
    assert gene.takes == (Field("x", TypeRef("string"), "a # b", "#no", True),)
    assert [sentence.text for sentence in gene.before] == ["Port #3 is up", "Port 4 is up"]
    assert sorted(read.comments) == [1, 2, 4, 5, 8, 9, 10, 11, 13, 14]


def test_a_comment_in_the_first_column_does_not_end_prose() -> None:
    text = "gene a\n  is diagnostic\n  risk none\n  does:\n    One\n# a comment\n    two\n"
    read = document(text)
    assert read.genes[0].does == "One\ntwo"
    assert read.comments == {6: "# a comment"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("null", None),
        ("eno1", "eno1"),
        ("10.0.0.1/24", "10.0.0.1/24"),
        ("52:54:00:00:00:01", "52:54:00:00:00:01"),
        ("active-backup", "active-backup"),
        ('"5"', "5"),
        ('"a\\"b\\u00e9"', 'a"bé'),
        ("[]", ()),
        ('[1, [a, true], "x y"]', (1, ("a", True), "x y")),
    ],
)
def test_a_value_is_what_it_looks_like(written: str, value: object) -> None:
    (phenotype,) = document(f"phenotype p\n  x = {written}\n").phenotypes
    assert repr(phenotype.bindings[0].value) == repr(value)


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000)],
)
def test_a_window_is_read_in_milliseconds(written: str, milliseconds: int) -> None:
    (gene,) = document(GENE.replace("5s", written)).genes
    assert gene.verify is not None
    assert gene.verify.within_ms == milliseconds


def test_the_shipped_contracts_have_no_errors() -> None:
    files = sorted((CHECKOUT / "contracts").rglob("*.sg"))
    documents = [document(path.read_text("utf-8"), path.name) for path in files]
    names = [gene.name for one in documents for gene in one.genes]
    assert {"bridge_uplink", "check_connectivity", "check_fdb_stability"} <= set(names)


# --- texts that are hardly texts -----------------------------------------------------------


def test_a_carriage_return_before_the_line_end_changes_nothing() -> None:
    parsed = parse(GENE.replace("\n", "\r\n"), "a.sg")
    assert parsed.value == document(GENE)
    assert [remark.code for remark in parsed.diagnostics] == ["SG-E103"]


def test_a_byte_order_mark_is_spoken_of_and_skipped() -> None:
    parsed = parse("\ufeff" + GENE, "a.sg")
    assert parsed.value == document(GENE)
    assert [remark.code for remark in parsed.diagnostics] == ["SG-E102"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_a_file_without_contracts_is_spoken_of(text: str) -> None:
    parsed = parse(text, "a.sg")
    assert parsed.ok
    assert "SG-E109" in [remark.code for remark in parsed.diagnostics]


def test_a_tab_in_the_indentation_is_an_error_once() -> None:
    text = GENE.replace("  is", "\tis").replace("    bridge", "\t\tbridge")
    (remark,) = parse(text, "a.sg").diagnostics
    assert (remark.code, remark.span.line, remark.span.column) == ("SG-E104", 2, 1)
    assert "2 such lines" in remark.message


def test_a_line_too_long_is_skipped_and_said() -> None:
    text = GENE.replace("    bridge  string", f'    bridge  string  "{"x" * LINE_CHARACTERS}"')
    assert codes_of(text) == ["SG-E106"]


def test_a_file_too_long_is_read_to_its_bound_and_said() -> None:
    more = f"# {'x' * 998}\n" * (FILE_CHARACTERS // 1000)
    parsed = parse(GENE + more, "a.sg")
    assert [remark.code for remark in parsed.diagnostics] == ["SG-E107"]
    assert parsed.value is not None
    assert [gene.name for gene in parsed.value.genes] == ["make_bridge"]


def test_nesting_without_end_is_an_error() -> None:
    lines = [f"{' ' * depth}a{depth}:" for depth in range(3000)]
    assert "SG-E108" in codes_of("gene x\n" + "\n".join(" " + line for line in lines))
    assert "SG-E108" in codes_of(f"phenotype p\n  x = {'[' * 1500}{']' * 1500}\n")


def test_a_file_of_garbage_ends_with_one_last_remark() -> None:
    remarks = parse("gene x\n" + "  nonsense here\n" * 50_000, "a.sg").diagnostics
    assert remarks[-1].code == "SG-E199"
    assert len(remarks) <= MISTAKES_PER_FILE + 5


def test_a_number_beyond_64_bits_is_an_error_however_long() -> None:
    assert codes_of(f"phenotype p\n  x = {'9' * 4000}\n") == ["SG-E142"]
    assert codes_of("phenotype p\n  x = 9223372036854775808\n") == ["SG-E142"]
    assert codes_of("phenotype p\n  x = 1e999\n") == ["SG-E142"]


def test_bytes_that_are_not_utf8_are_found_where_they_are() -> None:
    data = GENE.encode().replace(b"Make a", b"M\xe9ke a").replace(b"Make", b"Make")
    text, (remark,) = decode(data, "a.sg")
    assert (remark.code, remark.span.line, remark.span.column) == ("SG-E101", 6, 6)
    assert remark.excerpt == "    M\ufffdke a bridge."
    assert parse(text, "a.sg").ok


def test_utf16_is_named_as_such() -> None:
    text, (remark,) = decode(GENE.encode("utf-16"), "a.sg")
    assert "UTF-16" in remark.message
    assert parse(text.removeprefix("\ufeff"), "a.sg").value == document(GENE)


def test_plain_utf8_decodes_without_remarks() -> None:
    assert decode("é — “x”".encode(), "a.sg") == ("é — “x”", ())


def test_every_code_explains_itself() -> None:
    for code, meaning in CODES.items():
        assert meaning.title
        assert len(meaning.explanation.split()) >= 10, code
