"""Brief: what an agent is told about a gap, and what it may do. Called before it is engaged.

A consequence may be brought about by its own event, and its locus, if it has one, may get an
allele. A claim may be made true by events of the kind of thing that it is about. What a quality
measures is measured by others: an agent can only say what a person should do. Enrichments may
always come along, but for a quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from controller import agent_limits
from controller.arena.trial import Trial
from controller.conductor.assignment import Context, Past, Tried
from controller.conductor.attempts import AGENT, Attempt
from controller.conductor.demand import subject_of
from controller.conductor.graph.graph import INVARIANT
from controller.conductor.ledger import DemandRecord
from controller.conductor.obligation import Gap, GapKind
from controller.domains.records.reacting import REACTIONS
from controller.domains.world import JsonObject
from controller.genome.allele import Failure
from controller.history.enrichment import RECORDED
from controller.history.event import Event
from controller.stories.broker import granted
from controller.stories.engage import Job, Offer, Staff, missing_of
from controller.stories.evolve import prompt_of
from controller.stories.express import Workbench
from controller.stories.mainline import Main
from controller.stories.react import arguments_as_input, causes, latest
from grammar.sg.nodes import GeneContract
from grammar.source import Span


def brief_gap(
    staff: Staff,
    main: Main,
    system: str,
    gap: Gap,
    key: str,
    contract: GeneContract | None,
    reason: str,
) -> Job:
    """The job of closing a gap of a system; `contract` is of the locus that answers for it."""
    one, phenotype = gap.obligation, main.config.systems.phenotype
    tried = staff.chronicle.ledger.attempts.tried.get(key, [])
    offer = None
    if contract is not None and phenotype is not None:
        failure = Failure(
            event=one.trigger,
            world="log",
            input=arguments_as_input(contract, one.arguments),
            observed={},
            error=tried[-1].error if tried else None,
        )
        offer = Offer(phenotype, contract.name, tuple(REACTIONS.catalogue), failure)
    places = [main.genome.systems[system].span, None if contract is None else contract.span]
    is_event = _is_consequence(gap)
    return Job(
        key=key,
        subject=f"consequence:{key}",
        cause=one.trigger if staff.index.known(one.trigger) else None,
        about=about_gap(system, gap),
        reason=reason,
        goal=_goal(system, gap),
        missing=missing_of(gap),
        context=Context(
            events=_events(staff, gap),
            documents=_documents(main, places),
            tried=_tried(main, contract, tried),
        ),
        must_append=one.consequence if is_event else None,
        may_append=may_append(gap),
        offer=offer,
    )


def brief_demand(
    staff: Staff,
    main: Main,
    bench: Workbench,
    record: DemandRecord,
    gap: Gap,
    trial: Trial,
    observed: JsonObject,
    reason: str,
) -> Job:
    """The job of finding an allele for a demand whose stack and whose searches failed."""
    demand = record.demand
    contract = main.genome.loci[demand.locus]
    operations = tuple(spec.name for spec in granted(bench.domain, contract))
    failure = prompt_of(trial, observed)
    calls = contract.verify.calls if contract.verify is not None else ()
    judges = [main.genome.loci[call.locus].span for call in calls]
    trials = staff.chronicle.ledger.trials_of(record)
    return Job(
        key=demand.id,
        subject=subject_of(*demand.about),
        cause=record.latest_event,
        about={"demand": demand.id, "locus": demand.locus},
        reason=reason,
        goal=f"Find an allele of {demand.locus} that satisfies its contract in {demand.world}",
        missing=missing_of(gap),
        context=Context(
            documents=_documents(main, [contract.span, *judges]),
            tried=tuple(_told(main, one) for one in trials),
            observed=observed,
        ),
        offer=Offer(demand.phenotype, demand.locus, operations, failure),
    )


def about_gap(system: str, gap: Gap) -> JsonObject:
    """Which gap an event is about."""
    one = gap.obligation
    return {
        "system": system,
        "consequence": one.consequence,
        "arguments": one.arguments,
        "trigger": one.trigger,
    }


def may_append(gap: Gap) -> tuple[str, ...]:
    """The types of events that an agent may append; one that ends in `.*` stands for many."""
    if gap.kind is GapKind.QUALITY:
        return ()
    if _is_consequence(gap):
        return (gap.obligation.consequence, RECORDED)
    return (*(f"{entity}.*" for entity in gap.obligation.arguments), RECORDED)


def _is_consequence(gap: Gap) -> bool:
    return gap.kind is not GapKind.QUALITY and gap.obligation.level != INVARIANT


def _goal(system: str, gap: Gap) -> str:
    one = gap.obligation
    told = ", ".join(f"{name}: {value}" for name, value in one.arguments.items())
    if gap.kind is GapKind.QUALITY:
        return f"Say how `{one.consequence}` of {system} can be kept ({told})"
    if one.level == INVARIANT:
        return f"Make `{one.consequence}` of {system} true of {told}"
    return f"Bring about {one.consequence}({told}), which {system} demands"


def _events(staff: Staff, gap: Gap) -> tuple[Past, ...]:
    """What led to the gap, and the latest about the things concerned, oldest first."""
    led = list(causes(staff.chronicle, staff.index, gap.obligation.trigger))
    things = {one.subject for one in led[:1]}
    if gap.obligation.level == INVARIANT:
        things |= {f"{kind}:{name}" for kind, name in gap.obligation.arguments.items()}
    found = {one.id: one for one in led[: agent_limits.AGENT_EVENTS]}
    for thing in sorted(things):
        recent = latest(staff.chronicle, staff.index, thing, agent_limits.AGENT_EVENTS)
        found.update({one.id: one for one in recent})
    ordered = sorted(found.values(), key=lambda one: (one.time, one.id))
    return tuple(map(_past, ordered[-agent_limits.AGENT_EVENTS :]))


def _past(event: Event) -> Past:
    return Past(
        id=event.id, type=event.type, subject=event.subject, data=event.data, time=event.time
    )


def _documents(main: Main, places: Iterable[Span | None]) -> dict[str, str]:
    """The files of main in which documents are."""
    paths = dict.fromkeys(place.file for place in places if place is not None)
    return {path: main.files[path].decode(errors="replace") for path in paths if path in main.files}


def _tried(
    main: Main, contract: GeneContract | None, tried: Sequence[Attempt]
) -> tuple[Tried, ...]:
    alleles = main.genome.alleles.get(contract.name, {}) if contract is not None else {}
    return tuple(
        Tried(
            by=one.by,
            error=one.error or "it was cut short",
            source=None if one.by == AGENT or one.by not in alleles else alleles[one.by].source,
        )
        for one in tried
    )


def _told(main: Main, trial: Trial) -> Tried:
    sick = {one.locus: one.output for one in trial.reports if not one.healthy}
    allele = main.genome.alleles.get(trial.locus, {}).get(trial.allele)
    error = trial.error or f"unhealthy: {sick}"
    return Tried(by=trial.allele, error=error, source=None if allele is None else allele.source)
