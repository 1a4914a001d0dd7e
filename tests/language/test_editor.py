"""`germline lsp`, driven over stdio by a client that checks every answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient

from tests.language.editing import Document, Marked, applied, at, has, lacks, shows, spots
from tests.language.genomes import DIAGNOSTIC, GENE, OTHER_SHA, SHA

pytestmark = pytest.mark.asyncio


async def test_remarks_follow_what_is_typed_in_this_and_in_other_files(
    client: LanguageClient, root: Path
) -> None:
    gene = Document(client, root / "contracts/make_bridge.sg")
    gene.type(GENE.replace("check_bridge name", "check_brigde name"))
    await gene.shows(has("SG-E222"))
    gene.type(GENE)
    await gene.shows(lacks("SG-E222"))
    other = Document(client, root / "contracts/check_bridge.sg")
    other.type(DIAGNOSTIC.replace("ms    int = 300", "wait  int = 300"))
    await gene.shows(has("SG-E224"))
    other.close()
    await gene.shows(lacks("SG-E224"))


async def test_remarks_about_files_that_are_not_open_are_shown_too(
    client: LanguageClient, root: Path
) -> None:
    gene = Document(client, root / "contracts/make_bridge.sg")
    gene.type(GENE.replace("gene make_bridge", "gene build_bridge"))
    await shows(client, (root / "contracts/check_bridge.sg").as_uri(), has("SG-E222"))
    await shows(client, (root / "phenotypes/rack.sg").as_uri(), has("SG-E222"))


async def test_places_are_counted_in_utf_16_units(client: LanguageClient, root: Path) -> None:
    text = DIAGNOSTIC.replace("- {healthy} is", "- 🌉🌉 {helthy} is")
    document = Document(client, root / "contracts/check_bridge.sg", text)
    await document.shows(has("SG-E210"))
    (remark,) = [r for r in client.diagnostics[document.uri] if r.code == "SG-E210"]
    assert remark.range.start == document.at("{helthy}")
    assert remark.range.end == document.at("{helthy}", len("{helthy}"))
    document.type(text.replace("helthy", "healthy"))
    found = await client.text_document_definition_async(
        lsp.DefinitionParams(**at(document, "{healthy}", 3))  # type: ignore[arg-type]
    )
    assert spots(found) == [("check_bridge.sg", document.at("healthy  bool").line, 4)]


async def test_hover_tells_about_loci_fields_words_and_codes(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/make_bridge.sg")

    async def hover(words: str, offset: int = 0) -> str:
        asked = lsp.HoverParams(**at(document, words, offset))  # type: ignore[arg-type]
        found = await client.text_document_hover_async(asked)
        assert found is not None
        assert isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value

    assert "Look at a bridge" in await hover("check_bridge name", 3)
    assert "speed int = 10" in await hover("speed   int", 2)
    assert "In gigabits" in await hover("speed   int", 2)
    assert "How long" in await hover("ms=100", 1)
    assert "within a time" in await hover("verify:", 2)
    document.type(GENE.replace("{bridge} exists", "{brige} exists"))
    assert "SG\\-E210" in (await hover("{brige}", 2)) or "SG-E210" in await hover("{brige}", 2)
    asked = lsp.HoverParams(document.id, lsp.Position(3, 0))
    assert await client.text_document_hover_async(asked) is None


async def test_definition_and_references_reach_across_files(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/make_bridge.sg")
    found = await client.text_document_definition_async(
        lsp.DefinitionParams(**at(document, "check_bridge name", 4))  # type: ignore[arg-type]
    )
    assert spots(found) == [("check_bridge.sg", 0, 5)]
    found = await client.text_document_definition_async(
        lsp.DefinitionParams(**at(document, "ms=100"))  # type: ignore[arg-type]
    )
    assert spots(found) == [("check_bridge.sg", 9, 4)]
    context = lsp.ReferenceContext(include_declaration=True)
    everywhere = await client.text_document_references_async(
        lsp.ReferenceParams(context=context, **at(document, "make_bridge"))  # type: ignore[arg-type]
    )
    files = {name for name, _, _ in spots(everywhere)}
    assert files == {"make_bridge.sg", "check_bridge.sg", "rack.sg"}
    used = await client.text_document_references_async(
        lsp.ReferenceParams(
            context=lsp.ReferenceContext(include_declaration=False),
            **at(document, "{bridge}", 1),  # type: ignore[arg-type]
        )
    )
    assert len(spots(used)) == GENE.count("{bridge}")


async def test_the_definition_of_an_allele_is_its_source(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "phenotypes/rack.sg")
    found = await client.text_document_definition_async(
        lsp.DefinitionParams(**at(document, "cdefcdef", 3))  # type: ignore[arg-type]
    )
    assert spots(found) == [(f"{OTHER_SHA}.py", 0, 0)]


OFFERED = [
        ("contracts/make_bridge.sg", "  risk low", "  ri|", {"risk"}),
        ("contracts/make_bridge.sg", "  risk low", "  risk |", {"low", "critical"}),
        ("contracts/make_bridge.sg", "  before:", "  bef|", {"before:"}),
        ("contracts/make_bridge.sg", "  speed   int", "  speed   |", {"int", "string"}),
        ("contracts/make_bridge.sg", "{bridge} does", "{|} does", {"bridge", "ports"}),
        ("contracts/make_bridge.sg", "check_bridge name", "chec| name", {"check_bridge"}),
        ("contracts/make_bridge.sg", " ms=100", " |", {"ms="}),
        ("contracts/make_bridge.sg", "name={bridge}", "name=|", {"{bridge}"}),
        ("contracts/check_bridge.sg", "make_bridge  conv", "ma|  conv", {"make_bridge"}),
        ("contracts/check_bridge.sg", "make_bridge  convergence", "make_bridge |", {"resilience"}),
        ("contracts/check_bridge.sg", "seen     sighting", "seen  |", {"sighting"}),
        ("contracts/check_bridge.sg", "- {healthy}", "- {|", {"healthy", "name"}),
        ("phenotypes/rack.sg", "make_bridge 0123456789ab then cdefcdefcdef", "make_bridge |",
         {SHA[:12], OTHER_SHA[:12]}),
        ("phenotypes/rack.sg", "phenotype rack", "|\nphenotype rack", {"gene", "phenotype"}),
]  # fmt: skip


async def test_completion_offers_what_may_stand_there(client: LanguageClient, root: Path) -> None:
    documents: dict[str, Document] = {}
    for name, old, new, offered in OFFERED:
        document = documents.setdefault(name, Document(client, root / name))
        marked = (root / name).read_text().replace(old, new)
        document.type(marked.replace("|", ""))
        place = Document.at(Marked(marked), "|")  # type: ignore[arg-type]
        asked = lsp.CompletionParams(document.id, place)
        found = await client.text_document_completion_async(asked)
        assert isinstance(found, lsp.CompletionList)
        assert offered <= {item.label for item in found.items}, (old, new)
        for item in found.items:
            assert isinstance(item.text_edit, lsp.TextEdit)
            assert item.text_edit.range.end == place


async def test_renaming_a_field_changes_every_place_in_every_file(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/check_bridge.sg")
    asked = at(document, "ms    int")
    place = await client.text_document_prepare_rename_async(lsp.PrepareRenameParams(**asked))  # type: ignore[arg-type]
    assert place == lsp.Range(document.at("ms    int"), document.at("ms    int", 2))
    edit = await client.text_document_rename_async(
        lsp.RenameParams(new_name="watch_ms", **asked)  # type: ignore[arg-type]
    )
    assert edit is not None
    assert edit.changes is not None
    for name in ("contracts/check_bridge.sg", "contracts/make_bridge.sg"):
        path = root / name
        path.write_text(applied(path.read_text(), edit.changes[path.as_uri()]))
    assert "ms=100" not in (root / "contracts/make_bridge.sg").read_text().replace("watch_ms", "")
    assert "watch_ms    int = 300" in (root / "contracts/check_bridge.sg").read_text()


async def test_a_rename_that_would_break_something_is_refused_with_the_reason(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/make_bridge.sg")
    for words, name, reason in (
        ("make_bridge", "new_bridge", "lineage never changes"),
        ("check_bridge name", "make_bridge", "already"),
        ("bridge  string", "ports", "already"),
        ("bridge  string", "a-b", "not a name"),
    ):
        asked = lsp.RenameParams(new_name=name, **at(document, words))  # type: ignore[arg-type]
        with pytest.raises(JsonRpcException, match=reason):
            await client.text_document_rename_async(asked)
    asked = lsp.RenameParams(new_name="look", **at(document, "check_bridge name"))  # type: ignore[arg-type]
    edit = await client.text_document_rename_async(asked)
    assert edit is not None
    assert edit.changes is not None
    assert len(edit.changes) == 2


async def test_formatting_gives_the_canonical_text_and_refuses_mistakes(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/make_bridge.sg")
    options = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
    asked = lsp.DocumentFormattingParams(document.id, options)
    assert not await client.text_document_formatting_async(asked)
    document.type(GENE.replace("bridge  string", "bridge string # 🌉"))
    (edit,) = await client.text_document_formatting_async(asked) or []
    assert "    bridge  string    # 🌉" in edit.new_text or "# 🌉" in edit.new_text
    assert edit.range.start == lsp.Position(0, 0)
    assert edit.range.end == lsp.Position(document.text.count("\n"), 0)
    document.type(GENE.replace("takes:", "takess:"))
    with pytest.raises(JsonRpcException, match="SG-E114"):
        await client.text_document_formatting_async(asked)


async def test_document_symbols_list_contracts_sections_and_fields(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/check_bridge.sg")
    asked = lsp.DocumentSymbolParams(document.id)
    found = await client.text_document_document_symbol_async(asked)
    (gene,) = found or []
    assert isinstance(gene, lsp.DocumentSymbol)
    assert gene.name == "check_bridge"
    sections = {one.name: one for one in gene.children or ()}
    assert list(sections)[-1] == "feeds"
    assert [field.name for field in sections["takes"].children or ()] == ["name", "ms"]


async def test_a_file_that_is_closed_or_deleted_is_forgotten(
    client: LanguageClient, root: Path
) -> None:
    gene = Document(client, root / "contracts/make_bridge.sg")
    other = Document(client, root / "contracts/check_bridge.sg", "gene x\n")
    await other.shows(has("SG-E119"))
    (root / "contracts/check_bridge.sg").unlink()
    other.close()
    await other.shows(lambda remarks: not remarks)
    await gene.shows(has("SG-E222"))
    asked = lsp.HoverParams(other.id, lsp.Position(0, 7))
    assert await client.text_document_hover_async(asked) is None


GARBAGE = [
    "",
    "\0",
    "\ufeffgene x\r\n  is\r",
    "gene\ngene \n  takes:\n{{{}}}\n- {",
    "🌉" * 5000,
    "gene a\n" + "  types:\n" * 400,
    "\ud800 lone surrogate {x}",
    "phenotype p\n  for\n  expresses:\n    x then ,\n",
    "\t\tgene\n\r\r\n  a = [[[[[[[[\n",
    "gene 🌉\n  verify:\n    🌉 🌉={🌉}\n    within\n",
]


async def test_garbage_gets_remarks_and_answers_and_the_server_stays(
    client: LanguageClient, root: Path
) -> None:
    document = Document(client, root / "contracts/new.sg", "")
    places = [lsp.Position(0, 0), lsp.Position(1, 3), lsp.Position(9**9 // 2, 2**31 - 1)]
    options = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
    for text in GARBAGE:
        document.type(text)
        await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document.id))
        for place in places:
            await client.text_document_hover_async(lsp.HoverParams(document.id, place))
            await client.text_document_definition_async(lsp.DefinitionParams(document.id, place))
            await client.text_document_completion_async(lsp.CompletionParams(document.id, place))
        formatting = client.text_document_formatting_async(
            lsp.DocumentFormattingParams(document.id, options)
        )
        (answer,) = await asyncio.gather(formatting, return_exceptions=True)
        assert not isinstance(answer, Exception) or "not formatted" in str(answer)
    untitled = lsp.TextDocumentItem("untitled:Untitled-1", "sg", 1, "gene\n")
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(untitled))
    await shows(client, "untitled:Untitled-1", has("SG-E139"))
    document.type("gene x\n")
    await document.shows(has("SG-E119"))
    assert client.messages == []
