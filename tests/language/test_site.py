"""The site shows every contract, links what belongs together, and trusts no text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from controller.language.site.assembly import site
from controller.language.site.publishing import MARK, publish
from controller.ports import Blocked
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
