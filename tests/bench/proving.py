"""What a proof costs: of a new allele, beside what its rehearsals and derived tests take alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from controller.genome.genome import compile_genome
from controller.stories.contract_gate import contract_gate
from controller.stories.prove import Past, prove
from controller.stories.rehearsal_gates import rehearsal_gates
from tests.bench.figure import Figure, median_ms
from tests.stories.stage import ANNOUNCING, stage
from tests.stories.test_membrane import propose, raised

TIMES = 10


def figures() -> list[Figure]:
    """In the template's genome, on the simulated kernel."""
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as on:
        organism = on.organism
        bench, repository = organism.hands.bench, organism.repository
        draft = propose(on, raised(on, ANNOUNCING))
        past = Past(organism.chronicle, organism.projector)
        files = (repository.files(commit) for commit in (draft.base, draft.commit))
        base, after = (compile_genome(one, bench.domain).value for one in files)
        assert base is not None
        assert after is not None

        def proved() -> None:
            assert prove(bench, repository, draft, None, past).passed

        def rehearsed() -> None:
            rehearsal_gates(bench, base, after)
            assert contract_gate(bench, base, after).passed

        alone = median_ms(rehearsed, TIMES)
        whole = median_ms(proved, TIMES)
        return [Figure("a proof, every gate", whole, "ms", alone, "its rehearsals alone")]
