"""What a system demands is brought about by genes; what nothing brings about needs a person."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from controller import limits
from controller.conductor.attempts import STARTED
from controller.genome.allele import Lineage
from controller.history.event import Occurrence
from controller.ports import Blocked
from controller.stories.backfill import decide_backfill
from controller.stories.why import chain
from grammar.sg.edit import with_stack
from grammar.system.nodes import Backfill
from tests.stories.stage import Stage, stage
from tests.stories.test_systems import happened

CONTRACT = """\
gene alert_rep for records
  is configuration
  risk low

  does:
    Tell whoever cares for a customer that something needs attention.

  takes:
    customer  string  "The customer"
    reason    string  "What it is about"

  gives:
    success  bool     "Whether it was told"
    error    string?  "Why not"
"""
SYSTEM = """\
system "office" {
  entity customer {
    has: name
  }

  when interaction.logged {
    must: alert_rep(customer, needs_attention)
      within: 5s
  }
}
"""
HEAD = """\
import json
import gene_sdk


def execute(input_json):
    data = json.loads(input_json)
"""
WORKS = f"""{HEAD}    about = "customer:" + data["customer"]
    past = [one["type"] for one in gene_sdk.history(about, 5)]
    gene_sdk.append("alert_rep", about, {{"reason": data["reason"], "after": past}})
    return json.dumps({{"success": True}})
"""
RAISES = f'{HEAD}    raise ValueError("no rep")\n'
LIES = f'{HEAD}    return json.dumps({{"success": True}})\n'
FORGES = WORKS.replace('"alert_rep", about', '"draft.merged", about')
OTHERWISE = WORKS.replace('data["reason"]', '"as always"')
SOMEBODY_ELSE = WORKS.replace('"customer:" + data["customer"]', '"customer:nobody"')
WRONG_CUSTOMER = SOMEBODY_ELSE.replace('"after": past', '"customer": "nobody"')


def express(on: Stage, *sources: str, system: str = SYSTEM) -> list[str]:
    """A person commits the system, the contract and a stack of alleles; their names."""
    shas = [hashlib.sha256(source.encode()).hexdigest() for source in sources]
    lineage = Lineage(locus="alert_rep", engine="person").to_bytes()
    stack = [sha[:12] for sha in shas]
    phenotype = with_stack("phenotype crm\n", "crm.sg", "crm", "alert_rep", stack)
    config = on.main().files["germline.toml"].decode()
    if "[systems]" not in config:
        config += '\n[systems]\nphenotype = "crm"\n'
    changes = {
        "contracts/records/alert_rep.sg": CONTRACT.encode(),
        "systems/office.sg": system.encode(),
        "germline.toml": config.encode(),
        "phenotypes/crm.sg": phenotype.encode(),
    }
    for sha, source in zip(shas, sources, strict=True):
        changes[f"alleles/alert_rep/{sha}.py"] = source.encode()
        changes[f"alleles/alert_rep/{sha}.json"] = lineage
    on.commit(changes, "Alerts")
    return shas


def errors(on: Stage) -> list[object]:
    return [event.data["error"] for event in on.events("consequence.finished")]


def test_what_must_follow_is_brought_about_before_it_is_due(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        (sha,) = express(on, WORKS)
        trigger = happened(on, "interaction.logged", "customer:c1")
        result = on.organism.controller.run_pass()
        assert (result.gaps, result.troubles) == ((), ())
        (alert,) = on.events("alert_rep")
        assert alert.data == {"reason": "needs_attention", "after": ["interaction.logged"]}
        assert alert.actor == f"gene:{sha[:12]}"
        events = {event.id: event for event in on.events()}
        path = [event.type for event in chain(events, alert.id)]
        assert path == ["interaction.logged", STARTED, "alert_rep"]
        assert chain(events, alert.id)[0] == trigger
        assert on.organism.controller.run_pass().actions == 0
        on.clock.sleep(60)
        assert on.organism.controller.run_pass().gaps == ()
        assert on.organism.chronicle.ledger.attempts.tried == {}


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (RAISES, "ValueError"),
        (LIES, "it appended no alert_rep"),
        (FORGES, "only the controller records draft.merged"),
        (WRONG_CUSTOMER, "the gap is open still"),
    ],
)
def test_an_allele_that_fails_gives_way_to_its_fallback_after_the_cooldown(
    tmp_path: Path, source: str, error: str
) -> None:
    with stage(tmp_path) as on:
        _, second = express(on, source, OTHERWISE)
        happened(on, "interaction.logged", "customer:c1")
        result = on.organism.controller.run_pass()
        assert error in str(errors(on)[0])
        assert result.wake_at is not None
        on.clock.sleep(10)
        (gap,) = on.organism.controller.run_pass().gaps
        assert "the next attempt is at" in gap.status
        assert len(errors(on)) == 1
        on.clock.sleep(limits.COOLDOWN_PER_GAP_SECONDS)
        assert on.organism.controller.run_pass().gaps == ()
        assert errors(on)[1:] == [None]
        assert on.events("alert_rep")[-1].actor == f"gene:{second[:12]}"
        assert on.events("draft.merged") == []


def test_what_must_follow_for_somebody_who_may_be_forgotten_is_brought_about_too(
    tmp_path: Path,
) -> None:
    private = SYSTEM.replace("has: name\n", "has: name\n    rule: deletion_means_crypto_shred\n")
    assert private != SYSTEM
    with stage(tmp_path) as on:
        express(on, RAISES, WORKS, system=private)
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(limits.COOLDOWN_PER_GAP_SECONDS)
        assert on.organism.controller.run_pass().gaps == ()
        assert errors(on)[1:] == [None]
        assert len(on.events("alert_rep")) == 1


def test_one_event_that_brings_about_several_is_brought_about_once(tmp_path: Path) -> None:
    twice = SYSTEM.removesuffix("}\n") + SYSTEM[SYSTEM.index("  when") :]
    with stage(tmp_path) as on:
        express(on, WORKS, system=twice)
        happened(on, "interaction.logged", "customer:c1")
        on.settle()
        assert len(on.events("alert_rep")) == 1


def test_a_fallback_is_brought_about_when_the_time_of_what_it_stands_in_for_is_over(
    tmp_path: Path,
) -> None:
    first = (
        "must: call_rep(customer)\n      within: 5s\n      fallback: alert_rep(customer, late)\n"
    )
    rule = SYSTEM.replace("must: alert_rep(customer, needs_attention)\n      within: 5s\n", first)
    assert rule != SYSTEM
    with stage(tmp_path) as on:
        express(on, WORKS, system=rule)
        happened(on, "interaction.logged", "customer:c1")
        result = on.organism.controller.run_pass()
        assert (result.actions, result.gaps) == (0, ())
        assert result.wake_at is not None
        on.clock.sleep((result.wake_at - on.clock.now()).total_seconds())
        assert on.organism.controller.run_pass().gaps == ()
        (alert,) = on.events("alert_rep")
        assert alert.data["reason"] == "late"


def test_what_every_allele_fails_at_is_handed_to_a_person_once_and_tried_again_by_another(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        express(on, RAISES)
        happened(on, "interaction.logged", "customer:c1")
        for _ in range(4):
            on.organism.controller.run_pass()
            on.clock.sleep(limits.COOLDOWN_PER_GAP_SECONDS + 1)
        (gap,) = on.organism.controller.gaps()
        assert gap.needs_person
        assert "every allele failed" in gap.status
        (needed,) = on.events("person.needed")
        assert needed.data["consequence"] == "alert_rep"
        assert len(errors(on)) == 1
        express(on, WORKS)
        assert on.organism.controller.run_pass().gaps == ()
        assert len(on.events("alert_rep")) == 1
        assert on.organism.chronicle.ledger.attempts.handed == {}


def test_consequences_that_lead_to_one_another_end_with_a_person(tmp_path: Path) -> None:
    rule = "  when alert_rep {\n    must: alert_rep(customer, again)\n  }\n}\n"
    with stage(tmp_path) as on:
        express(on, WORKS, system=SYSTEM.removesuffix("}\n") + rule)
        happened(on, "interaction.logged", "customer:c1")
        for _ in range(4):
            on.organism.controller.run_pass()
            on.clock.sleep(60)
        assert len(on.events("alert_rep")) == limits.MAX_AGENT_DEPTH
        (needed,) = on.events("person.needed")
        assert "max_agent_depth" in str(needed.data["reason"])


def test_an_attempt_that_was_cut_short_is_made_again_after_the_cooldown(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        express(on, WORKS)
        happened(on, "interaction.logged", "customer:c1")
        sandbox = on.organism.controller.server.sandbox
        call = type(sandbox).call

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        type(sandbox).call = dies  # type: ignore[assignment,method-assign]
        try:
            with pytest.raises(KeyboardInterrupt):
                on.organism.controller.run_pass()
        finally:
            type(sandbox).call = call  # type: ignore[method-assign]
        assert len(on.events(STARTED)) == 1
        assert on.organism.controller.run_pass().actions == 0
        on.clock.sleep(limits.COOLDOWN_PER_GAP_SECONDS)
        assert on.organism.controller.run_pass().gaps == ()
        assert (len(on.events(STARTED)), len(on.events("alert_rep"))) == (2, 1)


def test_a_gene_is_told_which_event_asks_for_it(tmp_path: Path) -> None:
    asks = WORKS.replace('"after": past', '"after": gene_sdk.trigger()')
    assert asks != WORKS
    with stage(tmp_path) as on:
        express(on, asks)
        trigger = happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        (alert,) = on.events("alert_rep")
        assert alert.data["after"] == {
            "id": trigger.id,
            "type": "interaction.logged",
            "subject": "customer:c1",
            "time": trigger.time,
            "data": {},
        }


def test_the_past_is_worked_off_once_a_person_says_so(tmp_path: Path) -> None:
    rule = "  when intent.evolved {\n    backfill_policy: human_decision\n  }\n}\n"
    with stage(tmp_path) as on:
        for number in range(3):
            happened(on, "interaction.logged", f"customer:c{number}")
        on.organism.controller.run_pass()
        express(on, WORKS, system=SYSTEM.removesuffix("}\n") + rule)
        on.organism.controller.run_pass()
        on.clock.sleep(6)
        assert len(on.organism.controller.run_pass().gaps) == 3
        assert on.events("alert_rep") == []
        server, sequential = on.organism.controller.server, Backfill.SEQUENTIAL
        decide_backfill(server, on.main(), "office", sequential, "person:ana")
        on.organism.controller.run_pass()
        assert len(on.events("alert_rep")) == 3
        assert on.organism.controller.gaps() == ()


def test_a_new_rule_works_off_its_backfill(tmp_path: Path) -> None:
    count = limits.SERVED_PER_STEP + 10
    with stage(tmp_path) as on:
        for number in range(count):
            happened(on, "interaction.logged", f"customer:c{number}")
        on.organism.controller.run_pass()
        express(on, WORKS)
        on.settle()
        assert {event.subject for event in on.events("alert_rep")} == {
            f"customer:c{number}" for number in range(count)
        }
        assert on.organism.controller.gaps() == ()


def test_a_gene_of_the_log_is_not_asked_for_in_a_world(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        express(on, WORKS)
        from controller.stories.request import request

        with pytest.raises(Blocked, match="brings about a consequence"):
            request(
                on.organism.chronicle,
                on.organism.hands.worlds,
                on.main(),
                "alert_rep",
                "simulated",
                {"customer": "c1", "reason": "x"},
                None,
                "person:ana",
            )


def test_a_gene_reads_what_the_latest_event_said_though_no_condition_looks_at_it(
    tmp_path: Path,
) -> None:
    reads = f"""{HEAD}    about = "customer:" + data["customer"]
    seen = [gene_sdk.value(about, "mood"), gene_sdk.value(about, "never_told")]
    gene_sdk.append("alert_rep", about, {{"reason": data["reason"], "seen": seen}})
    return json.dumps({{"success": True}})
"""
    with stage(tmp_path) as on:
        express(on, reads)
        for mood in ("calm", "angry"):
            one = Occurrence(
                "mood.told", "customer:c1", {"mood": mood}, on.clock.now(), None, "p:a"
            )
            on.organism.log.append([one])
        happened(on, "interaction.logged", "customer:c1")
        assert on.organism.controller.run_pass().troubles == ()
        (alert,) = on.events("alert_rep")
        assert alert.data["seen"] == ["angry", None]
