"""A gene that answers a system's demands is replaced call by call, beside the former one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from controller.genome.allele import Lineage
from controller.host_limits import CANARY_CALLS
from grammar.sg.edit import with_stack
from tests.fleet import people
from tests.stories.stage import Stage, stage
from tests.stories.test_serving import OTHERWISE, RAISES, WORKS, express
from tests.stories.test_systems import happened


def name_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def merge(on: Stage, *sources: str) -> str:
    """A person merges another stack at the locus; the merge commit."""
    stack = [name_of(source)[:12] for source in sources]
    phenotype = with_stack("phenotype crm\n", "crm.sg", "crm", "alert_rep", stack)
    files = {"phenotypes/crm.sg": phenotype.encode()}
    for source in sources:
        files[f"alleles/alert_rep/{name_of(source)}.py"] = source.encode()
        lineage = Lineage(locus="alert_rep", engine="person").to_bytes()
        files[f"alleles/alert_rep/{name_of(source)}.json"] = lineage
    return people.merge(on.path, files, "another way to alert")


def sampled(on: Stage, fraction: float) -> None:
    """A person has a fraction of calls compared."""
    config = on.main().files["germline.toml"].decode()
    on.commit({"germline.toml": f"{config}\n[canary]\nfraction = {fraction}\n".encode()})


def alert(on: Stage, customer: str) -> str:
    """Something happens; the first digits of the allele that saw to it."""
    happened(on, "interaction.logged", f"customer:{customer}")
    on.organism.controller.run_pass()
    return on.events("alert_rep")[-1].actor.removeprefix("gene:")


def test_a_fraction_of_calls_is_answered_by_the_new_allele_until_enough_were_compared(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        express(on, WORKS)
        sampled(on, 0.5)
        alert(on, "c0")
        merge(on, OTHERWISE, WORKS)
        answered, calls = [], 0
        while not on.events("canary.passed"):
            calls += 1
            answered.append(alert(on, f"c{calls}"))
            assert calls < 10 * CANARY_CALLS
        assert set(answered) == {name_of(OTHERWISE)[:12], name_of(WORKS)[:12]}
        assert answered.count(name_of(OTHERWISE)[:12]) == CANARY_CALLS
        assert len(on.events("alert_rep")) == calls + 1
        assert {alert(on, f"late{n}") for n in range(10)} == {name_of(OTHERWISE)[:12]}


def test_an_allele_that_is_worse_beside_the_former_is_taken_back_and_no_call_is_lost(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        express(on, WORKS)
        sampled(on, 0.5)
        alert(on, "c0")
        merged = merge(on, RAISES, WORKS)
        number = 0
        while not on.events("canary.failed"):
            number += 1
            happened(on, "interaction.logged", f"customer:c{number}")
            on.organism.controller.run_pass()
        for _ in range(3):
            on.clock.sleep(31)
            gaps = on.organism.controller.run_pass().gaps
        assert gaps == ()
        assert len(on.events("alert_rep")) == number + 1
        (failed,) = on.events("canary.failed")
        assert "ValueError" in str(failed.data["reason"])
        assert people.git(on.path, "diff", f"{merged}^1", "main") == ""


def test_without_a_fraction_a_new_allele_answers_at_once(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        express(on, WORKS)
        alert(on, "c0")
        merge(on, OTHERWISE, WORKS)
        assert alert(on, "c1") == name_of(OTHERWISE)[:12]
        assert on.events("canary.started") == []
