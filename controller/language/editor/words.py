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
    "for": "repeats what is indented below: `for item in {list}:`",
    "all within": "tells how long after the last change all diagnostics are asked",
    "->": "follows a pathway",
    "when": "does what the case of an earlier step's output says: `when step 1.healthy:`",
    "step": "names a step by its number",
    "needs": "names a step that must have succeeded before",
    "otherwise": "is the case of all values that no other case names",
    "rollback completed steps": "undoes what was done when a step fails",
    "preserve what works": "leaves what was done as it is when a step fails",
    "report partial": "reports what was done as a partial success",
    "report what failed": "reports which part failed and why",
    "networks": "lists the networks of the intent",
    "on failure": "says what becomes of completed steps",
    "phenotype": "opens a deployment: what its hardware is called and what it expresses",
    "risk": "tells how much a wrong implementation can break",
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
"""What a word means in every kind of contract that does not say otherwise."""

_IN: Final[Mapping[str, Mapping[str, str]]] = {
    "gene": {
        "is": "`configuration` changes the world, `diagnostic` looks, `projection` takes events",
    },
    "phenotype": {"for": "names the topology that this deployment is of"},
    "topology": {"is": "tells the kind of resource that it is"},
    "intent": {
        "has": "lists sets of hosts: `50 hypervisors:`, with their parts indented below",
        "is": "names the topology that the hosts are",
        "as": "names the phenotypes that may serve",
        "from": "names the groups of the inventory that the hosts are taken from",
        "on": "names the networks of the intent that the hosts are on",
    },
    "system": {
        "invariant": "names a quality that always holds, with its bound if it has one",
        "capability": "opens what the system does: from what, to what",
        "accepts": "names what a capability takes in",
        "produces": "names what a capability makes",
        "property": "names a property of a capability, and what it may yield to",
        "optimise": "names a quality that is to become better, and its goal",
        "entity": "opens data with a meaning: what it has, and whom it belongs to",
        "belongs_to": "names the entities that this one belongs to",
        "immutable": "tells whether it never changes once it is there",
        "has": "names attributes, those that hold many with `[]`; or tests for one",
        "rule": "names a rule that the entity keeps",
        "threshold": "names a number that conditions compare with",
        "when": "opens what follows from an event, or from a state that lasts",
        "every": "opens what follows from time",
        "always": "opens what is true at any time",
        "for": "repeats what follows for each entity; or tells how long a state lasts",
        "each": "is followed by an entity",
        "with": "is followed by the condition of the loop",
        "if": "opens what follows only under a condition",
        "must": "names a locus whose effect is required: without it there is a gap at once",
        "should": "names a locus whose effect is expected",
        "could": "names a locus whose effect is welcome",
        "within": "tells how long the consequence may take",
        "fallback": "names the locus that is tried when the consequence fails",
        "requires": "names what must be there before the consequence is tried",
        "backfill_policy": "tells what becomes of old events when the intent has evolved",
        "assert": "states something of every, no or some entity",
        "crosses": "is true when a value passes a bound, either way",
        "exists": "is true when the value is there",
        "is": "tests a state",
        "through": "names the projection that it is reachable through",
    },
}


def meaning(word: str, kind: str) -> str:
    """What a word means in a contract of a kind; empty for a word that is none."""
    return _IN.get(kind, {}).get(word) or WORDS.get(word, "")


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
