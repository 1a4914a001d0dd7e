"""What stories do with a twin: express there, confirm what was found, foresee what lasts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.twin.kernel import DIRECTORY
from controller.adapters.twin.world import Twin, TwinWorld
from controller.arena.mutation import Candidate
from controller.demo.setting import LOCUS, PHENOTYPE
from controller.domains.network import NETWORK
from controller.domains.network.scenario import draw
from controller.domains.network.state import from_json, to_json
from controller.domains.world import Json, JsonObject, Operation, TwinKernel
from controller.genome.genome import compile_genome
from controller.ports import Unavailable
from controller.shipped import shipped_files
from controller.stories.confirm import confirmed
from controller.stories.express import Workbench
from controller.stories.ordeals import undergo
from controller.stories.rehearse import Stage as Rehearsing
from controller.stories.rehearse import case_of
from controller.stories.request import request
from tests.stories.stage import ANNOUNCING, PERSON, Stage, stage

NAIVE = ANNOUNCING.replace('gene_sdk.send_gratuitous_arp(data["bridge"], address)', "pass")
WORLDS = (
    '[twin]\nuse = {use}\n[worlds.simulated]\nphenotype = "lab"\nstate = "hosts/simulated.json"\n'
    '[worlds.twin]\nphenotype = "lab"\nlike = "simulated"\n'
)
CASE = case_of(to_json(draw(0).world), draw(0).input)


class Absent:
    """No twin is there."""

    def shadow(self, observed: JsonObject) -> TwinKernel:
        raise Unavailable("there is no kernel", "build one")


class LostAfterOne:
    """A twin whose machine is lost once it has made one shadow."""

    def __init__(self, twin: Twin) -> None:
        self._twin: Twin | None = twin

    def shadow(self, observed: JsonObject) -> TwinWorld:
        if self._twin is None:
            raise Unavailable("the twin is lost")
        made = self._twin.shadow(observed)
        self._twin = None
        return made


@pytest.fixture
def rehearsing() -> Iterator[Rehearsing]:
    genome = compile_genome(shipped_files(), NETWORK).value
    assert genome is not None
    with ProcessSandbox() as sandbox:
        yield Rehearsing(Workbench(NETWORK, sandbox), genome, PHENOTYPE, genome.loci[LOCUS])


def candidate(source: str) -> Candidate:
    return Candidate(source, ("an edit",), 0)


@contextmanager
def with_twin(path: Path, *, use: bool) -> Iterator[Stage]:
    with stage(path) as made:
        made.commit({"germline.toml": WORLDS.format(use=json.dumps(use)).encode()})
        yield made


def ask(made: Stage, world: str) -> str:
    organism = made.organism
    return request(
        organism.chronicle,
        organism.hands.worlds,
        made.main(),
        LOCUS,
        world,
        made.scenario.input,
        PHENOTYPE,
        f"person:{PERSON}",
    )


def test_without_a_twin_the_search_is_believed_and_the_outcome_says_so(
    rehearsing: Rehearsing,
) -> None:
    found = (candidate(NAIVE), candidate(ANNOUNCING))
    chosen, told = confirmed(rehearsing, found, CASE, Absent())
    assert (chosen, told) == (found[0], "not tried on the twin: there is no kernel")


def test_what_was_refuted_is_not_believed_when_the_twin_is_lost_afterwards(
    rehearsing: Rehearsing, twin: Twin
) -> None:
    found = (candidate(NAIVE), candidate(ANNOUNCING))
    chosen, told = confirmed(rehearsing, found, CASE, LostAfterOne(twin))
    assert chosen == found[1]
    assert str(told).startswith("not tried on the twin")


def test_the_first_found_that_passes_on_the_twin_is_taken(
    rehearsing: Rehearsing, twin: Twin
) -> None:
    found = (candidate(NAIVE), candidate(ANNOUNCING))
    assert confirmed(rehearsing, found, CASE, twin)[0] == found[1]


def test_what_the_twin_refutes_is_not_taken(rehearsing: Rehearsing, twin: Twin) -> None:
    chosen, told = confirmed(rehearsing, (candidate(NAIVE),), CASE, twin)
    assert chosen is None
    assert told is not None
    assert "unhealthy: check_fdb_stability" in told


def test_a_demand_for_the_twin_is_searched_confirmed_and_merged_there(
    tmp_path: Path, twin_kernel: Path
) -> None:
    with with_twin(tmp_path, use=True) as made:
        demand = ask(made, "twin")
        assert made.settle() == ()
        assert [end for _, end in made.outcomes(demand)][-1] == "confirmed"
        (searched,) = made.events("search.finished")
        assert searched.data["twin"] == "it passed on the twin too"
        kept = json.loads((made.organism.gitdir / "germline" / "worlds" / "twin.json").read_bytes())
        uplink = from_json(kept["world"]).subject.link(str(made.scenario.input["to_nic"]))
        assert uplink is not None
        assert uplink.master == made.scenario.input["bridge"]


def test_a_search_on_a_machine_without_a_twin_says_that_it_was_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path / "nothing"))
    with with_twin(tmp_path, use=True) as made:
        ask(made, "simulated")
        assert made.settle() == ()
        (searched,) = made.events("search.finished")
        assert str(searched.data["twin"]).startswith("not tried on the twin: there is no kernel")


def test_ordeals_foresee_what_lasts_and_are_no_evidence_of_another_world(
    tmp_path: Path, twin_kernel: Path
) -> None:
    with with_twin(tmp_path, use=False) as made:
        demand = ask(made, "simulated")
        made.settle()
        ledger = made.organism.chronicle.ledger
        before = ledger.trials_of(made.record(demand))[-1]
        undergone = undergo(made.organism.hands, made.main().genome, before)
        made.organism.chronicle.refresh()
        trial = ledger.trials_of(made.record(demand))[-1]
        assert {one.healthy for one in undergone} == {True, None}
        assert [one.title for one in undergone if one.healthy is None] == ["a reboot"]
        assert (trial.foreseen, trial.resilience) == (True, None)
        assert made.events("trial.judged")[-1].data["world"] == "twin"


def test_a_change_survives_a_reboot_if_profiles_say_so(tmp_path: Path, twin_kernel: Path) -> None:
    with with_twin(tmp_path, use=False) as made:
        demand = ask(made, "simulated")
        made.settle()
        kernel = made.organism.hands.worlds.kernel("simulated")
        given = made.scenario.input
        bridge = from_json(kernel.observe()).subject.link(str(given["bridge"]))
        assert bridge is not None

        def write(interface: Json, kind: str, **more: Json) -> None:
            named: JsonObject = {"profile": interface, "interface": interface, "type": kind}
            kernel.perform(Operation("write_profile", named | more))

        write(given["from_nic"], "ethernet", method="disabled")
        assert rebooted(made, demand) == (
            False,
            "unhealthy: check_fdb_stability, check_connectivity",
        )
        write(given["to_nic"], "ethernet", controller=bridge.name)
        own = [*bridge.addresses]
        write(bridge.name, "bridge", addresses=own, cloned_mac=bridge.mac, stp=False)
        assert rebooted(made, demand)[0] is True


def rebooted(made: Stage, demand: str) -> tuple[bool | None, str]:
    """What the ordeal of a reboot came to for the demand's last trial."""
    trial = made.organism.chronicle.ledger.trials_of(made.record(demand))[-1]
    undergone = undergo(made.organism.hands, made.main().genome, trial)
    return next((one.healthy, one.detail) for one in undergone if one.title == "a reboot")


def test_a_flap_ordeal_brings_the_host_back_to_its_configuration(twin: Twin) -> None:
    observed = to_json(draw(0).world)
    (flap,) = [one for one in NETWORK.ordeals(observed) if "goes down" in one.title]
    with twin.make(draw(0).world) as shadow:
        for step in flap.steps:
            if isinstance(step, float):
                shadow.advance(step)
            else:
                shadow.perform(step)
        assert NETWORK.settled(shadow.observe()) == NETWORK.settled(observed)
