"""A diagnostic is believed only as far as it agrees with what it saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from controller.domains.network import NETWORK
from controller.domains.network.lab import materialise
from controller.domains.network.scenario import draw
from controller.domains.network.state import to_json
from controller.domains.world import JsonObject, Judgement, Kernel
from controller.genome.locus import with_defaults
from controller.stories.diagnose import diagnose
from controller.stories.express import Expressed, express
from controller.stories.rehearse import Stage
from controller.stories.testimony import contradiction
from grammar.sg.nodes import Sentence
from tests.network.worlds import PREFIX, do
from tests.phrases.genes import PINGS, connectivity, stability

StageOf = Callable[[str], Stage]
HOLDS, FAILS = Judgement("It hurts", True, "there"), Judgement("It hurts", False, "not there")


@pytest.mark.parametrize(
    ("output", "judged", "contradicts"),
    [
        ({"healthy": True}, (HOLDS,), True),
        ({"healthy": True}, (FAILS, HOLDS), True),
        ({"healthy": True}, (None, HOLDS), True),
        ({"healthy": True}, (FAILS,), False),
        ({"healthy": True}, (None,), False),
        ({"healthy": False}, (FAILS,), True),
        ({"healthy": False}, (FAILS, FAILS), True),
        ({"healthy": False}, (FAILS, None), False),
        ({"healthy": False}, (FAILS, HOLDS), False),
        ({"healthy": False, "error": "no vantage"}, (FAILS,), False),
        ({"healthy": False, "error": None}, (FAILS,), True),
        ({"healthy": True, "error": "no vantage"}, (HOLDS,), True),
        ({"healthy": True}, (), False),
        ({"healthy": False}, (), False),
        ({"success": False}, (HOLDS,), False),
        ({"healthy": "yes"}, (HOLDS,), False),
    ],
)
def test_a_claim_is_held_against_what_could_be_judged(
    output: JsonObject, judged: tuple[Judgement | None, ...], contradicts: bool
) -> None:
    assert (contradiction(output, judged) is not None) is contradicts


def asked(stage: Stage, source: str, kernel: Kernel, bridge: str) -> Expressed:
    """One look of a diagnostic at a bridge."""
    values = with_defaults(stage.contract, {stage.contract.takes[0].name: bridge})
    return express(stage.bench, stage.contract, source, values, kernel)


def broken(seed: int) -> tuple[Kernel, str]:
    """A world whose uplink moved and nobody was told; its bridge."""
    scenario = draw(seed)
    kernel = NETWORK.shadow(to_json(scenario.world))
    bridge, old, new = (str(scenario.input[name]) for name in ("bridge", "from_nic", "to_nic"))
    do(kernel, "detach_port", bridge=bridge, interface=old)
    do(kernel, "attach_port", bridge=bridge, interface=new)
    kernel.advance(3)
    return kernel, bridge


def sound(seed: int) -> tuple[Kernel, str]:
    """A world in which all is well; its bridge."""
    scenario = draw(seed)
    return NETWORK.shadow(to_json(scenario.world)), str(scenario.input["bridge"])


LIARS = [
    ("check_connectivity", connectivity("True", PINGS), broken, "it says healthy, but"),
    ("check_connectivity", connectivity("True"), broken, "was not asked by"),
    ("check_connectivity", connectivity("True"), sound, "was not asked by"),
    ("check_connectivity", connectivity("False", PINGS), sound, "it says unhealthy, but"),
    ("check_fdb_stability", stability("True"), broken, "it says healthy, but"),
    ("check_fdb_stability", stability("True", watches=False), sound, "nobody watched"),
    ("check_fdb_stability", stability("False"), sound, "it says unhealthy, but"),
]


@pytest.mark.parametrize(("locus", "source", "world", "told"), LIARS)
def test_a_diagnostic_that_lies_is_no_evidence(
    stage_of: StageOf,
    locus: str,
    source: str,
    world: Callable[[int], tuple[Kernel, str]],
    told: str,
) -> None:
    kernel, bridge = world(1)
    seen = asked(stage_of(locus), source, kernel, bridge)
    assert not seen.valid
    assert not seen.immediate
    assert seen.error is not None
    assert told in seen.error


@pytest.mark.parametrize(
    ("locus", "source", "world"),
    [
        ("check_connectivity", connectivity("all(answered)", PINGS), sound),
        ("check_connectivity", connectivity("all(answered)", PINGS), broken),
        ("check_fdb_stability", stability("True"), sound),
        ("check_fdb_stability", stability("False"), broken),
    ],
)
def test_a_diagnostic_that_says_what_it_saw_is_believed(
    stage_of: StageOf, locus: str, source: str, world: Callable[[int], tuple[Kernel, str]]
) -> None:
    kernel, bridge = world(1)
    assert asked(stage_of(locus), source, kernel, bridge).valid


def test_the_shipped_diagnostics_raise_no_false_alarm(stage_of: StageOf) -> None:
    for locus in ("check_connectivity", "check_fdb_stability"):
        stage = stage_of(locus)
        (allele,) = stage.genome.stack("lab", locus)
        for seed in range(12):
            for world, healthy in ((sound, True), (broken, False)):
                kernel, bridge = world(seed)
                seen = asked(stage, allele.source, kernel, bridge)
                assert seen.valid, seen.error
                assert seen.output["healthy"] is healthy


def test_prose_under_unhealthy_when_speaks_against_nobody(stage_of: StageOf) -> None:
    stage = stage_of("check_connectivity")
    contract = replace(stage.contract, unhealthy_when=(Sentence("The users are unhappy"),))
    kernel, bridge = sound(1)
    stage = replace(stage, contract=contract)
    assert asked(stage, connectivity("True"), kernel, bridge).valid
    assert asked(stage, connectivity("False"), kernel, bridge).valid


def test_a_liars_place_is_taken_by_the_next_of_its_stack(stage_of: StageOf) -> None:
    stage = stage_of("bridge_uplink")
    (honest,) = stage.genome.stack("lab", "check_connectivity")
    liar = replace(honest, sha="f" * 64, source=connectivity("True"))
    alleles = {**stage.genome.alleles, "check_connectivity": {h.sha: h for h in (liar, honest)}}
    lab = stage.genome.phenotypes["lab"]
    expresses = tuple(
        replace(e, stack=(liar.sha, honest.sha)) if e.locus == "check_connectivity" else e
        for e in lab.expresses
    )
    genome = replace(
        stage.genome, alleles=alleles, phenotypes={"lab": replace(lab, expresses=expresses)}
    )
    kernel, bridge = broken(1)
    values: JsonObject = {"bridge": bridge}
    found = diagnose(stage.bench, genome, "lab", stage.contract, values, kernel)
    (answer,) = [finding for finding in found if finding.locus == "check_connectivity"]
    assert (answer.allele, answer.healthy) == (honest.sha, False)


@pytest.mark.root
def test_the_real_kernel_raises_no_false_alarm_and_convicts_the_liar(stage_of: StageOf) -> None:
    scenario = draw(4)
    given = scenario.input
    with materialise(scenario.world, f"{PREFIX}-tes") as lab:
        lab.start_traffic()
        kernel = lab.kernel()
        looks = [
            (stage_of(locus), locus) for locus in ("check_connectivity", "check_fdb_stability")
        ]
        for stage, locus in looks:
            (allele,) = stage.genome.stack("lab", locus)
            seen = asked(stage, allele.source, kernel, str(given["bridge"]))
            assert seen.valid, seen.error
            assert seen.output["healthy"] is True
        do(kernel, "detach_port", bridge=given["bridge"], interface=given["from_nic"])
        do(kernel, "attach_port", bridge=given["bridge"], interface=given["to_nic"])
        for stage, locus in looks:
            (allele,) = stage.genome.stack("lab", locus)
            seen = asked(stage, allele.source, kernel, str(given["bridge"]))
            assert seen.valid, seen.error
            assert seen.output["healthy"] is False
        liar = asked(looks[0][0], connectivity("True", PINGS), kernel, str(given["bridge"]))
        assert not liar.valid
