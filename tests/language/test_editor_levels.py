"""What an editor offers and follows in pathways, topologies, intents and systems."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient

from controller.domains.network.domain import NetworkDomain
from controller.language.editor.completing import complete
from controller.language.editor.hovering import hover
from controller.language.editor.workspace import Workspace
from controller.language.occurrences import lines_of
from tests.grammar.samples_levels import INNER, INTENT, PATHWAY, SYSTEM, TOPOLOGY, VOCABULARY
from tests.language.editing import Document, Marked, applied, at, spots
from tests.language.genomes import write


class Sample(NetworkDomain):
    """The network with other resources, and with a phrase for every sentence."""

    vocabulary = VOCABULARY

    def executable(self, _sentence: str, _fields: Collection[str] | None = None) -> bool:
        return True


RACK = """\
phenotype rack
  for server
  nic = [eno1, eno2]
"""
REMIND = """\
gene remind
  is configuration
  risk low

  does:
    Remind.

  takes:
    who  string
    how  string

  gives:
    success  bool
"""
RETURNS = """\
system "returns" {
  when order.created {
    must: remind
  }
}
"""
FILES = {
    "contracts/add_vlan.sg": INNER,
    "contracts/set_up.sg": PATHWAY,
    "contracts/server.sg": TOPOLOGY,
    "contracts/cellar.sg": INTENT,
    "contracts/attic.sg": INTENT.replace("intent cellar", "intent attic"),
    "contracts/remind.sg": REMIND,
    "phenotypes/rack.sg": RACK,
    "systems/shop.sg": SYSTEM,
    "systems/returns.sg": RETURNS,
}
SET_UP, SERVER, CELLAR, SHOP = (
    "contracts/set_up.sg", "contracts/server.sg", "contracts/cellar.sg", "systems/shop.sg",
)  # fmt: skip

OFFERED = [
    (SET_UP, "    2. check_bridge", "    |", {"2."}),
    (SET_UP, "    2. check_bridge", "    2. |", {"check_bridge", "->", "for", "when"}),
    (SET_UP, "-> add_vlan", "-> |", {"add_vlan"}),
    (SET_UP, "         name = {bridge}", "         |", {"name = ", "ms = "}),
    (SET_UP, "         name = {bridge}", "         name = {|", {"bridge", "nics", "vlans"}),
    (SET_UP, "           ports = [{nics.0}]", "           ports = [|", {"{nics}"}),
    (SET_UP, "           ports = [{nics.0}]", "           ports = [{step|",
     {"step 2.healthy", "step 1.success"}),
    (SET_UP, "           ports = [{nics.0}]", "           ports = [{step 2.|", {"step 2.healthy"}),
    (SET_UP, "step 2.healthy:", "step |", {"2.healthy:", "1.success:"}),
    (SET_UP, "         false -> make", "         | -> make", {"true", "false", "otherwise"}),
    (SET_UP, "false -> make_bridge", "false -> |", {"make_bridge", "add_vlan"}),
    (SET_UP, "in {vlans}:", "in |", {"{vlans}:", "{nics}:"}),
    (SET_UP, "           tag = {vlan}", "           tag = |", {"{vlan}", "{bridge}"}),
    (SET_UP, "           tag = {vlan}", "           |", {"tag = "}),
    (SET_UP, "    step 4 needs step 1", "    step 3 needs step |", {"1", "2"}),
    (SET_UP, "step 4 needs", "step 4 |", {"needs"}),
    (SET_UP, "    check_bridge name={bridge} ms=5", "    |", {"check_bridge", "for"}),
    (SET_UP, "name={bridge} ms=5", "name={bridge} |", {"ms="}),
    (SET_UP, "ms=5", "ms=|", {"{bridge}"}),
    (SET_UP, "    report partial", "    report |", {"report partial", "report what failed"}),
    (SET_UP, "  on failure:", "  on|", {"on failure:"}),
    (SERVER, "trunk outer", "trunk |", {"outer", "{nic}"}),
    (SERVER, "      is vlans", "      |", {"is"}),
    (SERVER, "    all within 1m", "    a|", {"all within"}),
    (SERVER, "check_bridge name=outer", "check_bridge name=|", {"{nic}"}),
    (SERVER, "inner.{tag}", "inner.{|", {"tag", "nic"}),
    (SERVER, "    preserve what works", "    pre|", {"preserve what works"}),
    (SERVER, "  takes:", "  ta|", {"takes:"}),
    (CELLAR, "  networks:", "  |", {"networks:"}),
    (CELLAR, "      is server", "      |", {"is"}),
    (CELLAR, "is server", "is |", {"server"}),
    (CELLAR, "as rack", "as |", {"rack"}),
    (CELLAR, "from [left, right]", "from [left, |]", {"left", "right"}),
    (CELLAR, "[office, guests]", "[office, |]", {"office", "guests"}),
    (CELLAR, "      guests:", "      |", set()),
    ("phenotypes/rack.sg", "  nic = [eno1, eno2]", "  |", {"nic = "}),
    (SHOP, "  optimise latency", "  |", {"invariant", "entity", "when", "always"}),
    (SHOP, "optimise latency minimise", "optimise |", {"response_time", "cost"}),
    (SHOP, "latency minimise", "latency |", {"minimise", "within budget("}),
    (SHOP, "    rule: has_a_key", "    |", {"has:", "rule:", "belongs_to:"}),
    (SHOP, "belongs_to: customer", "belongs_to: |", {"customer", "order"}),
    (SHOP, "when order.created", "when |", {"order.created", "customer", "intent.evolved"}),
    (SHOP, "when order.created", "when order.|", {"order.created", "order.total"}),
    (SHOP, "    must: send_receipt", "    |", {"must:", "should:", "could:", "if"}),
    (SHOP, "must: send_receipt(order)", "must: |", {"remind", "set_up", "thank"}),
    (SHOP, "fallback: call_customer", "fallback: |", {"remind"}),
    (SHOP, "who: order.customer,", "|", {"who: ", "order"}),
    (SHOP, "requires: customer.name", "requires: customer.|", {"customer.name"}),
    (SHOP, "threshold.waiting", "threshold.|", {"threshold.waiting"}),
    (SHOP, "order.total crosses", "order.total |", {"crosses", "exists", "is"}),
    (SHOP, "for each customer", "for each |", {"customer", "order"}),
    (SHOP, "with orders.count", "with |", {"orders", "name"}),
    (SHOP, "every day", "every |", {"day", "week"}),
    (SHOP, "assert: every(order)", "assert: |", {"every(", "no("}),
    (SHOP, "every(order)", "every(|", {"order"}),
    (SHOP, "backfill_policy: seq", "backfill_policy: | seq", {"sequential"}),
    (SHOP, "produces: receipt", "produces: |", {"basket", "order"}),
]  # fmt: skip


@pytest.fixture
def levels(root: Path) -> Path:
    """The small genome with a contract of every level; asked for before the server starts."""
    return write(root, FILES)


@pytest.mark.asyncio
async def test_completion_offers_what_may_stand_in_every_level(
    client: LanguageClient, levels: Path
) -> None:
    documents: dict[str, Document] = {}
    for name, old, new, offered in OFFERED:
        text = (levels / name).read_text("utf-8")
        assert old in text or not offered, old
        document = documents.setdefault(name, Document(client, levels / name))
        marked = text.replace(old, new, 1)
        if "|" not in marked:
            continue
        place = Document.at(Marked(marked), "|")  # type: ignore[arg-type]
        document.type(marked.replace("|", "", 1))
        asked = lsp.CompletionParams(document.id, place)
        found = await client.text_document_completion_async(asked)
        assert isinstance(found, lsp.CompletionList)
        labels = {item.label for item in found.items}
        assert offered <= labels, (old, new, labels)
        document.type(text)


@pytest.mark.asyncio
async def test_a_step_is_not_offered_what_later_steps_give_nor_arguments_twice(
    client: LanguageClient, levels: Path
) -> None:
    document = Document(client, levels / SET_UP)
    for old, new, absent in (
        ("ports = {nics}", "ports = {|", {"step 2.healthy", "step 1.success", "vlan"}),
        ("         name = {bridge}", "         name = {bridge}\n         |", {"name = "}),
        ("    report partial", "    |", {"rollback completed steps"}),
        ("step 4 needs step 1", "step 2 needs step |", {"2", "3", "4"}),
    ):
        marked = PATHWAY.replace(old, new, 1)
        document.type(marked.replace("|", "", 1))
        place = Document.at(Marked(marked), "|")  # type: ignore[arg-type]
        found = await client.text_document_completion_async(
            lsp.CompletionParams(document.id, place)
        )
        assert isinstance(found, lsp.CompletionList)
        assert found.items
        assert not absent & {item.label for item in found.items}, new


HOVERED = [
    (SET_UP, "check_bridge\n", 3, "Look at a bridge"),
    (SET_UP, "ms=5", 1, "How long"),
    (SET_UP, "step 2.healthy", 8, "healthy bool"),
    (SET_UP, "{vlan}", 2, "for vlan in {vlans}:"),
    (SET_UP, "requires:", 2, "which steps need which"),
    (SERVER, "trunk outer", 8, "uplink {nic.0}"),
    (SERVER, "{nic.0}", 2, "In order"),
    (SERVER, "      is bridge", 7, "kind of resource"),
    (CELLAR, "[office", 2, "vlan 10"),
    (CELLAR, "is server", 4, "A server with two bridges"),
    (CELLAR, "      from", 7, "groups of the inventory"),
    (SHOP, "belongs_to: customer", 14, "rule: has_a_key"),
    (SHOP, "customer.name", 10, "attribute of `customer`"),
    (SHOP, "order.created", 8, "event of `order`"),
    (SHOP, "remind(", 2, "Remind"),
    (SHOP, "who: order", 1, "who string"),
    (SHOP, "threshold.waiting", 12, "threshold waiting = 45"),
    (SHOP, "optimise cost", 10, "within budget"),
    (SHOP, "    must:", 5, "a gap at once"),
]


@pytest.mark.asyncio
async def test_hover_tells_about_the_names_and_words_of_every_level(
    client: LanguageClient, levels: Path
) -> None:
    documents: dict[str, Document] = {}
    for name, words, offset, told in HOVERED:
        document = documents.setdefault(name, Document(client, levels / name))
        asked = lsp.HoverParams(**at(document, words, offset))  # type: ignore[arg-type]
        found = await client.text_document_hover_async(asked)
        assert found is not None, words
        assert isinstance(found.contents, lsp.MarkupContent)
        assert told in found.contents.value, (words, found.contents.value)


FOLLOWED = [
    (SET_UP, "make_bridge", 2, "make_bridge.sg", "gene make_bridge", 5, 5),
    (SET_UP, "-> add_vlan", 4, "add_vlan.sg", "pathway add_vlan", 8, 2),
    (SET_UP, "step 2.healthy", 8, "check_bridge.sg", "  healthy  bool", 4, 3),
    (SET_UP, "trunk = {bridge}", 1, "add_vlan.sg", "trunk  string", 4, 4),
    (SERVER, "trunk outer", 7, "server.sg", "outer:", 4, 3),
    ("phenotypes/rack.sg", "nic = [", 1, "server.sg", "nic  string[2..4]", 4, 3),
    (CELLAR, "as rack", 4, "rack.sg", "phenotype rack", 10, 3),
    (CELLAR, "[office, guests]", 9, "cellar.sg", "guests:", 4, 2),
    (SHOP, "should: remind(", 9, "remind.sg", "gene remind", 5, 3),
    (SHOP, "send_receipt(order)", 14, "shop.sg", "entity order {", 9, 10),
    (SHOP, "order.created", 7, "shop.sg", "entity order {", 9, 2),
    (SHOP, "customer.name", 10, "shop.sg", "has: orders[], name", 19, 2),
    (SHOP, "threshold.waiting", 11, "shop.sg", "threshold waiting", 12, 2),
    (SHOP, "optimise latency", 10, "shop.sg", "optimise latency", 11, 1),
]


@pytest.mark.asyncio
async def test_definitions_and_references_are_found_from_every_level(
    client: LanguageClient, levels: Path
) -> None:
    documents: dict[str, Document] = {}
    for name, words, offset, file, row, column, places in FOLLOWED:
        document = documents.setdefault(name, Document(client, levels / name))
        there = at(document, words, offset)
        asked = lsp.DefinitionParams(**there)  # type: ignore[arg-type]
        found = spots(await client.text_document_definition_async(asked))
        (path,) = levels.rglob(file)
        lines = path.read_text("utf-8").split("\n")
        line = next(number for number, one in enumerate(lines) if row.strip() in one)
        assert found == [(file, line, column)], (words, found)
        context = lsp.ReferenceContext(include_declaration=True)
        everywhere = lsp.ReferenceParams(context=context, **there)  # type: ignore[arg-type]
        count = len(spots(await client.text_document_references_async(everywhere)))
        assert count == places, (words, count)


RENAMED = [
    (SET_UP, "add_vlan", "tag_vlan"),
    (SET_UP, "vlan in", "one"),
    (SET_UP, "nics    string", "ports_of"),
    (SERVER, "outer:", "outermost"),
    (SERVER, "nic  string", "port"),
    (CELLAR, "office:", "desk"),
    (SHOP, "entity customer", "client"),
    (SHOP, "orders[]", "purchases"),
    (SHOP, "waiting = 45", "patience"),
    (SHOP, "should: remind", "nudge"),
    (SHOP, "optimise cost", "price"),
    (SHOP, "receipt\n", "slip"),
]


@pytest.mark.asyncio
async def test_a_rename_in_any_level_reaches_every_file_and_leaves_no_new_remark(
    client: LanguageClient, levels: Path
) -> None:
    for name, words, new in RENAMED:
        document = Document(client, levels / name)
        offset = len(words) - len(words.rpartition(" ")[2]) if " " in words[:9] else 0
        offset = 0 if words.endswith(("= 45", "string", " in")) else offset
        asked = at(document, words, offset)
        edit = await client.text_document_rename_async(
            lsp.RenameParams(new_name=new, **asked)  # type: ignore[arg-type]
        )
        assert edit is not None
        assert edit.changes, words
        before = _codes(levels)
        kept = {path: path.read_text("utf-8") for path in levels.rglob("*.sg")}
        for path, text in kept.items():
            path.write_text(applied(text, edit.changes.get(path.as_uri(), [])), "utf-8")
        assert _codes(levels) == before, words
        assert new in (levels / name).read_text("utf-8")
        for path, text in kept.items():
            path.write_text(text, "utf-8")
        document.close()


def _codes(root: Path) -> list[str]:
    workspace = Workspace(Sample())
    workspace.library(str(root / SET_UP))
    return sorted(
        one.code for found in workspace.diagnose(workspace.paths).values() for one in found
    )


@pytest.mark.asyncio
async def test_names_that_are_held_outside_of_contracts_are_not_renamed(
    client: LanguageClient, levels: Path
) -> None:
    for name, words, reason in (
        (SHOP, "created", "keep their names"),
        (CELLAR, "left,", "inventory"),
        (SERVER, "bridge\n      uplink", "domain"),
        (SERVER, "uplink", "domain"),
        (SHOP, "thank(", "defined nowhere"),
    ):
        document = Document(client, levels / name)
        asked = lsp.RenameParams(new_name="other", **at(document, words))  # type: ignore[arg-type]
        with pytest.raises(JsonRpcException, match=reason):
            await client.text_document_rename_async(asked)
        document.close()


SPOKEN = [
    ("      is bridge", "      is |", {"bridge", "vlans"}),
    ("      trunk outer", "      |", {"trunk"}),
    ("stp enabled", "stp |", {"enabled", "disabled"}),
    ("trunk outer", "trunk |", {"outer", "{nic}"}),
]


@pytest.mark.parametrize(("old", "new", "offered"), SPOKEN)
def test_what_a_domain_says_of_its_resources_is_offered(
    tmp_path: Path, old: str, new: str, offered: set[str]
) -> None:
    workspace = Workspace(Sample())
    marked = TOPOLOGY.replace(old, new, 1)
    before = marked.partition("|")[0]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    path = str(tmp_path / "server.sg")
    workspace.opened(path, marked.replace("|", "", 1))
    text = workspace.text(path)
    assert text is not None
    found, _ = complete(workspace.library(path), text, line, column)
    labels = {one.text for one in found}
    assert offered <= labels
    assert "is" not in labels
    if old.startswith("trunk"):
        assert "inner" not in labels


def test_hover_shows_the_properties_of_a_kind_of_resource(tmp_path: Path) -> None:
    workspace = Workspace(Sample())
    path = str(tmp_path / "server.sg")
    workspace.opened(path, TOPOLOGY)
    text = workspace.text(path)
    assert text is not None
    line = TOPOLOGY[: TOPOLOGY.index("is bridge")].count("\n") + 1
    shown = hover(workspace.library(path), text, line, 11, [])
    assert "uplink string" in shown
    assert "enabled, disabled" in shown


@given(
    st.sampled_from([PATHWAY, TOPOLOGY, INTENT, SYSTEM, REMIND, RACK]),
    st.text(st.sampled_from('{}()[]"#:=,.->\n \tab1é🌉'), max_size=6),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_anywhere_offers_are_in_place_and_nothing_is_raised(
    sample: str, typed: str, data: st.DataObject
) -> None:
    at_character = data.draw(st.integers(0, len(sample)))
    before = sample[:at_character] + typed
    after = data.draw(st.sampled_from(["", sample[at_character:]]))
    workspace = Workspace(Sample())
    path = "/nowhere/typed.sg"
    workspace.opened(path, before + after)
    text = workspace.text(path)
    assert text is not None
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    offers, width = complete(workspace.library(path), text, line, column)
    assert 0 <= width < column
    assert all(one.text for one in offers)
    assert isinstance(hover(workspace.library(path), text, line, column, []), str)
    lines = lines_of(before + after)
    for one in text.names:
        row = lines[one.span.line - 1]
        assert row[one.span.column - 1 : one.span.end_column - 1] == one.symbol.name
