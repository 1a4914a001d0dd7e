"""The site shows every contract, links what belongs together, and trusts no text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest
from hypothesis import given, settings

from controller.language.site.assembly import site
from controller.language.site.publishing import MARK, publish
from controller.ports import Blocked
from grammar.sg.nodes import Document
from grammar.sg.render import render
from tests.grammar.samples_levels import INNER, INTENT, PATHWAY, SYSTEM, TOPOLOGY
from tests.grammar.whole_documents import documents
from tests.language.genomes import DIAGNOSTIC, GENE, OTHER_SHA, PHENOTYPE, SHA, source

HOSTILE = '<script>alert("x")</script> {bridge} <img src=x onerror=y> & \x1b[31m'
ALLELES = {"make_bridge": (SHA, OTHER_SHA)}
_VOID = ("meta", "link", "br")


def pages(*texts: str) -> dict[str, str]:
    sources = [source(text, f"contracts/{index}.sg") for index, text in enumerate(texts)]
    return {path: data.decode() for path, data in site("Title", sources, ALLELES).items()}


class Page(HTMLParser):
    """Elements of a page; every element that is opened must be closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.links += [given["href"] or ""] if "href" in given else []
        self.ids |= {given["id"] or ""} if "id" in given else set()
        assert not [name for name in given if name.startswith("on")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_link_leads_somewhere() -> None:
    found = pages(GENE, DIAGNOSTIC, PHENOTYPE)
    parsed = {path: Page(text) for path, text in found.items() if path.endswith(".html")}
    assert set(parsed) == {
        "index.html",
        "gene/make_bridge.html",
        "gene/check_bridge.html",
        "phenotype/rack.html",
    }
    for path, one in parsed.items():
        assert len(one.links) > 1
        for link in one.links:
            target, _, anchor = link.partition("#")
            goal = normpath(join(dirname(path), target)) if target else path
            assert goal in found
            assert not anchor or anchor in parsed[goal].ids


def test_contracts_that_belong_together_are_linked() -> None:
    found = pages(GENE, DIAGNOSTIC, PHENOTYPE)
    assert "../gene/check_bridge.html" in found["gene/make_bridge.html"]
    assert "../gene/make_bridge.html" in found["gene/check_bridge.html"]
    assert "../phenotype/rack.html" in found["gene/make_bridge.html"]
    assert "../gene/make_bridge.html" in found["phenotype/rack.html"]
    assert 'href="#field-bridge"' in found["gene/make_bridge.html"]
    assert 'href="#type-sighting"' in found["gene/check_bridge.html"]


def test_the_tree_shows_parts_below_the_whole() -> None:
    words = Page(pages(GENE, DIAGNOSTIC, PHENOTYPE)["index.html"]).text
    tree = words[words.index("Composition") : words.index("Phenotypes")]
    assert tree == "Compositionphenotype rackgene make_bridgegene check_bridge"


def test_contracts_that_verify_each_other_do_not_hang_the_tree() -> None:
    one = GENE.replace("check_bridge name={bridge} ms=100", "two")
    other = GENE.replace("gene make_bridge", "gene two").replace(
        "check_bridge name={bridge} ms=100", "make_bridge"
    )
    assert "gene/two.html" in pages(one, other, PHENOTYPE)["index.html"]


def test_hostile_text_stays_text() -> None:
    gene = GENE.replace("Make a bridge.", HOSTILE).replace("In gigabits", HOSTILE.replace('"', ""))
    gene = gene.replace("- Bridge {bridge} exists", f"- {HOSTILE}").replace("\x1b[31m", "")
    found = pages(gene.replace("& ", "& \x1b", 1))
    for path, text in found.items():
        if path.endswith(".html"):
            page = Page(text)
            assert page.tags.isdisjoint({"script", "img", "iframe", "object", "form"})
            assert "\x1b" not in text
    assert HOSTILE[:30] in Page(found["gene/make_bridge.html"]).text


def test_nothing_is_fetched_from_elsewhere() -> None:
    for text in pages(GENE, DIAGNOSTIC, PHENOTYPE).values():
        assert "//" not in text
        assert "@import" not in text
        assert "url(" not in text


def test_the_same_genome_gives_the_same_site() -> None:
    assert pages(GENE, DIAGNOSTIC, PHENOTYPE) == pages(GENE, DIAGNOSTIC, PHENOTYPE)


def test_contracts_of_every_level_have_a_page() -> None:
    other = "topology server\n  does:\n    A machine.\n  has:\n    br0:\n      is bridge\n"
    system = '\nsystem "A <b> name" {\n  invariant fast < 5s\n}\n'
    found = pages(PHENOTYPE, other + system)
    assert "A machine." in Page(found["topology/server.html"]).text
    assert "../topology/server.html" in found["phenotype/rack.html"]
    (name,) = [path for path in found if path.startswith("system/")]
    assert "A <b> name" in Page(found[name]).text


VLANS = INNER.replace("pathway add_vlan", "pathway vlans")
LEVELS = (GENE, DIAGNOSTIC, INNER, VLANS, PATHWAY, TOPOLOGY, INTENT, SYSTEM)
RECEIPT = GENE.replace("gene make_bridge", "gene send_receipt")


def words(path: str, *texts: str) -> str:
    return Page(pages(*texts)[path]).text


def test_every_link_of_every_level_leads_somewhere_and_back() -> None:
    found = pages(*LEVELS, RECEIPT, PHENOTYPE)
    parsed = {path: Page(text) for path, text in found.items() if path.endswith(".html")}
    leads: dict[str, set[str]] = {}
    for path, one in parsed.items():
        for link in one.links:
            target, _, anchor = link.partition("#")
            goal = normpath(join(dirname(path), target)) if target else path
            assert goal in found
            assert not anchor or anchor in parsed[goal].ids, link
            leads.setdefault(path, set()).add(goal)
    for whole, part in [
        ("intent/cellar.html", "topology/server.html"),
        ("intent/cellar.html", "phenotype/rack.html"),
        ("topology/server.html", "pathway/vlans.html"),
        ("topology/server.html", "phenotype/rack.html"),
        ("pathway/set_up.html", "pathway/add_vlan.html"),
        ("pathway/set_up.html", "gene/make_bridge.html"),
        ("system/shop.html", "gene/send_receipt.html"),
    ]:
        assert part in leads[whole]
        assert whole in leads[part]


def test_a_pathway_shows_its_steps_with_what_they_are_given_and_need() -> None:
    found = pages(*LEVELS)["pathway/set_up.html"]
    shown = Page(found).text
    assert "make_bridge bridge={bridge} ports={nics}" in shown
    assert "depending on healthy of step 2" in shown
    assert "for each vlan in {vlans}follow add_vlan trunk={bridge} tag={vlan} needs step 1" in shown
    assert "within 5s" in shown
    assert "On failurerollback completed stepsreport partial" in shown
    for anchor in ("#step-2", "#step-1", "#field-bridge", "#field-nics"):
        assert f'href="{anchor}"' in found


def test_a_topology_shows_its_resources_and_what_they_say_of_each_other() -> None:
    found = pages(*LEVELS)["topology/server.html"]
    shown = Page(found).text
    assert "outerbridgeuplink {nic.0}stp enabled" in shown
    assert "innervlanstrunk outertags [10, 20]" in shown
    assert 'href="#resource-outer"' in found
    assert 'href="../pathway/vlans.html"' in found
    assert "for each tag in [10, 20]check_bridge name=inner.{tag}" in shown


def test_an_intent_shows_its_fleet() -> None:
    found = pages(*LEVELS)["intent/cellar.html"]
    shown = Page(found).text
    assert "3serversserverrackleftrightofficeguests" in shown
    assert "3 hosts in all" in shown
    assert 'href="#resource-office"' in found
    assert "officevlan 10" in shown


def test_a_system_shows_its_rules_with_levels_and_deadlines() -> None:
    found = pages(*LEVELS, RECEIPT)["system/shop.html"]
    shown = Page(found).text
    assert "response_time < 500ms" in shown
    assert "when order.createdmustsend_receipt(order)within 5sfalls back to call_customer" in shown
    assert "shouldremind(who: order.customer, how: by_mail) if order.total crosses" in shown
    assert "every day at 09:00couldthank(customer) for each customer if orders.count > 3" in shown
    assert "every(order) has customer" in shown
    assert "property works_offline unless law_forbids" in shown
    assert 'href="#entity-customer"' in found


def test_the_tree_leads_from_an_intent_to_its_diagnostics() -> None:
    shown = words("index.html", *LEVELS)
    tree = shown[shown.index("Composition") : shown.index("Systems")]
    assert tree == (
        "Compositionintent cellartopology servergene check_bridge"
        "pathway vlansgene make_bridgegene check_bridge"
        "pathway set_upgene make_bridge (above)gene check_bridge"
        "pathway add_vlangene make_bridge (above)"
        "system shop"
    )
    assert "Made ofgene check_bridgepathway vlans" in words("topology/server.html", *LEVELS)


@settings(max_examples=30, deadline=None)
@given(documents)
def test_whatever_is_written_is_shown_as_text(document: Document) -> None:
    found = pages(render(document))
    for path, text in found.items():
        if path.endswith(".html"):
            page = Page(text)
            assert page.tags.isdisjoint({"script", "img", "iframe", "object", "form"})
            goals = {normpath(join(dirname(path), one.partition("#")[0])) for one in page.links}
            assert goals - {dirname(path) or "."} <= found.keys()
            assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids


def test_the_index_says_how_big_each_contract_is() -> None:
    shown = words("index.html", *LEVELS)
    for summary in (
        "4 steps, risk low. Set up bridges.",
        "2 resources. A server with two bridges.",
        "3 hosts. What stands in the cellar.",
        "4 rules, 12 members",
    ):
        assert summary in shown


def test_a_site_is_rewritten_and_what_is_gone_goes(tmp_path: Path) -> None:
    publish({"index.html": b"1", "gene/a.html": b"a"}, tmp_path / "site")
    publish({"index.html": b"2"}, tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_bytes() == b"2"
    assert not (tmp_path / "site" / "gene" / "a.html").exists()


@pytest.mark.parametrize("name", ["mine.txt", "gene/mine.txt", MARK])
def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    file = tmp_path / "site" / name
    file.parent.mkdir(parents=True)
    file.write_text('["../outside.txt", "index.html"]')
    (tmp_path / "outside.txt").write_text("mine")
    if name == MARK:
        publish({"a.html": b""}, tmp_path / "site")
    else:
        with pytest.raises(Blocked, match=name):
            publish({"index.html": b""}, tmp_path / "site")
        assert [p.name for p in (tmp_path / "site").rglob("*") if p.is_file()] == ["mine.txt"]
    assert (tmp_path / "outside.txt").read_text() == "mine"
