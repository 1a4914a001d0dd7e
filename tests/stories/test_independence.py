"""Nobody judges a gene but others: its process, its lies and its shadows reach no verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.config import SearchConfig
from controller.demo.setting import LOCUS, PHENOTYPE
from controller.domains.network import NETWORK
from controller.domains.world import JsonObject
from controller.ports import GeneOutcome, Grant, Returned, Sandbox, Serve
from controller.stories.evolve import Found, evolve
from controller.stories.express import Workbench
from controller.stories.rehearse import Rehearsal, case_of, rehearse
from controller.stories.rehearse import Stage as Rehearsals
from tests.stories.stage import ANNOUNCING, Stage, stage

POISON = """
import random
import re

random._os.environ["healthy"] = "yes"
for name in list(vars(gene_sdk)):
    genuine = vars(gene_sdk)[name]
    if name.startswith(("vantage", "watch", "far", "bridge_fdb")):
        setattr(gene_sdk, name, lambda *a, **k: [])
json.__builtins__["any"] = json.__builtins__["all"] = lambda _: True
re.compile = None
genuine_dumps = json.dumps


def healthy(value, **options):
    return genuine_dumps({**value, "healthy": True} if isinstance(value, dict) else value)


json.dumps = healthy
"""
"""Whatever a diagnostic in the same process, or a copy of it, would go by."""

SILENT = ANNOUNCING.replace(
    '        gene_sdk.send_gratuitous_arp(data["bridge"], address)\n', "        pass\n"
)
"""Does the work, and tells no switch."""

LIES = SILENT.replace(
    '"uplink": data["to_nic"]}', '"uplink": data["to_nic"], "healthy": True, "seen_from": ["all"]}'
)


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("independent")) as opened:
        yield opened


class Overheard:
    """A sandbox that notes what each call was granted, and what was done in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.grants: list[frozenset[str]] = []

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        self.grants.append(frozenset(grant.operation for grant in grants))
        return self._sandbox.call(source, input_json, grants, serve)

    def missing(self) -> tuple[str, ...]:
        return self._sandbox.missing()

    def close(self) -> None:
        self._sandbox.close()


def rehearsals(on: Stage, bench: Workbench | None = None) -> Rehearsals:
    main = on.main()
    return Rehearsals(
        bench or on.organism.hands.bench, main.genome, PHENOTYPE, main.genome.loci[LOCUS]
    )


def rehearsed(on: Stage, source: str) -> Rehearsal:
    """What becomes of a source in a shadow of the scenario's world."""
    return rehearse(rehearsals(on), source, case_of(on.kernel().observe(), on.scenario.input))


def test_a_poisoned_process_leaves_the_diagnostics_as_they_are(on: Stage) -> None:
    honest, poisoned = rehearsed(on, ANNOUNCING), rehearsed(on, _poisoned(ANNOUNCING))
    assert honest.passed
    assert poisoned.findings == honest.findings


def test_a_poisoned_process_does_not_hide_a_failure(on: Stage) -> None:
    honest, poisoned = rehearsed(on, SILENT), rehearsed(on, _poisoned(SILENT))
    assert not honest.passed
    assert honest.immediate
    assert poisoned.findings == honest.findings


def test_what_a_gene_says_of_its_own_health_is_nobodys_evidence(on: Stage) -> None:
    lying = rehearsed(on, LIES)
    assert not lying.valid  # its contract gives it no word about health
    assert lying.error is not None
    assert "healthy" in lying.error


def test_a_gene_that_reports_success_and_does_nothing_has_failed(on: Stage) -> None:
    idle = (
        'import json\ndef execute(text):\n    return json.dumps({"success": True, "uplink": ""})\n'
    )
    found = rehearsed(on, idle)
    assert not found.immediate
    assert found.error is not None
    assert found.error.startswith("after: ")


def test_a_diagnostic_has_a_call_of_its_own_in_which_nothing_can_be_changed(on: Stage) -> None:
    heard = Overheard(on.organism.hands.bench.sandbox)
    bench = replace(on.organism.hands.bench, sandbox=heard)
    case = case_of(on.kernel().observe(), on.scenario.input)
    assert rehearse(rehearsals(on, bench), ANNOUNCING, case).passed
    gene, *diagnostics = heard.grants
    mutating = {name for name, spec in NETWORK.catalogue.items() if spec.mutates}
    assert gene & mutating
    assert len(diagnostics) == 2
    assert all(not granted & mutating for granted in diagnostics)


def test_two_calls_of_one_gene_are_two_processes_that_share_nothing() -> None:
    counts = "kept = []\ndef execute(text):\n    kept.append(text)\n    return str(len(kept))\n"
    with ProcessSandbox(ready=2) as sandbox:
        said = [sandbox.call(counts, "", (), _unasked) for _ in range(4)]
    assert [one.output for one in said if isinstance(one, Returned)] == ["1"] * 4


def test_a_search_in_shadows_leaves_no_trace_in_world_log_and_journal(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        start = on.kernel().observe()
        on.ask()
        on.organism.controller.run_pass()
        (trial,) = on.organism.chronicle.ledger.trials.values()
        world, events = on.kernel().observe(), on.organism.log.length()
        journal = journalled(on)
        source = on.main().genome.alleles[LOCUS][trial.allele].source
        found = evolve(rehearsals(on), source, trial, start, SearchConfig(), 0, ())
        assert isinstance(found, Found)
        assert found.lineage.tried > 3
        assert on.kernel().observe() == world
        assert on.organism.log.length() == events
        assert journalled(on) == journal


def test_what_a_caller_is_told_is_what_the_live_world_was_told(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        demand = on.ask()
        on.settle()
        finished = on.events("expression.finished")
        done = [operation for event in finished for operation in _list(event.data, "operations")]
        record = on.record(demand)
        last = on.organism.chronicle.ledger.trials[record.trials[-1]]
        assert last.end == "confirmed"
        assert last.output == finished[-1].data["output"]
        assert len(finished) == len(record.trials)  # hundreds were rehearsed
        ports = on.do("bridge_ports", bridge=on.scenario.input["bridge"])
        assert json.dumps(done).count(str(on.scenario.input["to_nic"])) >= 1
        assert ports == [last.output["uplink"]]


def journalled(on: Stage) -> list[tuple[str, int, int]]:
    """What is open: whose, of how many operations, with how many inverses."""
    opened = on.organism.hands.transactions.open()
    return [(one.id, one.operations, len(one.inverses)) for one in opened]


def _list(data: JsonObject, key: str) -> list[object]:
    found = data[key]
    assert isinstance(found, list)
    return [*found]


def _unasked(name: str, arguments: JsonObject) -> None:
    raise AssertionError(name)


def _poisoned(source: str) -> str:
    """The source, which poisons its process when its work is done."""
    lines = POISON.strip().replace("\n", "\n    ")
    head, _, tail = source.rpartition("    return ")
    return f"{head}    answer = {tail.strip()}\n    {lines}\n    return answer\n"
