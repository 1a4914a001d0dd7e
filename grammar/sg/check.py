"""Names that reach from one contract to another, or into its prose. Called after parsing.

known.py gathers what is defined; one module looks at each kind of contract, and this one at the
sentences of genes. Every pass collects; nothing stops at a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from grammar.diagnostic import Diagnostic
from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.calls import check_calls
from grammar.sg.check_intent import IntentCheck
from grammar.sg.check_pathway import PathwayCheck, say_circles
from grammar.sg.check_topology import check_topology
from grammar.sg.codes import CODES
from grammar.sg.known import collect
from grammar.sg.literal import fits, value_of
from grammar.sg.nodes import Document, FailureMode, Field, GeneContract, Sentence
from grammar.sg.references import mentions
from grammar.sg.stacks import Stacks
from grammar.sg.vocabulary import UNKNOWN, Vocabulary
from grammar.source import Span
from grammar.system.check import check_system
from grammar.system.contradictions import contradictions
from grammar.system.nodes import Constant

_OUTCOME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:[ \t]*=[ \t]*(\S+))?")


def check(
    documents: Sequence[Document],
    alleles: Mapping[str, Collection[str]],
    executable: Callable[[str], bool],
    *,
    vocabulary: Vocabulary = UNKNOWN,
    host_groups: Mapping[str, Collection[str]] | None = None,
    domains: Collection[str] | None = None,
    thresholds: Mapping[str, Constant] = MappingProxyType({}),
) -> tuple[Diagnostic, ...]:
    """What is wrong between the documents of one genome.

    `alleles` maps a locus to the whole hashes (64 hex digits) of its alleles; `executable`
    tells whether a domain's phrase matches a sentence. `vocabulary` is what a domain says of its
    resources; `host_groups` maps a group of the inventory to its hosts, and `domains` are those
    installed: what is None or empty is not checked against. `thresholds` are those that systems
    may name besides their own, with their values. Remarks come by document, then place.
    """
    everywhere = [_remarks(document) for document in documents]
    known = collect(documents, everywhere)
    stacks = Stacks((*known.genes, *known.pathways), alleles)
    pathways = PathwayCheck(known.genes, known.pathways)
    intents = IntentCheck(known.topologies, known.phenotypes, host_groups, vocabulary)
    say_circles(known.pathways, known.remarks_of)
    for document, remarks in zip(documents, everywhere, strict=True):
        for gene in document.genes:
            _check_gene(remarks, gene, executable)
            check_calls(remarks, gene, known.genes)
        for pathway in document.pathways:
            pathways.check(remarks, pathway)
        for topology in document.topologies:
            check_topology(remarks, topology, known.genes, vocabulary)
        for phenotype in document.phenotypes:
            stacks.check(remarks, phenotype)
            intents.phenotype(remarks, phenotype)
        for intent in document.intents:
            intents.intent(remarks, intent)
        for system in document.systems:
            check_system(remarks, system, thresholds)
        _check_domains(remarks, document, domains)
        remarks.say_if_full("SG-E199")
    _say_contradictions(documents, everywhere, thresholds)
    return tuple(remark for remarks in everywhere for remark in remarks.in_order())


def _say_contradictions(
    documents: Sequence[Document],
    everywhere: Sequence[Remarks],
    thresholds: Mapping[str, Constant],
) -> None:
    """Say of each pair of rules that contradict each other where the later one is."""
    systems = [one for document in documents for one in document.systems]
    files = {remarks.file: remarks for remarks in everywhere}
    for found in contradictions(systems, thresholds):
        span = somewhere(found.second.span)
        remarks = files.get(span.file)
        if remarks is None or remarks.full:
            continue
        first = somewhere(found.first.span)
        message = (
            f"`{found.second.text}` of {found.second.system} contradicts `{found.first.text}` of "
            f"{found.first.system}: {found.why}"
        )
        remarks.say("SG-E294", message, span, f"the other is at {first.file}:{first.line}")


def _remarks(document: Document) -> Remarks:
    lines = document.source.removeprefix("\ufeff").split("\n")
    file = next((one.span.file for one in document.contracts if one.span), "")
    return Remarks(file, [line.removesuffix("\r") for line in lines], CODES)


def _check_domains(remarks: Remarks, document: Document, domains: Collection[str] | None) -> None:
    levels = (document.genes, document.pathways, document.topologies, document.intents)
    for contract in (one for level in levels for one in level):
        if domains is not None and contract.domain not in (None, *domains):
            otherwise = f"there is {listing(domains)}" if domains else "no domain is installed"
            hint = did_you_mean(str(contract.domain), domains, otherwise)
            message = f"unknown domain `{contract.domain}`"
            remarks.say("SG-E247", message, somewhere(contract.places.get("domain")), hint)


def _check_gene(remarks: Remarks, gene: GeneContract, executable: Callable[[str], bool]) -> None:
    takes = {field.name: field for field in gene.takes}
    gives = {field.name: field for field in gene.gives}
    fails = [mode.condition for mode in gene.fails_when]
    for word, sentences, known in (
        ("before", gene.before, takes),
        ("after", gene.after, takes | gives),
        ("fails when", fails, takes),
        ("unhealthy when", gene.unhealthy_when, takes | gives),
    ):
        _check_references(remarks, word, sentences, known, gives)
        _note_prose(remarks, sentences, executable)
    for mode in gene.fails_when:
        _check_outcome(remarks, mode, gives)


def _check_references(
    remarks: Remarks,
    section: str,
    sentences: Sequence[Sentence],
    known: Mapping[str, Field],
    gives: Mapping[str, Field],
) -> None:
    for mention in mentions(sentences):
        if remarks.full:
            return
        if mention.name is None:
            hint = "braces hold the name of one field: `{name}`"
            remarks.say("SG-E211", f"`{mention.text}` is not a reference", mention.span, hint)
        elif mention.name not in known:
            say_unknown_field(remarks, section, mention.name, mention.span, known, gives)


def say_unknown_field(
    remarks: Remarks,
    section: str,
    name: str,
    span: Span,
    known: Mapping[str, Field],
    gives: Mapping[str, Field],
) -> None:
    """Complain about a reference; `gives` are the fields that are not known yet."""
    hint: str | None = None
    if name in gives:
        hint = f"`{name}` is given only after the gene ran; `{section}:` sees what it takes"
    else:
        otherwise = f"the fields here are {listing(known)}" if known else "there are no fields"
        hint = did_you_mean(name, known, otherwise)
    remarks.say("SG-E210", f"unknown reference `{{{name}}}`", span, hint)


def _note_prose(
    remarks: Remarks, sentences: Sequence[Sentence], executable: Callable[[str], bool]
) -> None:
    for sentence in sentences:
        if not executable(sentence.text):
            remarks.say(
                "SG-E290",
                "no phrase matches the sentence; nothing checks it",
                somewhere(sentence.span),
                "leave it as prose, or say it in the words of a domain's phrase",
            )


def _check_outcome(remarks: Remarks, mode: FailureMode, gives: Mapping[str, Field]) -> None:
    span = somewhere(mode.span)
    form = "an outcome is `error`, or a field of `gives:` with its value: `success=false`"
    found = _OUTCOME.fullmatch(mode.outcome)
    if found is None:
        remarks.say("SG-E212", f"`{mode.outcome}` is not an outcome", span, form)
        return
    name, value = found.groups()
    if value is None and name == "error":
        return
    if name not in gives:
        known = (*gives, "error")
        remarks.say("SG-E212", f"unknown outcome `{name}`", span, did_you_mean(name, known, form))
    elif value is None:
        remarks.say("SG-E212", f"the outcome `{name}` has no value", span, form)
    elif not fits(value_of(value), gives[name].type):
        message = f"`{value}` is not of type `{gives[name].type}`, which `{name}` has"
        remarks.say("SG-E212", message, span, form)
