"""A pathway in one piece: what an allele at the locus of a pathway is held to. Pure.

Such an allele takes what the pathway takes and does all of it in one call. It is judged by every
diagnostic that the steps and the pathway ask, with the same arguments, once the longest of their
windows has passed. Whatever expresses, verifies or rehearses a task asks `contract_at` for its
contract. A pathway in which something depends on what a step gave is only ever followed step by
step: nobody could say what its diagnostics are to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from controller.conductor.orchestration.ordering import Loci, uses_results
from controller.conductor.orchestration.resolving import texts
from controller.conductor.orchestration.unfolded import Task
from controller.conductor.orchestration.unfolding import tasks_of
from controller.domains.world import Json, JsonObject
from controller.genome.composite import as_gene, reached
from controller.genome.genome import Genome
from controller.genome.locus import passed, with_defaults
from grammar.sg.composition import Action, Follow, Pathway, Repeat, Run, Value
from grammar.sg.nodes import (
    Argument,
    Call,
    Family,
    GeneContract,
    Literal,
    Reference,
    Sentence,
    Verify,
)

_REFERENCE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class FusedContract(GeneContract):
    """A pathway's contract for one input. `speaks_of` are the texts in what its steps are given,
    which an allele may touch like those in its input."""

    speaks_of: frozenset[str] = frozenset()


def loci_of(genome: Genome, phenotype: str) -> Loci:
    """What steps may name, with the pathways that a phenotype expresses in one piece."""
    fused = {
        name
        for name, pathway in genome.pathways.items()
        if genome.stack(phenotype, name) and may_be_fused(genome, pathway)
    }
    return Loci(genome.loci, genome.pathways, frozenset(fused))


def may_be_fused(genome: Genome, pathway: Pathway) -> bool:
    """False if something in it, or in a pathway inside, depends on what a step gave."""
    return not any(map(uses_results, reached(genome, pathway)[0]))


def contract_at(genome: Genome, locus: str, values: JsonObject) -> GeneContract:
    """What an allele at a gene's or a pathway's locus is held to for one input.

    Raises KeyError if there is no such locus, `Unresolvable` if its steps do not fit the input.
    """
    found = genome.loci.get(locus)
    return found if found is not None else _fused(genome, genome.pathways[locus], values)


def _fused(genome: Genome, pathway: Pathway, values: JsonObject) -> FusedContract:
    given = with_defaults(as_gene(pathway), values)
    tasks = tasks_of(Loci(genome.loci, genome.pathways), pathway, given)
    calls = tuple(dict.fromkeys(call for task in tasks for call in _asked(genome, task)))
    windows = [task.after_ms for task in tasks] + [_window_ms(genome, task) for task in tasks]
    alike = as_gene(pathway)
    said = {one.name: getattr(alike, one.name) for one in fields(GeneContract)}
    said["verify"] = Verify(calls, max(windows)) if calls else None
    return FusedContract(
        **said, speaks_of=frozenset(t for task in tasks for t in texts(task.values))
    )


def _asked(genome: Genome, task: Task) -> Iterator[Call]:
    """What diagnostics are asked about one task."""
    contract = genome.loci[task.locus]
    if contract.family is Family.DIAGNOSTIC:
        yield _call(task.locus, task.values)
    known = with_defaults(contract, task.values)
    for call in contract.verify.calls if contract.verify is not None else ():
        yield _call(call.locus, passed(call, known))


def _window_ms(genome: Genome, task: Task) -> int:
    verify = genome.loci[task.locus].verify
    return verify.within_ms if verify is not None else 0


def _call(locus: str, values: Mapping[str, Json]) -> Call:
    return Call(locus, tuple(Argument(name, _literal(one)) for name, one in values.items()))


def _literal(value: Json) -> Literal:
    """Arguments of steps are never objects: no type of a pathway is one."""
    if isinstance(value, list):
        return tuple(_literal(item) for item in value)
    assert not isinstance(value, dict)
    return value


# --- what its fields stand for ------------------------------------------------------------


def described(genome: Genome, pathway: Pathway) -> GeneContract:
    """A pathway's contract with what its steps say of its fields, so that cases can be drawn.

    The sentences tell what a field stands for and nothing else: whatever becomes true of it in
    the middle is not demanded at either end.
    """
    told = dict.fromkeys(_sentences(genome, pathway.name, {f.name: f.name for f in pathway.takes}))
    return replace(as_gene(pathway), unhealthy_when=tuple(map(Sentence, told)))


def _sentences(genome: Genome, name: str, fields: Mapping[str, str]) -> Iterator[str]:
    """The sentences of a gene or of a pathway's steps that speak of nothing but `fields`, which
    are renamed to what they map to."""
    contract = genome.loci.get(name)
    if contract is not None:
        said = [*contract.before, *contract.after, *(m.condition for m in contract.fails_when)]
        for sentence in said:
            spoken = set(_REFERENCE.findall(sentence.text))
            if spoken and spoken <= fields.keys():
                yield _REFERENCE.sub(lambda m: f"{{{fields[m[1]]}}}", sentence.text)
        return
    for step in genome.pathways[name].steps:
        yield from _of_action(genome, step.action, fields)


def _of_action(genome: Genome, action: Action, fields: Mapping[str, str]) -> Iterator[str]:
    if isinstance(action, Repeat):
        over = _field(action.over, fields)
        inner = fields if over is None else {**fields, action.variable: over}
        for one in action.body:
            yield from _of_action(genome, one, inner)
    elif isinstance(action, Run | Follow):
        target = action.locus if isinstance(action, Run) else action.pathway
        given = {one.name: _field(one.value, fields) for one in action.arguments}
        known = {name: field for name, field in given.items() if field is not None}
        yield from _sentences(genome, target, known)


def _field(value: Value, fields: Mapping[str, str]) -> str | None:
    """The field of the pathway that a value is, as a whole."""
    if isinstance(value, Reference) and value.index is None:
        return fields.get(value.name)
    return None
