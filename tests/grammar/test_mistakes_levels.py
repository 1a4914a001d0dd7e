"""Each mistake in a pathway, topology, intent or binding: which code, which place, which hint.

Lines and columns can be counted in samples_levels.py.
"""

from __future__ import annotations

import pytest

from grammar.diagnostic import Diagnostic, Severity
from grammar.report import human
from grammar.sg.check import check
from grammar.sg.parse import parse
from grammar.sg.terms import TypeRef
from grammar.sg.vocabulary import PropertySpec
from tests.grammar.judge import Case, changed, judge, title
from tests.grammar.samples import DIAGNOSTIC, GENE, PHENOTYPE, document
from tests.grammar.samples_levels import (
    GROUPS,
    INNER,
    INTENT,
    PATHWAY,
    SYSTEM,
    TOPOLOGY,
    VOCABULARY,
)

ALLELES = {"make_bridge": ("0123456789ab" + "0" * 52, "cdefcdefcdef" + "1" * 52)}
TEXTS = {
    "gene.sg": GENE,
    "look.sg": DIAGNOSTIC,
    "rack.sg": PHENOTYPE,
    "inner.sg": INNER,
    "path.sg": PATHWAY,
    "top.sg": TOPOLOGY,
    "want.sg": INTENT,
    "shop.sg": SYSTEM,
}

WRITING: list[Case] = [
    # the first line
    (PATHWAY, "pathway set", "pathwya set", "SG-E113", 1, 1, "did you mean `pathway`?"),
    (PATHWAY, "set_up\n", "set-up\n", "SG-E139", 1, 12, "letters, digits"),
    (PATHWAY, "set_up\n", "set_up for\n", "SG-E139", 1, 19, "`pathway NAME`"),
    (TOPOLOGY, "topology", "topolgy", "SG-E113", 1, 1, "did you mean `topology`?"),
    (INTENT, "intent", "intend", "SG-E113", 1, 1, "did you mean `intent`?"),
    (GENE, "gene make", "language 2\ngene make", "SG-E123", 1, 10, "`language 1`"),
    (GENE, "gene make", "language\ngene make", "SG-E123", 1, 9, "`language 1`"),
    (GENE, "gene make", "langage 1\ngene make", "SG-E113", 1, 1, "did you mean `language`?"),
    (GENE, "    within 5s\n", "    within 5s\nlanguage 1\n", "SG-E124", 25, 1, "above the first"),
    (GENE, "gene make", "language 1\nlanguage 1\ngene make", "SG-E118", 2, 1, "leave one"),
    # sections
    (PATHWAY, "  risk low\n", "", "SG-E119", 1, 9, "`risk low`"),
    (PATHWAY, "steps:", "stesp:", "SG-E114", 12, 3, "did you mean `steps`?"),
    (PATHWAY, "on failure:", "on failur:", "SG-E114", 37, 3, "did you mean `on failure`?"),
    (PATHWAY, "on failure:", "on failure", "SG-E115", 37, 13, "write `on failure:`"),
    (PATHWAY, "requires:", "feeds:", "SG-E114", 30, 3, "`requires:`"),
    (TOPOLOGY, "has:", "haz:", "SG-E114", 6, 3, "did you mean `has`?"),
    (TOPOLOGY, "  does:\n    A server with two bridges.\n\n", "", "SG-E119", 1, 10, "`does:`"),
    (INTENT, "networks:", "network:", "SG-E114", 6, 3, "did you mean `networks`?"),
    # steps
    (PATHWAY, "2. check", "3. check", "SG-E157", 17, 5, "write `2.`"),
    (PATHWAY, "    2. check", "    check", "SG-E157", 17, 5, "`1. locus`"),
    (PATHWAY, "2. check_bridge", "2. check bridge", "SG-E150", 17, 14, "`1. locus`"),
    (PATHWAY, "name = {b", "name {b", "SG-E151", 18, 15, "`name = {field}`"),
    (PATHWAY, "name = {bridge}", "name = {bridge", "SG-E151", 18, 17, "`name = {field}`"),
    (PATHWAY, "name = {bridge}", "name = {bri dge}", "SG-E211", 18, 17, "`{nic.0}`"),
    (PATHWAY, "name = {bridge}", "name = “x”", "SG-E140", 18, 17, "straight quotes"),
    (
        PATHWAY,
        "name = {bridge}",
        "name = {bridge}\n         name = x",
        "SG-E209",
        19,
        10,
        "leave one",
    ),
    (PATHWAY, "name = {bridge}", "name = x\n           ms = 1", "SG-E111", 19, 12, "line 18"),
    (PATHWAY, "when step 2.healthy:", "when step 2.healthy", "SG-E158", 20, 27, "`when step"),
    (PATHWAY, "when step 2.healthy:", "when 2.healthy:", "SG-E158", 20, 13, "`when step"),
    (PATHWAY, "false -> make", "false = make", "SG-E158", 21, 16, "`false -> locus`"),
    (PATHWAY, "4. for vlan in {vlans}:", "4. for vlan of {vlans}:", "SG-E159", 25, 17, "`for name"),
    (PATHWAY, "in {vlans}:", "in {vlans}", "SG-E159", 25, 27, "`for name"),
    (PATHWAY, "in {vlans}:", "in vlans:", "SG-E159", 25, 20, "`for name in {list}:`"),
    (PATHWAY, "-> add_vlan", "1. -> add_vlan", "SG-E157", 26, 10, "without a number"),
    (PATHWAY, "string[1..]", "string[3..1]", "SG-E145", 9, 19, "`[1..3]`"),
    (PATHWAY, "string[1..]", "string[1..99999]", "SG-E145", 9, 19, "65536"),
    (PATHWAY, "string[1..]", "strin[1..]", "SG-E201", 9, 13, "did you mean `string`?"),
    (PATHWAY, "step 4 needs step 1", "step 4 need step 1", "SG-E152", 31, 12, "`step 3 needs"),
    (PATHWAY, "step 4 needs step 1", "step 4 needs step 5", "SG-E213", 31, 10, "1 to 4"),
    (PATHWAY, "step 4 needs step 1", "step 1 needs step 4", "SG-E215", 31, 10, "before it"),
    (PATHWAY, "within 5s", "within 5", "SG-E135", 35, 12, "`30s`"),
    (PATHWAY, "    within 5s\n", "", "SG-E144", 33, 3, "`within 30s`"),
    (PATHWAY, "report partial", "report partly", "SG-E153", 39, 5, "did you mean `report partial`"),
    (PATHWAY, "report partial", "preserve what works", "SG-E219", 39, 5, "leave one"),
    (
        PATHWAY,
        "report partial",
        "report partial\n    report partial",
        "SG-E118",
        40,
        5,
        "line 39",
    ),
    (
        PATHWAY,
        "           ports = [{nics.0}]\n",
        "           ports = [{nics.0}]\n         false -> check_bridge\n           name = x\n",
        "SG-E218",
        24,
        10,
        "only the first",
    ),
    # resources
    (TOPOLOGY, "outer:\n", "outer\n", "SG-E154", 7, 10, "`name:`"),
    (TOPOLOGY, "      is bridge\n", "", "SG-E119", 7, 5, "`is bridge`"),
    (TOPOLOGY, "is bridge", "is [bridge]", "SG-E139", 8, 10, "`is NAME`"),
    (TOPOLOGY, "stp enabled", "stp", "SG-E155", 10, 10, "`name value`"),
    (TOPOLOGY, "stp enabled", "uplink {nic.1}", "SG-E118", 10, 7, "line 9"),
    (TOPOLOGY, "    inner:", "    outer:", "SG-E214", 12, 5, "line 7"),
    (TOPOLOGY, "    inner:", "   inner:", "SG-E110", 12, 4, "indent it like"),
    (TOPOLOGY, "all within 1m", "all inside 1m", "SG-E134", 24, 9, "`within 30s`"),
    (TOPOLOGY, "tags [10, 20]", "tags [10, 20", "SG-E155", 15, 19, "[a, b]"),
    (TOPOLOGY, "uplink {nic.0}", "uplink {nic.x}", "SG-E211", 9, 14, "`{nic.0}`"),
    # hosts
    (INTENT, "3 servers:", "three servers:", "SG-E156", 14, 5, "`50 hypervisors:`"),
    (INTENT, "3 servers:", "0 servers:", "SG-E146", 14, 5, "say how many"),
    (INTENT, "3 servers:", "3 servers", "SG-E156", 14, 14, "`50 hypervisors:`"),
    (INTENT, "      is server\n", "", "SG-E119", 14, 7, "`is production_server`"),
    (INTENT, "from [left", "form [left", "SG-E114", 17, 7, "did you mean `from`?"),
    (INTENT, "on [office", "at [office", "SG-E114", 18, 7, "`is`, `as`, `from` or `on`"),
    (INTENT, "as rack", "as 5", "SG-E139", 16, 10, "`as name`"),
    (INTENT, "guests]", "gests]", "SG-E245", 18, 19, "did you mean `guests`?"),
    (INTENT, "    guests:", "    office:", "SG-E214", 10, 5, "line 7"),
]

BETWEEN: list[Case] = [
    (PATHWAY, "1. make_bridge", "1. make_brige", "SG-E222", 13, 8, "did you mean `make_bridge`?"),
    (PATHWAY, "1. make_bridge", "1. -> make_bridge", "SG-E230", 13, 11, "without an arrow"),
    (PATHWAY, "-> add_vlan", "add_vlan", "SG-E230", 26, 10, "`-> add_vlan`"),
    (PATHWAY, "-> add_vlan", "-> ad_vlan", "SG-E229", 26, 13, "did you mean `add_vlan`?"),
    (PATHWAY, "tag = {vlan}", "tag = {vlam}", "SG-E210", 28, 18, "did you mean `vlan`?"),
    (PATHWAY, "tag = {vlan}", "tag = {bridge}", "SG-E226", 28, 18, "of type `int`"),
    (PATHWAY, "tag = {vlan}", "tga = {vlan}\n           tag = 1", "SG-E224", 28, 12, "`tag`"),
    (PATHWAY, "           tag = {vlan}\n", "", "SG-E225", 26, 13, "`tag=…`, of type `int`"),
    (PATHWAY, "ports = {nics}", "ports = {bridge}", "SG-E226", 15, 18, "`string[]`"),
    (PATHWAY, "ports = {nics}", "ports = {bridge}.x", "SG-E226", 15, 18, "`string[]`"),
    (PATHWAY, "{nics.0}", "{nics.1}", "SG-E216", 23, 21, "`nics string[2..]`"),
    (PATHWAY, "{nics.0}", "{bridge.0}", "SG-E217", 23, 21, "write `{bridge}`"),
    (PATHWAY, "{nics.0}", "{step 2.name}", "SG-E210", 23, 21, "it gives `healthy` or `seen`"),
    (PATHWAY, "{nics.0}", "{step 4.name}", "SG-E213", 23, 21, "before this one"),
    (PATHWAY, "step 2.healthy", "step 2.helthy", "SG-E210", 20, 18, "did you mean `healthy`?"),
    (PATHWAY, "step 2.healthy", "step 3.healthy", "SG-E213", 20, 18, "before this one"),
    (PATHWAY, "false -> make", "no -> make", "SG-E226", 21, 10, "of type `bool`"),
    (PATHWAY, "false -> make_b", "false -> mak_b", "SG-E222", 21, 19, "`make_bridge`?"),
    (PATHWAY, "in {vlans}:", "in {bridge}:", "SG-E217", 25, 20, "a loop runs over a list"),
    (PATHWAY, "false -> make_b", "5 -> make_b", "SG-E226", 21, 10, "of type `bool`"),
    (PATHWAY, "bridge} ms=5", "brige} ms=5", "SG-E210", 34, 23, "did you mean `bridge`?"),
    (PATHWAY, "bridge} ms=5", "bridge} ms=x", "SG-E226", 34, 35, "of type `int`"),
    (PATHWAY, "check_bridge name", "make_bridge name", "SG-E223", 34, 5, "diagnostic"),
    (PATHWAY, "set_up\n", "set_up for netwrk\n", "SG-E247", 1, 20, "did you mean `network`?"),
    (TOPOLOGY, "is bridge", "is brigde", "SG-E234", 8, 10, "did you mean `bridge`?"),
    (TOPOLOGY, "stp enabled", "sty enabled", "SG-E235", 10, 7, "did you mean `stp`?"),
    (TOPOLOGY, "stp enabled", "stp enable", "SG-E236", 10, 11, "did you mean `enabled`?"),
    (TOPOLOGY, "      uplink {nic.0}\n", "", "SG-E237", 7, 5, "`uplink …`"),
    (TOPOLOGY, "{nic.0}", "{nic.2}", "SG-E216", 9, 14, "`nic string[3..]`"),
    (TOPOLOGY, "{nic.0}", "{nik.0}", "SG-E210", 9, 14, "did you mean `nic`?"),
    (TOPOLOGY, "{nic.0}", "{nic}", "SG-E226", 9, 14, "of type `string`"),
    (TOPOLOGY, "trunk outer", "trunk otter", "SG-E232", 14, 13, "did you mean `outer`?"),
    (TOPOLOGY, "trunk outer", "trunk inner", "SG-E241", 14, 13, "inner -> inner"),
    (TOPOLOGY, "[10, 20]\n\n", "[ten, 20]\n\n", "SG-E226", 15, 12, "of type `int[]`"),
    (TOPOLOGY, "inner.{tag}", "inner.{tga}", "SG-E210", 23, 31, "did you mean `tag`?"),
    (TOPOLOGY, "check_bridge name=outer", "chek_bridge name=outer", "SG-E222", 21, 5, "`check_b"),
    (TOPOLOGY, "name=outer", "name=otter", "SG-E232", 21, 23, "did you mean `outer`?"),
    (TOPOLOGY, "inner.{tag}", "iner.{tag}", "SG-E232", 23, 25, "did you mean `inner`?"),
    (TOPOLOGY, "is bridge", "is network", "SG-E234", 8, 10, "`bridge` or `vlans`"),
    (INTENT, "is server", "is sever", "SG-E233", 15, 10, "did you mean `server`?"),
    (INTENT, "as rack", "as rick", "SG-E238", 16, 10, "did you mean `rack`?"),
    (INTENT, "[left, right]", "[left, wright]", "SG-E239", 17, 19, "did you mean `right`?"),
    (INTENT, "3 servers", "4 servers", "SG-E244", 14, 7, "add hosts to"),
    (INTENT, "vlan 20", "vlan twenty", "SG-E226", 11, 12, "of type `int`"),
    (INTENT, "vlan 20", "vlna 20\n      vlan 20", "SG-E235", 11, 7, "did you mean `vlan`?"),
    (PHENOTYPE, "make_bridge", "add_vlna", "SG-E222", 6, 5, "did you mean `add_vlan`?"),
    (PHENOTYPE, "for server", "for sever", "SG-E233", 2, 3, "did you mean `server`?"),
    (PHENOTYPE, "eno2]", "eno2]\n  nik = x", "SG-E242", 4, 3, "did you mean `nic`?"),
    (PHENOTYPE, "  nic = [eno1, eno2]\n", "", "SG-E242", 1, 11, "`nic = …`"),
    (PHENOTYPE, "[eno1, eno2]", "[eno1]", "SG-E243", 3, 3, "`string[2..4]`"),
    (PHENOTYPE, "[eno1, eno2]", "[a, b, c, d, e]", "SG-E243", 3, 3, "`string[2..4]`"),
    (PHENOTYPE, "[eno1, eno2]", "eno1", "SG-E243", 3, 3, "`string[2..4]`"),
]


@pytest.mark.parametrize("case", WRITING, ids=title)
def test_a_mistake_in_a_text_is_named_where_it_is(case: Case) -> None:
    judge(case, parse(changed(case), "a.sg").diagnostics)


@pytest.mark.parametrize("case", BETWEEN, ids=title)
def test_a_wrong_name_between_texts_is_named_where_it_is(case: Case) -> None:
    texts = {name: changed(case) if text is case[0] else text for name, text in TEXTS.items()}
    diagnostics = checked(texts)
    judge(case, diagnostics)
    assert texts[diagnostics[0].span.file] != TEXTS[diagnostics[0].span.file]


def checked(texts: dict[str, str]) -> tuple[Diagnostic, ...]:
    """The remarks between texts, of which each for itself is sound."""
    return check(
        [document(text, name) for name, text in texts.items()],
        ALLELES,
        lambda _sentence: True,
        vocabulary=VOCABULARY,
        host_groups=GROUPS,
        domains=("network",),
    )


def test_sound_texts_of_all_levels_have_no_remarks() -> None:
    assert human(checked(TEXTS)) == ""


def codes(texts: dict[str, str]) -> list[tuple[str, str, int, int]]:
    """Code and place of each remark between texts."""
    return [
        (one.code, one.span.file, one.span.line, one.span.column) for one in checked(TEXTS | texts)
    ]


def test_a_gene_and_a_pathway_cannot_share_a_name() -> None:
    twin = INNER.replace("add_vlan", "check_bridge")
    assert codes({"twin.sg": twin}) == [("SG-E220", "twin.sg", 1, 9)]


@pytest.mark.parametrize(
    ("text", "code"), [(TOPOLOGY, "SG-E231"), (INTENT, "SG-E231"), (SYSTEM, "SG-E251")]
)
def test_every_contract_is_defined_once(text: str, code: str) -> None:
    found = codes({"zwin.sg": text})
    assert (code, "zwin.sg", 1, text.index(" ") + 2) in found


def test_pathways_that_follow_each_other_are_found_in_both_directions() -> None:
    back = """\

    2. -> set_up
         bridge = {trunk}
         nics = [{trunk}]
         vlans = []
"""
    (remark,) = checked({**TEXTS, "inner.sg": INNER + back})
    assert (remark.code, remark.span.file, remark.span.line) == ("SG-E240", "path.sg", 26)
    assert remark.hint == "the way is add_vlan -> set_up -> add_vlan; take one of them out"


def test_a_pathway_that_follows_itself_is_found() -> None:
    text = PATHWAY.replace("-> add_vlan", "-> set_up")
    assert ("SG-E240", "path.sg", 26, 13) in codes({"path.sg": text})


def test_a_variable_may_not_hide_a_field() -> None:
    text = PATHWAY.replace("for vlan in", "for nics in").replace("{vlan}", "{nics}")
    assert codes({"path.sg": text}) == [("SG-E248", "path.sg", 25, 12)]


def test_hosts_of_two_sets_are_counted_together() -> None:
    more = (
        INTENT
        + """\

    1 more:
      is server
      from [right, left]
"""
    )
    assert codes({"want.sg": more}) == [("SG-E244", "want.sg", 20, 7)]


def test_a_phenotype_of_another_topology_is_found() -> None:
    other = TOPOLOGY.replace("topology server", "topology other")
    text = INTENT.replace("is server", "is other")
    assert codes({"other.sg": other, "want.sg": text}) == [("SG-E246", "want.sg", 16, 10)]


def claiming(uplink: str, again: str) -> list[tuple[str, str, int, int]]:
    """The remarks about a topology whose second bridge has its own uplink."""
    more = f"    third:\n      is bridge\n      uplink {again}\n\n  takes:"
    return codes(
        {"top.sg": TOPOLOGY.replace("{nic.0}", uplink).replace("  takes:", more)},
    )


@pytest.mark.parametrize("uplink", ["{nic.0}", "eth7"])
def test_two_resources_cannot_claim_one_interface(uplink: str) -> None:
    assert claiming(uplink, uplink) == [("SG-E249", "top.sg", 19, 14)]
    assert claiming(uplink, "{nic.1}") == []


def test_a_whole_list_of_interfaces_and_one_of_them_are_the_same_interface() -> None:
    several = {
        **VOCABULARY,
        "bond": {"members": PropertySpec(TypeRef("string", is_list=True), exclusive=True)},
    }
    text = TOPOLOGY.replace(
        "  takes:", "    third:\n      is bond\n      members MEMBERS\n\n  takes:"
    )
    for members, lines in (
        ("{nic}", [19]),
        ("[{nic.1}]", []),
        ("[{nic.1}, {nic.1}]", [19]),
        ("[{nic.1}, {nic.0}]", [19]),
    ):
        texts = {**TEXTS, "top.sg": text.replace("MEMBERS", members)}
        documents = [document(one, name) for name, one in texts.items()]
        remarks = check(documents, ALLELES, lambda _sentence: True, vocabulary=several)
        found = [one.span.line for one in remarks if one.code == "SG-E249"]
        assert found == lines, members


def test_a_word_that_is_like_no_resource_may_stand_in_verify() -> None:
    assert codes({"top.sg": TOPOLOGY.replace("name=outer", "name=gateway")}) == []


def test_a_phenotype_expresses_alleles_of_pathways_too() -> None:
    text = PHENOTYPE.replace("make_bridge", "set_up")
    assert [code for code, *_ in codes({"rack.sg": text})] == ["SG-E227", "SG-E227"]
    documents = [document(one, name) for name, one in {**TEXTS, "rack.sg": text}.items()]
    alleles = {"set_up": ALLELES["make_bridge"]}
    remarks = check(documents, alleles, lambda _sentence: True, vocabulary=VOCABULARY)
    assert human(remarks) == ""


def test_a_topology_that_nothing_defines_is_noted() -> None:
    texts = {name: TEXTS[name] for name in ("gene.sg", "look.sg", "rack.sg")}
    (remark,) = checked(texts)
    assert (remark.code, remark.severity) == ("SG-E293", Severity.NOTE)
    assert (remark.span.line, remark.span.column) == (2, 3)


def test_kinds_that_no_domain_knows_are_noted() -> None:
    documents = [document(text, name) for name, text in TEXTS.items()]
    remarks = check(documents, ALLELES, lambda _sentence: True)
    assert [(one.code, one.severity) for one in remarks] == [("SG-E291", Severity.NOTE)]


def test_all_mistakes_of_a_pathway_come_out_of_one_run() -> None:
    text = (
        PATHWAY.replace("1. make", "7. make")
        .replace("name = {bridge}", "name {bridge}")
        .replace("false ->", "false")
        .replace("in {vlans}:", "in vlans:")
        .replace("needs step 1", "needs 1")
        .replace("within 5s", "within soon")
        .replace("report partial", "report nothing")
    )
    found = [(remark.code, remark.span.line) for remark in parse(text, "a.sg").diagnostics]
    assert found == [
        ("SG-E157", 13),
        ("SG-E151", 18),
        ("SG-E158", 21),
        ("SG-E159", 25),
        ("SG-E152", 31),
        ("SG-E135", 35),
        ("SG-E153", 39),
    ]
