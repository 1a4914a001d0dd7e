"""What holds between the documents of one genome."""

from __future__ import annotations

from grammar.diagnostic import Severity
from grammar.sg.check import check
from tests.grammar.samples import ALONE, CHECKOUT, DIAGNOSTIC, GENE, document

ALLELES = {"make_bridge": ["0123456789ab" + "0" * 52, "cdefcdefcdef" + "0" * 52]}


def test_a_sound_genome_has_no_remarks() -> None:
    documents = [document(text) for text in (GENE, DIAGNOSTIC, ALONE)]
    assert check(documents, ALLELES, lambda _sentence: True) == ()


def test_a_locus_has_one_contract_in_all_files() -> None:
    documents = [document(GENE, "a.sg"), document(DIAGNOSTIC, "b.sg"), document(GENE, "c.sg")]
    (remark,) = check(documents, {}, lambda _sentence: True)
    assert (remark.code, remark.span.file, remark.span.line) == ("SG-E220", "c.sg", 1)
    assert remark.hint == "it was defined in a.sg, line 1"


def test_a_phenotype_is_defined_once_even_in_one_file() -> None:
    documents = [document(GENE), document(DIAGNOSTIC), document(ALONE + ALONE)]
    remarks = check(documents, ALLELES, lambda _sentence: True)
    assert [(remark.code, remark.span.line) for remark in remarks] == [("SG-E221", 7)]


def test_a_locus_without_alleles_says_so() -> None:
    documents = [document(text) for text in (GENE, DIAGNOSTIC, ALONE)]
    remarks = check(documents, {}, lambda _sentence: True)
    assert [remark.code for remark in remarks] == ["SG-E227", "SG-E227"]
    assert remarks[0].hint == "it has no allele yet"


def test_a_prefix_and_the_whole_hash_are_the_same_allele() -> None:
    stack = ALONE.replace("cdefcdefcdef", "0123456789ab0000")
    documents = [document(text) for text in (GENE, DIAGNOSTIC, stack)]
    (remark,) = check(documents, ALLELES, lambda _sentence: True)
    assert (remark.code, remark.span.column) == ("SG-E208", 35)


def test_sentences_without_a_phrase_are_noted_and_stop_nothing() -> None:
    remarks = check([document(GENE), document(DIAGNOSTIC)], {}, lambda text: "Bridge" in text)
    assert [(remark.code, remark.severity) for remark in remarks] == [
        ("SG-E290", Severity.NOTE)
    ] * 2
    assert [remark.excerpt.strip() for remark in remarks] == [
        "- it exists already -> success=false",
        "- {healthy} is false",
    ]


def test_an_int_may_be_given_for_a_float_but_not_an_absent_value_for_a_present_one() -> None:
    look = DIAGNOSTIC.replace("ms    int = 300", "ms    float = 300")
    gene = GENE.replace("ports   string[]", "ports   int\n    maybe   string?")
    call = "name={bridge}"
    sound = gene.replace(call, "name={bridge} ms={ports} mac={maybe}")
    assert check([document(sound), document(look)], {}, lambda _sentence: True) == ()
    broken = gene.replace(call, "name={maybe}")
    (remark,) = check([document(broken), document(look)], {}, lambda _sentence: True)
    assert remark.code == "SG-E226"


def test_the_shipped_contracts_agree_with_each_other() -> None:
    files = sorted((CHECKOUT / "contracts" / "network").glob("*.sg"))
    documents = [document(path.read_text("utf-8"), path.name) for path in files]
    remarks = check(documents, {}, lambda _sentence: True)
    unchecked = "SG-E291"  # without a domain there are no kinds of resources to check against
    assert [remark for remark in remarks if remark.code != unchecked] == []
