"""What is recorded of a run: that it begins, what it asks for, how it ended. Called by orchestrate.

A run that begins keeps all that it needs to go on after a crash: the commit of main, and the text
of what it follows where that is not a pathway of main as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from controller.conductor.demand import Demand, subject_of
from controller.conductor.ledger import DemandRecord
from controller.conductor.orchestration.decomposition import Unfit
from controller.conductor.orchestration.difference import name_of_state, things
from controller.conductor.orchestration.fused import FusedContract, contract_at
from controller.conductor.orchestration.resolving import texts
from controller.conductor.orchestration.run import Account, Ending, RunRecord
from controller.conductor.orchestration.unfolded import Task
from controller.genome.composite import composition_name, composition_of, form_of
from controller.genome.genome import Genome
from controller.genome.locus import subject_key
from controller.stories.decompose import Decomposer
from controller.stories.enact import Hands
from controller.stories.mainline import Main
from controller.stories.plan import Subject
from controller.stories.prune import with_pruning
from grammar.sg.composition import Pathway
from grammar.sg.nodes import Document
from grammar.sg.render import render


def begin_run(hands: Hands, main: Main, record: DemandRecord) -> bool:
    """Open a run; False if a topology cannot be decomposed, which is said once."""
    demand = record.demand
    try:
        pathway, text = _pathway_now(hands, main, record)
    except Unfit as unfit:
        if record.refusal != str(unfit):
            hands.chronicle.record(
                "demand.refused",
                subject_of(*demand.about),
                {"demand": demand.id, "reason": str(unfit)},
                record.latest_event,
            )
        return False
    composition = composition_of(main.genome, demand.phenotype, pathway)
    hands.chronicle.record(
        "pathway.started",
        subject_of(*demand.about),
        {
            "demand": demand.id,
            "pathway": demand.locus,
            "world": demand.world,
            "input": demand.values,
            "commit": main.commit,
            "text": text,
            "present": [*sorted(_present(hands, demand.world))],
            "form": form_of(main.genome, demand.locus),
            "composition": composition_name(composition),
        },
        record.latest_event,
    )
    return True


def _pathway_now(hands: Hands, main: Main, record: DemandRecord) -> tuple[Pathway, str]:
    """What a demand comes to, and its text if it is a topology's. Raises `Unfit`."""
    demand, genome = record.demand, main.genome
    observed = hands.worlds.kernel(demand.world).observe()
    pathway = genome.pathways.get(demand.locus)
    if pathway is None:
        pathway = Decomposer(hands.bench, genome).decompose(
            demand.phenotype, genome.topologies[demand.locus], demand.values, observed
        )
    subject = Subject(demand.world, demand.phenotype, pathway, demand.values, observed)
    pathway = with_pruning(hands, main, subject, consent=demand.prune).pathway
    own = genome.pathways.get(demand.locus) == pathway
    return pathway, "" if own else render(Document(pathways=(pathway,)))


def ask_task(hands: Hands, genome: Genome, run: RunRecord, task: Task) -> None:
    """Demand what a task is; caused by the latest of the tasks that it waited for."""
    ledger = hands.chronicle.ledger
    demand = ledger.demands[run.demand].demand
    before = [ledger.demands[run.steps[place]] for place in task.needs]
    cause = max(before, key=lambda r: r.latest_at).latest_event if before else run.id
    key = subject_key(contract_at(genome, task.locus, task.values), task.values)
    hands.chronicle.record(
        "expression.requested",
        subject_of(demand.world, task.locus, key),
        {
            "locus": task.locus,
            "phenotype": demand.phenotype,
            "world": demand.world,
            "input": task.values,
            "key": f"{run.id[:12]}/{task.place}",
            "run": run.id,
            "step": task.place,
        },
        cause,
    )


def finish_run(
    hands: Hands, run: RunRecord, ending: Ending, told: Account, made: Sequence[str] = ()
) -> None:
    """Say how a run ended, what it `made`, and what the world is like now."""
    demand = hands.chronicle.ledger.demands[run.demand].demand
    hands.chronicle.record(
        "pathway.finished",
        subject_of(*demand.about),
        {
            "run": run.id,
            "demand": run.demand,
            "outcome": ending.value,
            "account": told.to_json(),
            "settled": _settled(hands, demand.world),
            "made": [*made],
        },
        run.latest_event,
    )


def _settled(hands: Hands, world: str) -> str:
    """What names the state of a world now."""
    return name_of_state(hands.bench.domain.settled(hands.worlds.kernel(world).observe()))


def _present(hands: Hands, world: str) -> set[str]:
    """The things that are in a world now."""
    return set(things(hands.bench.domain.settled(hands.worlds.kernel(world).observe())))


def made_by(hands: Hands, genome: Genome, run: RunRecord) -> list[str]:
    """What is there, was not as the run began, and is what one of its tasks is about."""
    ledger = hands.chronicle.ledger
    world = ledger.demands[run.demand].demand.world
    demands = (ledger.demands[demand].demand for demand in run.steps.values())
    named = [text for demand in demands for text in _named(genome, demand)]
    new = _present(hands, world) - set(run.present)
    order = sorted(new, key=lambda p: (_first(named, p.partition(".")[2]), p))
    return [path for path in order if path.partition(".")[2] in named]


def _named(genome: Genome, demand: Demand) -> Iterator[str]:
    """What a task speaks of, or what the steps do that it did in one piece."""
    yield from texts(demand.values)
    if demand.locus in genome.pathways:
        contract = contract_at(genome, demand.locus, demand.values)
        yield from sorted(contract.speaks_of if isinstance(contract, FusedContract) else ())


def _first(named: list[str], name: str) -> int:
    return named.index(name) if name in named else len(named)
