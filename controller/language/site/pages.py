"""The page of one contract: one maker for each kind, and one for kinds that have none yet.

Called by assembly.py. A new kind of contract gets a page of its own by one line in `MAKERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, cast

from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import (
    link,
    listed,
    page,
    section,
    source_text,
    table,
    used_by,
)
from controller.language.site.html import Content, Html, element, joined, text
from controller.language.symbols import Kind, Symbol, locus
from grammar.sg.literal import duration_text, literal_text
from grammar.sg.nodes import (
    Argument,
    Field,
    GeneContract,
    Intent,
    Pathway,
    Phenotype,
    Reference,
    Topology,
    TypeDeclaration,
)

_MENTION: Final = re.compile(r"(\{[A-Za-z_][A-Za-z0-9_]*\})")
_SHOWN_DIGITS: Final = 12


def contract_page(catalogue: Catalogue, entry: Entry) -> bytes:
    """The page of a contract, whatever its kind."""
    make = MAKERS.get(entry.kind)
    parts = make(catalogue, entry) if make else []
    title = element("h1", element("small", entry.kind), " ", element("code", entry.name))
    body = [title, *parts, used_by(catalogue, entry), source_text(catalogue, entry)]
    return page(f"{entry.kind} {entry.name}", body, depth=1)


def _gene(catalogue: Catalogue, entry: Entry) -> list[Content]:
    gene = cast(GeneContract, entry.contract)
    fields = {field.name for field in (*gene.takes, *gene.gives)}
    types = {declared.name for declared in gene.types}

    def sentences(title: str, texts: Sequence[str]) -> Html:
        return section(title, listed(_sentence(one, fields) for one in texts))

    failures = [f"{mode.condition.text} → {mode.outcome}" for mode in gene.fails_when]
    badges = element(
        "p",
        element("span", gene.family.value, class_="badge"),
        element("span", f"risk {gene.risk.value}", class_=f"badge risk-{gene.risk.value}"),
    )
    return [
        badges,
        *_prose(gene.does),
        section("Takes", _fields(gene.takes, types, "field")),
        section("Gives", _fields(gene.gives, types, "field")),
        section("Types", *(_record(declared, types) for declared in gene.types)),
        sentences("Before", [one.text for one in gene.before]),
        sentences("After", [one.text for one in gene.after]),
        sentences("Fails when", failures),
        sentences("Unhealthy when", [one.text for one in gene.unhealthy_when]),
        _verify(catalogue, gene),
        section(
            "Feeds",
            listed(
                joined(link(catalogue, locus(feed.locus)), f" on {feed.timescale.value}")
                for feed in gene.feeds
            ),
        ),
        section("Alleles", listed(map(_hash, catalogue.alleles.get(gene.name, ())))),
    ]


def _prose(does: str) -> Iterator[Html]:
    return (element("p", part) for part in re.split(r"\n[ \t]*\n", does) if part.strip())


def _fields(fields: Sequence[Field], types: set[str], anchor: str) -> Html:
    rows: list[Sequence[Content]] = []
    for field in fields:
        name = element("code", field.name, id=f"{anchor}-{field.name}")
        default = literal_text(field.default) if field.has_default else ""
        shown: Content = element("code", default) if default else ""
        rows.append((name, _type(field, types), shown, field.description))
    return table(("Name", "Type", "Default", "Description"), rows)


def _type(field: Field, types: set[str]) -> Html:
    shown = element("code", str(field.type))
    if field.type.name not in types:
        return shown
    return element("a", shown, href=f"#type-{field.type.name}")


def _record(declared: TypeDeclaration, types: set[str]) -> Html:
    head = element("h3", element("code", declared.name), id=f"type-{declared.name}")
    return joined(head, _fields(declared.fields, types, f"type-{declared.name}"))


def _sentence(sentence: str, fields: set[str]) -> Html:
    pieces = _MENTION.split(sentence)
    return joined(
        *(
            element("a", element("code", piece), href=f"#field-{piece[1:-1]}")
            if index % 2 and piece[1:-1] in fields
            else text(piece)
            for index, piece in enumerate(pieces)
        )
    )


def _verify(catalogue: Catalogue, gene: GeneContract) -> Html:
    if gene.verify is None:
        return Html("")
    calls = [
        joined(link(catalogue, locus(call.locus)), *(map(_argument, call.arguments)))
        for call in gene.verify.calls
    ]
    window = element("p", f"within {duration_text(gene.verify.within_ms)}")
    return section("Verify", listed(calls), window)


def _argument(argument: Argument) -> Html:
    value = argument.value
    shown = f"{{{value.name}}}" if isinstance(value, Reference) else literal_text(value)
    return joined(" ", element("code", f"{argument.name}={shown}"))


def _hash(sha: str) -> Html:
    return element("code", f"{sha[:_SHOWN_DIGITS]}", title=sha)


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


def _composition(_catalogue: Catalogue, entry: Entry) -> list[Content]:
    """What a pathway, topology or intent says in prose, and takes; the rest is as written."""
    contract = cast(Pathway | Topology | Intent, entry.contract)
    takes = () if isinstance(contract, Intent) else contract.takes
    return [*_prose(contract.does), section("Takes", _fields(takes, set(), "field"))]


MAKERS: Final[Mapping[str, Callable[[Catalogue, Entry], list[Content]]]] = {
    "gene": _gene,
    "pathway": _composition,
    "topology": _composition,
    "intent": _composition,
    "phenotype": _phenotype,
}
"""Kind of contract → what its page shows above its text."""
