"""What each word of the language means, in half a sentence. Called by hover and completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grammar.sg import gene, intent, pathway, phenotype, topology

WORDS: Final[Mapping[str, str]] = {
    "gene": "opens the contract of a locus: what every implementation of it must do",
    "pathway": "opens a sequence of loci with a behaviour of its own",
    "topology": "opens a description of what a kind of machine has",
    "intent": "opens what is wanted: how many hosts of which topologies, on which networks",
    "system": "opens a stability contract: what always holds, and what follows from what",
    "steps": "lists what is done, in order: `1. locus`, its arguments indented below",
    "requires": "says which steps need which: `step 3 needs step 2`",
    "has": "lists what it has; each with its properties indented below",
    "networks": "lists the networks of the intent",
    "on failure": "says what becomes of completed steps",
    "phenotype": "opens a deployment: what its hardware is called and what it expresses",
    "is": "`configuration` changes the world, `diagnostic` looks, `projection` builds from events",
    "risk": "tells how much a wrong implementation can break",
    "for": "names the topology that this deployment is of",
    "language": "tells the version of the language that the file is written in",
    "does": "says in prose what the gene does; implementations are written from it",
    "takes": "lists the fields of the input, one on each line: name, type, default, description",
    "gives": "lists the fields of the output",
    "types": "declares record types of this contract",
    "before": "says what must hold before the gene runs",
    "after": "says what holds when the gene has succeeded",
    "fails when": "says in which cases the gene fails, and what it gives then",
    "unhealthy when": "says what a diagnostic must report as unhealthy",
    "verify": "names the diagnostics that must be healthy within a time after the gene ran",
    "within": "tells how long after the gene the diagnostics are asked",
    "feeds": "names the genes that this diagnostic judges, and on which timescale",
    "expresses": "lists for each locus the dominant allele and those to fall back to",
    "then": "comes before the alleles that are tried when the dominant one fails",
}

_KINDS: Final = {
    "gene": gene,
    "pathway": pathway,
    "topology": topology,
    "phenotype": phenotype,
    "intent": intent,
}
KEYWORDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    kind: module.KEYWORDS for kind, module in _KINDS.items()
}
SECTIONS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    kind: module.SECTIONS for kind, module in _KINDS.items()
}
"""What may stand in a contract of a kind whose sections are told by indentation."""
