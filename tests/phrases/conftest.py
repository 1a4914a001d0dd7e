"""The shipped genome, and a sandbox for its genes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.network import NETWORK
from controller.genome.genome import Genome, compile_genome
from controller.shipped import shipped_files
from controller.stories.express import Workbench
from controller.stories.rehearse import Stage


@pytest.fixture(scope="session")
def genome() -> Genome:
    compiled = compile_genome(shipped_files(), NETWORK)
    assert compiled.ok
    assert compiled.value is not None
    return compiled.value


@pytest.fixture(scope="session")
def bench() -> Iterator[Workbench]:
    with ProcessSandbox() as sandbox:
        yield Workbench(NETWORK, sandbox)


@pytest.fixture(scope="session")
def stage_of(genome: Genome, bench: Workbench) -> Callable[[str], Stage]:
    return lambda locus: Stage(bench, genome, "lab", genome.loci[locus])
