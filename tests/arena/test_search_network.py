"""The search on the network domain: the real catalogue, its shadow worlds, its held-out cases."""

from __future__ import annotations

import builtins
import json
import random
import types
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from controller.arena.mutation import Candidate, Complaint, Failure
from controller.arena.search import Score, SearchBudget, search
from controller.domains.network.domain import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.simulated import SimulatedKernel
from controller.domains.world import Json, JsonObject, Operation, OperationRefused, TwinKernel
from tests.arena.bridge_world import GENE_ERRORS, gene
from tests.arena.uplink_alleles import ALLELES

AFTER = (
    "{to_nic} is a port of bridge {bridge}",
    "{from_nic} is not a port of bridge {bridge}",
    "{bridge} keeps its addresses",
    "Bridge {bridge} keeps its MAC address",
    "{to_nic} is up",
)
CONTRACT = gene(
    "bridge_uplink",
    "bridge:string from_nic:string to_nic:string",
    "Move a bridge's uplink from one NIC to another.",
    AFTER,
)
PING_FACETS = NETWORK.catalogue["vantage_ping"].facets


def express(source: str, values: JsonObject, kernel: TwinKernel) -> tuple[bool, int]:
    """Whether a gene says that it succeeded, and how many operations it asked for."""
    asked: list[str] = []

    def operation(name: str) -> Callable[..., Json]:
        names = [parameter.name for parameter in NETWORK.catalogue[name].parameters]

        def perform(*args: Json, **kwargs: Json) -> Json:
            asked.append(name)
            given = dict(zip(names, args, strict=False)) | kwargs
            return kernel.perform(Operation(name, given))

        return perform

    sdk = types.ModuleType("gene_sdk")
    for name in NETWORK.catalogue:
        setattr(sdk, name, operation(name))

    def importing(name: str, *args: Any, **kwargs: Any) -> Any:
        return sdk if name == "gene_sdk" else __import__(name, *args, **kwargs)

    names = {"__builtins__": {**vars(builtins), "__import__": importing}}
    try:
        exec(compile(source, "gene", "exec"), names)
        result = json.loads(names["execute"](json.dumps(values)))  # type: ignore[operator]
    except (*GENE_ERRORS, OperationRefused):
        return False, len(asked)
    return result.get("success") is True, len(asked)


def answered(kernel: TwinKernel, bridge: Json) -> bool:
    """Whether every peer reaches every address of a bridge."""
    addresses = kernel.perform(Operation("addresses", {"interface": bridge}))
    vantages = kernel.perform(Operation("vantages", {}))
    assert isinstance(addresses, list)
    assert isinstance(vantages, list)
    peers = [v["name"] for v in vantages if isinstance(v, dict) and v["role"] == "peer"]
    echoes = [
        kernel.perform(Operation("vantage_ping", {"vantage": p, "address": a, "attempts": 2}))
        for p in peers
        for a in addresses
    ]
    return all(isinstance(echo, dict) and echo["answered"] == echo["sent"] for echo in echoes)


def judged(source: str, observed: JsonObject, inputs: Sequence[JsonObject]) -> Score:
    """Express a gene in a shadow world, for one input after another."""
    kernel = NETWORK.shadow(observed)
    valid, held, healthy, operations = True, 0, 0, 0
    for values in inputs:
        before = kernel.observe()
        succeeded, asked = express(source, values, kernel)
        now = kernel.observe()
        valid, operations = valid and succeeded, operations + asked
        verdicts = [NETWORK.judge(sentence, values, before, now) for sentence in AFTER]
        held += sum(verdict is not None and verdict.holds for verdict in verdicts)
        kernel.advance(2.0)
        healthy += answered(kernel, values["bridge"])
    return Score(valid, held, len(AFTER) * len(inputs), healthy, len(inputs), 0, 0, operations)


@pytest.mark.parametrize("style", ["plain", "try and except", "one line"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_uplink_moved_in_silence_is_announced_on_any_network(seed: int, style: str) -> None:
    scenario = draw(seed)
    observed = SimulatedKernel(scenario.world).observe()
    held_out = NETWORK.variations(observed, scenario.input, random.Random(seed))

    def evaluate(candidate: Candidate) -> Score:
        score = judged(candidate.source, observed, (scenario.input,))
        if not score.perfect:
            return score
        others = [judged(candidate.source, v.observed, v.inputs).perfect for v in held_out]
        totals = (score.postconditions_held, score.postconditions, score.healthy, score.diagnostics)
        return Score(True, *totals, sum(others), len(others), score.operations)

    failure = Failure(
        source=ALLELES[style],
        contract=CONTRACT,
        values=scenario.input,
        kinds={name: NETWORK.kinds(observed, v) for name, v in scenario.input.items()},
        complaints=(Complaint("check_reachability", {"healthy": False}, PING_FACETS),),
        error=None,
    )
    assert not evaluate(Candidate(failure.source, (), 0)).perfect
    result = search(failure, NETWORK.catalogue, evaluate, SearchBudget(), random.Random(seed))
    repair = result.found[0]
    assert "for each address of {bridge}, send_gratuitous_arp({bridge}, address)" in repair.edits[0]
    assert len(repair.edits) == 1
    assert result.tried < 200
