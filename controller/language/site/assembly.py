"""All files of the site: the index with the composition tree, one page for each contract.

Pure, and the same for the same genome. Called by `germline doc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from controller.language.duties import triggers
from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.frame import STYLE_PATH, link, page, section, table
from controller.language.site.html import Content, Html, element
from controller.language.site.pages import contract_page
from controller.language.site.tree import composition
from controller.language.sources import Source, in_reading_order, plural_of
from grammar.sg.nodes import GeneContract, Intent, Pathway, Phenotype, System, Topology


def site(
    title: str, sources: Iterable[Source], alleles: Mapping[str, Iterable[str]]
) -> dict[str, bytes]:
    """Path below the site's root → content."""
    catalogue = Catalogue(sources, alleles)
    files = {STYLE_PATH: Path(__file__).with_name("style.css").read_bytes()}
    files["index.html"] = _index(title, catalogue)
    for entry in catalogue.entries.values():
        files[entry.path] = contract_page(catalogue, entry)
    return dict(sorted(files.items()))


def _index(title: str, catalogue: Catalogue) -> bytes:
    kinds = in_reading_order({entry.kind for entry in catalogue.entries.values()})
    body = [
        element("h1", title),
        section("Composition", composition(catalogue, catalogue.roots(), depth=0)),
        *(section(plural_of(kind).capitalize(), _overview(catalogue, kind)) for kind in kinds),
    ]
    return page(title, body, depth=0)


def _overview(catalogue: Catalogue, kind: str) -> Html:
    rows: list[tuple[Content, ...]] = [
        (link(catalogue, entry.symbol, depth=0), _summary(entry), entry.source.path)
        for entry in catalogue.of_kind(kind)
    ]
    return table(("Name", "What it is", "File"), rows)


def _summary(entry: Entry) -> str:
    """One line for the index: how big or risky it is, and the first sentence of its prose."""
    match entry.contract:
        case GeneContract() as gene:
            return f"{gene.family.value}, risk {gene.risk.value}. {_sentence(gene.does)}"
        case Pathway() as pathway:
            steps = _counted(len(pathway.steps), "step")
            return f"{steps}, risk {pathway.risk.value}. {_sentence(pathway.does)}"
        case Topology() as topology:
            return f"{_counted(len(topology.has), 'resource')}. {_sentence(topology.does)}"
        case Intent() as intent:
            hosts = _counted(sum(one.count for one in intent.has), "host")
            return f"{hosts}. {_sentence(intent.does)}"
        case Phenotype() as phenotype:
            loci = _counted(len(phenotype.expresses), "locus", "loci")
            return f"expresses {loci}" + (f", for {phenotype.topology}" * bool(phenotype.topology))
        case System() as system:
            duties = sum(len(one.duties) for one in triggers(system.members))
            return f"{_counted(duties, 'rule')}, {_counted(len(system.members), 'member')}"


def _sentence(does: str) -> str:
    return " ".join(does.split()).split(". ")[0].rstrip(".") + "."


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
