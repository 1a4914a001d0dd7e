"""The gate "invariants": what systems demand still holds with what a draft makes of the log.

Asked where a draft changes a system, or what a kept projection is built by. Both sides are held
against the same events (`hold_systems`); what does not hold on main either is no objection. A rule
of main that the draft breaks refuses it, and so do an event that a projection dies of and data that
it loses. What the draft's own new rules find unmet in the past is what they were written for, a gap
of the intent once they are merged: a person approves that. A clone without the log says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from controller.conductor.graph.graph import Graph, expects
from controller.domains.records.state import scalars
from controller.history.event import Event
from controller.membrane.gates import MAX_EVIDENCE
from controller.membrane.proof import GateResult
from controller.proof_limits import PROOF_EVENTS, PROOF_PREFIXES, PROOF_VIOLATIONS
from controller.stories.hold_systems import Breach, Held, View, first_events, hold
from controller.stories.mainline import Main
from controller.stories.project import Builder, Projector, take
from controller.stories.promote_projection import projection_loci, wanted
from controller.stories.seclusion import read_privacy
from controller.stories.watch_systems import graphs_of

GATE = "invariants"


@dataclass(frozen=True, slots=True)
class Side:
    """What one commit has the log come to: its systems, and its kept projections by locus."""

    graphs: tuple[Graph, ...]
    builders: Mapping[str, Builder]
    names_people: bool


def side_of(main: Main) -> Side:
    """A commit's side. `names_people`: the log seals what is about somebody, so nobody is named."""
    builders = {locus: wanted(main, locus) for locus in projection_loci(main)}
    return Side(graphs_of(main), builders, bool(read_privacy(main.files).shredded))


def invariants_gate(tools: Projector | None, base: Main, after: Main) -> GateResult:
    """Whether the draft `after` breaks nothing that holds on `base`."""
    before, now = side_of(base), side_of(after)
    if (before.graphs, before.builders) == (now.graphs, now.builders):
        return _passed("no system and no projection changes")
    if tools is None:
        return _passed("left to a clone that has the log")
    was = hold(tools, before.graphs, before.builders)
    comes = hold(tools, now.graphs, now.builders)
    wrong = [*_lost(now, was, comes)]
    known = {rule for graph in before.graphs for rule in _rules(graph)}
    fresh = [one for key, one in comes.breaches.items() if key not in was.breaches]
    broken = [one for one in fresh if (one.system, one.rule) in known]
    if not comes.failures:  # what is not built answers nothing, which is no news
        wrong += _told_all(tools, now, broken)
    if wrong:
        return GateResult(gate=GATE, passed=False, evidence=tuple(wrong[:MAX_EVIDENCE]))
    asked = [one for one in fresh if one not in broken]
    if asked:
        evidence = tuple(_told_all(tools, now, asked))
        return GateResult(gate=GATE, passed=True, evidence=evidence, approval=True)
    return _passed(
        f"{len(now.graphs)} systems and {len(now.builders)} projections over {comes.events} events "
        f"of the log's first {PROOF_EVENTS}: nothing breaks that holds on main"
    )


def _passed(told: str) -> GateResult:
    return GateResult(gate=GATE, passed=True, evidence=(told,))


def _rules(graph: Graph) -> Iterator[tuple[str, str]]:
    """(system, rule) of all that a system demands, as breaches name it."""
    for claim in graph.claims:
        yield graph.name, claim.id
    for rule in graph.rules:
        for one in expects(rule.body):
            yield graph.name, one.consequence.name


def _lost(side: Side, was: Held, comes: Held) -> Iterator[str]:
    """What the draft's projections cannot be built of, or do not hold any more."""
    for locus, failure in comes.failures.items():
        yield f"{locus} by {side.builders[locus].allele.short} stops at {failure.told}"
    for locus, reached in comes.missing.items():
        before = was.missing[locus].missing if locus in was.missing else 0
        if reached.missing > before:
            fields = ", ".join(reached.fields)
            yield (
                f"{locus} by {side.builders[locus].allele.short} loses {reached.missing} of "
                f"{reached.points} data points: {fields}"
            )


def _told_all(tools: Projector, side: Side, breaches: list[Breach]) -> list[str]:
    """The first ones with the event that first breaks them, the number of the others."""
    told = [_told(tools, side, one) for one in breaches[:PROOF_VIOLATIONS]]
    more = len(breaches) - PROOF_VIOLATIONS
    return [*told, f"and {more} more"] if more > 0 else told


def _told(tools: Projector, side: Side, breach: Breach) -> str:
    event, kind = _first_break(tools, side, breach)
    name = "one" if side.names_people else breach.name
    about = f" of {breach.entity} {name}" if breach.entity else ""
    return f"{breach.system}: `{breach.rule}` does not hold{about} since event {event[:12]}{kind}"


def _first_break(tools: Projector, side: Side, breach: Breach) -> tuple[str, str]:
    """The event after which a rule does not hold of a thing any more, and its type.

    The log is taken up to each of the first `PROOF_PREFIXES` events about the thing, and what
    breaks is looked for; where it is not found so, it is the event that the gap names.
    """
    graph = next(one for one in side.graphs if one.name == breach.system)
    with ExitStack() as stack:
        built = {
            locus: (builder, stack.enter_context(tools.shelf.scratch(builder.model)))
            for locus, builder in side.builders.items()
        }
        view = View(tools, graph, built)
        for taken, event in islice(_prefixes(tools, breach.name), PROOF_PREFIXES):
            for builder, store in built.values():
                take(tools, builder, store, taken)
            view.take(one for _, one in taken)
            found = {view.breach(gap).key for gap in view.gaps(only=breach.name)}
            if breach.key in found:
                return event.id, f" ({event.type})"
    return breach.event, ""


def _prefixes(tools: Projector, name: str) -> Iterator[tuple[list[tuple[int, Event]], Event]]:
    """The log cut behind each event about a thing: what comes up to it, and the event."""
    waiting: list[tuple[int, Event]] = []
    for number, event in first_events(tools):
        waiting.append((number, event))
        if name in (event.subject, event.subject.partition(":")[2], *scalars(event.data)):
            yield waiting, event
            waiting = []
