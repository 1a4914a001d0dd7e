"""The twin: how soon it is there, worlds and rehearsals a second in it, its time against ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.twin.kernel import built_kernel
from controller.adapters.twin.machine import Machine
from controller.adapters.twin.world import Twin
from controller.demo.setting import LOCUS, PHENOTYPE
from controller.domains.network import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.state import to_json
from controller.genome.genome import compile_genome
from controller.ports import Unavailable
from controller.shipped import shipped_files
from controller.stories.express import Workbench
from controller.stories.rehearse import Stage, case_of, rehearse
from tests.bench.figure import Figure, median_ms
from tests.stories.stage import ANNOUNCING

DAY_S = 86_400.0
SCENARIO = draw(0)
CASE = case_of(to_json(SCENARIO.world), SCENARIO.input)


def figures() -> list[Figure]:
    """Nothing where no kernel is built."""
    try:
        kernel = built_kernel()
    except Unavailable as absent:
        print(f"twin: {absent.reason}; {absent.hint}")
        return []
    boot_ms = median_ms(lambda: Machine(kernel).close(), 3)
    with closing(Twin(lambda: kernel)) as twin:
        return [Figure("boot of a twin", boot_ms / 1e3, "s"), *_in(twin)]


def _in(twin: Twin) -> list[Figure]:
    with twin.make(SCENARIO.world) as world:
        observe_ms = median_ms(world.observe, 20)
        fork_ms = median_ms(lambda: world.fork().close(), 8)
        minutes_s, day_s = _passing(world.advance, 300), _passing(world.advance, DAY_S)
    return [
        Figure("worlds a second in a twin, made and removed", 1e3 / fork_ms, "1/s"),
        Figure("observation of a world in a twin", observe_ms, "ms"),
        Figure("five minutes with traffic in a twin", minutes_s, "s", 300, "real time"),
        Figure("a day with traffic in a twin", day_s, "s", DAY_S, "real time"),
        *_rehearsals(twin),
    ]


def _passing(advance: Callable[[float], None], seconds: float) -> float:
    start = time.perf_counter()
    advance(seconds)
    return time.perf_counter() - start


def _rehearsals(twin: Twin) -> list[Figure]:
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    with ProcessSandbox() as sandbox:
        stage = Stage(Workbench(NETWORK, sandbox), genome, PHENOTYPE, genome.loci[LOCUS])

        def there() -> None:
            with twin.shadow(CASE.observed) as shadow:
                assert rehearse(stage, ANNOUNCING, CASE, shadow=shadow).passed

        fast_ms = median_ms(lambda: rehearse(stage, ANNOUNCING, CASE), 10)
        return [
            Figure(
                "candidates a second in a twin",
                1e3 / median_ms(there, 5),
                "1/s",
                1e3 / fast_ms,
                "simulated",
            )
        ]
