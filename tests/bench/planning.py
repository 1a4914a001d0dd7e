"""How long a plan takes: a production server on each of a thousand hosts that differ."""

from __future__ import annotations

import random
import time

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.network import NETWORK
from controller.domains.network.state import BridgeSettings, Cable, End, Link, Node, World, to_json
from controller.domains.world import JsonObject
from controller.genome.genome import compile_genome
from controller.shipped import shipped_files
from controller.stories.decompose import Decomposer
from controller.stories.express import Workbench
from controller.stories.plan import Subject, plan
from tests.bench.figure import Figure

HOSTS = 1000
TOPOLOGY = "edge_server"
NICS = ("eno1", "eno2", "eno3", "eno4")


def server(seed: int) -> JsonObject:
    """A host with four NICs on a switch, with addresses of its own; the same for one seed."""
    rng = random.Random(seed)

    maker = ":".join(f"{rng.randrange(256):02x}" for _ in range(4))
    count = iter(range(256))

    def mac() -> str:  # those of one chassis follow each other, as they leave the factory
        return f"02:{maker}:{next(count):02x}"

    nics = tuple(Link(name, "nic", mac(), carrier=True) for name in NICS)
    own = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}/24"
    named = Link("eno4", "nic", mac(), addresses=(own,), carrier=True)
    ports = tuple(Link(f"port{n}", "nic", mac(), master="fabric", carrier=True) for n in range(4))
    host = Node("host", "host", (*nics[:3], named))
    cables = tuple(Cable(End("host", nic), End("switch", f"port{n}")) for n, nic in enumerate(NICS))
    fabric = Link("fabric", "bridge", mac(), bridge=BridgeSettings())
    return to_json(World("host", (host, Node("switch", "switch", (fabric, *ports))), cables))


def figures() -> list[Figure]:
    """A plan for the whole fleet, and one for a host alone."""
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    observed = [server(seed) for seed in range(HOSTS)]
    with ProcessSandbox() as sandbox:
        bench = Workbench(NETWORK, sandbox)
        decomposer = Decomposer(bench, genome)
        topology = genome.topologies[TOPOLOGY]
        values: JsonObject = {"nic": [*NICS]}

        def timed(worlds: list[JsonObject]) -> float:
            start = time.perf_counter()
            subjects = [
                Subject(
                    f"simulated:{n}",
                    "lab",
                    decomposer.decompose("lab", topology, values, world),
                    values,
                    world,
                )
                for n, world in enumerate(worlds)
            ]
            plans = plan(bench, genome, subjects, ())
            assert all(one.changes and not one.problems for one in plans)
            return time.perf_counter() - start

        timed(observed[:1])
        one = timed(observed[1:2])
        fleet = timed(observed)
    return [
        Figure("a plan for one host", one * 1000, "ms"),
        Figure(f"a plan for {HOSTS} hosts", fleet, "s", 5.0, "the aim"),
    ]
