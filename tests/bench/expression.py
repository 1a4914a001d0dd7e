"""What one gene call costs: in its own sandboxed process, and in this one without any guard."""

from __future__ import annotations

import json
from types import SimpleNamespace

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.network import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.world import Json, JsonObject, Operation
from controller.ports import Grant, Returned
from tests.bench.figure import Figure, median_ms

CALLS = 300
SOURCE = """
import json
import gene_sdk


def execute(input_json):
    data = json.loads(input_json)
    return json.dumps({"ports": gene_sdk.bridge_ports(data["bridge"])})
"""


def figures() -> list[Figure]:
    """One call with one operation, sandboxed against in process; the start of a sandbox."""
    scenario = draw(0)
    kernel = SimulatedKernel(scenario.world)
    given = json.dumps(scenario.input)

    def serve(name: str, arguments: JsonObject) -> Json:
        return kernel.perform(Operation(name, arguments))

    with ProcessSandbox() as sandbox:
        grants = [Grant("bridge_ports", ("bridge",))]

        def sandboxed() -> None:
            outcome = sandbox.call(SOURCE, given, grants, serve)
            assert isinstance(outcome, Returned), outcome

        boxed = median_ms(sandboxed, CALLS)
    sdk = SimpleNamespace(bridge_ports=lambda bridge: serve("bridge_ports", {"bridge": bridge}))

    def in_process() -> None:
        names: dict[str, object] = {"gene_sdk": sdk, "json": json}
        exec(compile(SOURCE.replace("import gene_sdk\n", ""), "gene", "exec"), names)
        run = names["execute"]
        assert callable(run)
        run(given)

    bare = median_ms(in_process, CALLS)
    observe = median_ms(kernel.observe, CALLS)
    shadow = median_ms(lambda: NETWORK.shadow(kernel.observe()), CALLS)
    return [
        Figure("one sandboxed expression", boxed, "ms", bare, "the same call in process"),
        Figure("overhead of the sandbox", boxed - bare, "ms", 4.0, "the aim"),
        Figure("observing the simulated world", observe, "ms"),
        Figure("observing and building its shadow", shadow, "ms"),
    ]
