"""The page of one contract: one maker for each kind. Called by assembly.py.

A new kind of contract gets its page by one line in `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.compositions import intent_parts, pathway_parts, topology_parts
from controller.language.site.frame import link, listed, page, section, source_text, table, used_by
from controller.language.site.html import Content, Html, element, joined
from controller.language.site.sections import (
    badges,
    field_anchors,
    field_table,
    prose,
    verification,
    with_links,
)
from controller.language.site.systems import system_parts
from controller.language.site.tree import composition
from controller.language.symbols import Kind, Symbol, locus
from grammar.limits import HASH_DIGITS_LEAST
from grammar.sg.literal import literal_text
from grammar.sg.nodes import GeneContract, Phenotype, TypeDeclaration


def contract_page(catalogue: Catalogue, entry: Entry) -> bytes:
    """The page of a contract, whatever its kind."""
    parts = MAKERS[entry.kind](catalogue, entry)
    title = element("h1", element("small", entry.kind), " ", element("code", entry.name))
    made_of = composition(catalogue, catalogue.parts(entry), depth=1)
    body = [
        title,
        *parts,
        section("Made of", made_of),
        used_by(catalogue, entry),
        source_text(catalogue, entry),
    ]
    return page(f"{entry.kind} {entry.name}", body, depth=1)


def _gene(catalogue: Catalogue, entry: Entry) -> list[Content]:
    gene = cast(GeneContract, entry.contract)
    anchors = field_anchors((*gene.takes, *gene.gives))
    types = {declared.name for declared in gene.types}

    def sentences(title: str, texts: Sequence[str]) -> Html:
        return section(title, listed(with_links(one, anchors) for one in texts))

    failures = [f"{mode.condition.text} → {mode.outcome}" for mode in gene.fails_when]
    return [
        badges(gene.family.value, risk=gene.risk),
        *prose(gene.does),
        section("Takes", field_table(gene.takes, types, "field")),
        section("Gives", field_table(gene.gives, types, "field")),
        section("Types", *(_record(declared, types) for declared in gene.types)),
        sentences("Before", [one.text for one in gene.before]),
        sentences("After", [one.text for one in gene.after]),
        sentences("Fails when", failures),
        sentences("Unhealthy when", [one.text for one in gene.unhealthy_when]),
        verification(catalogue, gene.verify, anchors),
        section(
            "Feeds",
            listed(
                joined(link(catalogue, locus(feed.locus)), f" on {feed.timescale.value}")
                for feed in gene.feeds
            ),
        ),
        section("Alleles", listed(map(_hash, catalogue.alleles.get(gene.name, ())))),
    ]


def _record(declared: TypeDeclaration, types: set[str]) -> Html:
    head = element("h3", element("code", declared.name), id=f"type-{declared.name}")
    return joined(head, field_table(declared.fields, types, f"type-{declared.name}"))


def _hash(sha: str) -> Html:
    return element("code", sha[:HASH_DIGITS_LEAST], title=sha)


def _phenotype(catalogue: Catalogue, entry: Entry) -> list[Content]:
    phenotype = cast(Phenotype, entry.contract)
    topology: list[Content] = []
    if phenotype.topology is not None:
        symbol = Symbol(Kind.CONTRACT, phenotype.topology, "topology")
        topology = [element("p", "for ", link(catalogue, symbol))]
    bindings: list[Sequence[Content]] = [
        (element("code", one.name), element("code", literal_text(one.value)))
        for one in phenotype.bindings
    ]
    stacks: list[Sequence[Content]] = [
        (
            link(catalogue, locus(one.locus)),
            _hash(one.stack[0]) if one.stack else "",
            joined(*(joined(_hash(sha), " ") for sha in one.stack[1:])),
        )
        for one in phenotype.expresses
    ]
    return [
        *topology,
        section("Bindings", table(("Name", "Value"), bindings)),
        section("Expresses", table(("Locus", "Dominant", "Falls back to"), stacks)),
    ]


MAKERS: Final[Mapping[str, Callable[[Catalogue, Entry], list[Content]]]] = {
    "gene": _gene,
    "pathway": pathway_parts,
    "topology": topology_parts,
    "intent": intent_parts,
    "system": system_parts,
    "phenotype": _phenotype,
}
"""Kind of contract → what its page shows above its text."""
