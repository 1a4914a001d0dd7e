"""Names that reach from one contract to another, or into its prose. Called after parsing.

calls.py looks at what calls what, stacks.py at what phenotypes express; this
module joins them and looks at references. Every pass collects; nothing stops at a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from grammar.diagnostic import Diagnostic
from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.calls import check_calls
from grammar.sg.codes import CODES
from grammar.sg.literal import fits, value_of
from grammar.sg.nodes import (
    Document,
    FailureMode,
    Field,
    GeneContract,
    Phenotype,
    Sentence,
)
from grammar.sg.references import mentions
from grammar.sg.stacks import Stacks
from grammar.source import Span

_OUTCOME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:[ \t]*=[ \t]*(\S+))?")


def check(
    documents: Sequence[Document],
    alleles: Mapping[str, Collection[str]],
    executable: Callable[[str], bool],
) -> tuple[Diagnostic, ...]:
    """What is wrong between the documents of one genome.

    `alleles` maps a locus to the whole hashes (64 hex digits) of its alleles; `executable`
    tells whether a domain's phrase matches a sentence. Remarks come by document, then place.
    """
    loci: dict[str, GeneContract] = {}
    phenotypes: dict[str, Phenotype] = {}
    everywhere = [_remarks(document) for document in documents]
    for document, remarks in zip(documents, everywhere, strict=True):
        _collect(remarks, "SG-E220", "locus", document.genes, loci)
        _collect(remarks, "SG-E221", "phenotype", document.phenotypes, phenotypes)
    stacks = Stacks(loci, alleles)
    for document, remarks in zip(documents, everywhere, strict=True):
        for gene in document.genes:
            _check_gene(remarks, gene, executable)
            check_calls(remarks, gene, loci)
        for phenotype in document.phenotypes:
            stacks.check(remarks, phenotype)
        remarks.say_if_full("SG-E199")
    return tuple(remark for remarks in everywhere for remark in remarks.in_order())


def _remarks(document: Document) -> Remarks:
    lines = document.source.removeprefix("\ufeff").split("\n")
    spans = [contract.span for contract in document.genes]
    spans += [contract.span for contract in document.phenotypes]
    file = next((span.file for span in spans if span), "")
    return Remarks(file, [line.removesuffix("\r") for line in lines], CODES)


Named = TypeVar("Named", GeneContract, Phenotype)


def _collect(
    remarks: Remarks, code: str, noun: str, found: Iterable[Named], into: dict[str, Named]
) -> None:
    for contract in found:
        if not contract.name:
            continue
        first = into.setdefault(contract.name, contract)
        if first is not contract:
            earlier = somewhere(first.span)
            remarks.say(
                code,
                f"{noun} `{contract.name}` is defined twice",
                somewhere(contract.span),
                f"it was defined in {earlier.file}, line {earlier.line}",
            )


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
