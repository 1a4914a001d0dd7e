"""What no gene brings about an agent does, within bounds; what it may not is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.conductor.breakers import AGENT_FINISHED, ASSIGNED
from controller.conductor.obligation import Gap
from controller.domains.world import JsonObject
from controller.stories.converge import PassResult
from controller.stories.why import chain, say
from tests.stories.stage import Stage, stage
from tests.stories.test_serving import RAISES, SYSTEM, WORKS, express
from tests.stories.test_systems import happened

WAIT_S = 60.0
HEAD = "import json, sys\ngiven = json.loads(sys.stdin.readline())\n"
SAYS = HEAD + "json.dump({'resolution': RESOLUTION, 'cost': COST}, sys.stdout)\n"
COST: JsonObject = {"money": 0.25, "tokens": 100}
ALERT: JsonObject = {"type": "alert_rep", "subject": "customer:c1", "data": {"by": "agent"}}
CLOSES: JsonObject = {"outcome": "appended", "events": [ALERT]}
GIVES_UP: JsonObject = {"outcome": "needs_human", "reason": "only ana knows"}
FOREVER = "import time\nwhile True: time.sleep(60)\n"
CLAIM = """\
system "office" {
  entity score {
    has: explanation
  }

  always {
    assert: every(score) has explanation
  }
}
"""


def says(resolution: JsonObject, cost: JsonObject | None = COST) -> str:
    return SAYS.replace("RESOLUTION", repr(resolution)).replace("COST", repr(cost))


def drafts(source: str) -> JsonObject:
    return {"outcome": "drafted", "source": source, "changes": ["it knows a rep"]}


def hire(on: Stage, source: str, **settings: object) -> None:
    """A person commits a configuration with an agent that runs a Python source."""
    config = on.main().files["germline.toml"].decode().partition("\n[agents]")[0]
    limits = {key: value for key, value in settings.items() if key not in ("money", "tokens")}
    own = {key: value for key, value in settings.items() if key in ("money", "tokens")}
    config += f"\n[agents]\ncommand = {json.dumps([sys.executable, '-c', source])}\n"
    config += "".join(f"{key} = {value}\n" for key, value in own.items())
    config += "[limits]\n" + "".join(f"{key} = {value}\n" for key, value in limits.items())
    on.commit({"germline.toml": config.encode()}, "An agent")


def work(on: Stage) -> PassResult:
    """Passes until no agent is left that ends by itself."""
    controller = on.organism.controller
    result = controller.run_pass()
    while controller.desk.staff.agents.wait(WAIT_S):
        result = controller.run_pass()
    return result


def ended(on: Stage) -> list[tuple[object, object]]:
    return [(one.data["outcome"], one.data["error"]) for one in on.events(AGENT_FINISHED)]


@contextmanager
def office(path: Path, agent: str, *alleles: str, **settings: object) -> Iterator[Stage]:
    with stage(path) as on:
        express(on, *alleles)
        hire(on, agent, **settings)
        yield on


def late(on: Stage) -> Gap:
    """The only gap, once its time is over."""
    on.clock.sleep(6)
    (gap,) = on.organism.controller.gaps()
    return gap


def test_an_agent_brings_about_what_every_allele_fails_at(tmp_path: Path) -> None:
    with office(tmp_path, says(CLOSES), RAISES) as on:
        trigger = happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        assert on.events(ASSIGNED) == []
        on.clock.sleep(31)
        assert work(on).gaps == ()
        (assigned,), (finished,) = on.events(ASSIGNED), on.events(AGENT_FINISHED)
        (alert,) = on.events("alert_rep")
        assert alert.actor == f"agent:{assigned.id[:12]}"
        events = {event.id: event for event in on.events()}
        assert chain(events, alert.id) == (trigger, assigned, alert)
        assert "every allele failed" in say(assigned)
        assert "appended" in say(finished)
        assert finished.data["cost"] == {**COST, "told": True}
        assert on.organism.chronicle.ledger.attempts.tried == {}


def test_what_has_no_locus_gets_an_agent_once_it_is_overdue(tmp_path: Path) -> None:
    other = SYSTEM.replace("alert_rep(", "call_rep(")
    call = {**ALERT, "type": "call_rep"}
    with stage(tmp_path) as on:
        express(on, WORKS, system=other)
        hire(on, says({"outcome": "appended", "events": [call]}))
        happened(on, "interaction.logged", "customer:c1")
        assert work(on).actions == 0
        on.clock.sleep(6)
        assert work(on).gaps == ()
        assert len(on.events("call_rep")) == 1


def test_an_agent_is_told_the_gap_and_all_about_it(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    tells = (
        HEAD + f"open({str(seen)!r}, 'w').write(json.dumps(given))\n" + says(GIVES_UP)[len(HEAD) :]
    )
    with office(tmp_path / "on", tells, RAISES) as on:
        trigger = happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        work(on)
        told = json.loads(seen.read_text())
        (assigned,) = on.events(ASSIGNED)
        assert told["id"] == assigned.id
        assert told["gap"]["arguments"] == {"customer": "c1", "needs_attention": "needs_attention"}
        assert [one["id"] for one in told["context"]["events"]] == [trigger.id]
        assert set(told["context"]["documents"]) == {
            "systems/office.sg",
            "contracts/records/alert_rep.sg",
        }
        (tried,) = told["context"]["tried"]
        assert tried["source"] == RAISES
        assert "ValueError" in tried["error"]
        assert told["constraints"]["must_append"] == "alert_rep"
        assert told["constraints"]["draft"]["branch"].startswith(
            f"draft/agent/{assigned.id[:12]}-crm-alert-rep"
        )
        assert told["budget"] == {"seconds": 600.0, "money": 1.0, "tokens": 200000}


def test_an_agent_that_says_so_hands_the_gap_to_a_person_at_once(tmp_path: Path) -> None:
    with office(tmp_path, says(GIVES_UP), RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        (gap,) = work(on).gaps
        assert gap.needs_person
        assert "only ana knows" in gap.status
        (needed,) = on.events("person.needed")
        assert needed.data["tiers"][-1] == "agent"  # type: ignore[index]
        on.clock.sleep(100)
        work(on)
        assert len(on.events(ASSIGNED)) == len(on.events("person.needed")) == 1


@pytest.mark.parametrize(
    ("agent", "error"),
    [
        ("print('hello')", "its reply cannot be read"),
        ("", "it wrote 0 lines instead of one reply"),
        ("raise SystemExit(7)", "it exited with status 7"),
        (says({"outcome": "merged"}), "its reply cannot be read"),
        (says({**CLOSES, "reason": "x"}), "its reply cannot be read"),
        (says(CLOSES, {"money": -1.0}), "its reply cannot be read"),
        (says(CLOSES).replace("0.25", "float('nan')"), "its reply cannot be read"),
        (says({"outcome": "appended", "events": []}), "its reply cannot be read"),
        (says({"outcome": "appended", "events": [{**ALERT, "cause": "x"}]}), "its reply cannot"),
        (says({"outcome": "appended", "events": [{**ALERT, "data": {"x": 2**60}}]}), "recorded"),
        (says({"outcome": "appended", "events": [{**ALERT, "type": "draft.merged"}]}), "may not"),
        (says({"outcome": "appended", "events": [{**ALERT, "type": "deal.won"}]}), "may not"),
        (
            says({"outcome": "appended", "events": [{**ALERT, "subject": ""}]}),
            "no text of a bounded",
        ),
        (
            says(
                {
                    "outcome": "appended",
                    "events": [{**ALERT, "subject": "customer:x", "data": {"customer": "x"}}],
                }
            ),
            "is open still",
        ),
        (says(drafts("import os\n")), "is not admitted"),
        (says(drafts(RAISES)), "is there already"),
    ],
)
def test_what_an_agent_may_not_is_refused_and_told(tmp_path: Path, agent: str, error: str) -> None:
    with office(tmp_path, agent, RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        work(on)
        ((outcome, told),) = ended(on)
        assert outcome == "failed"
        assert error in str(told)
        assert on.events("draft.") == []
        assert "the next attempt is at" in late(on).status


def test_an_agents_allele_goes_through_the_gates_and_serves_from_then_on(tmp_path: Path) -> None:
    with office(tmp_path, says(drafts(WORKS)), RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        work(on)
        on.settle()
        (draft,) = on.organism.chronicle.ledger.drafts.values()
        assert draft.state == "merged"
        assert draft.name.startswith("draft/agent/")
        (alert,) = on.events("alert_rep")
        assert alert.actor == f"gene:{draft.allele[:12]}"
        (proved,) = on.events("draft.proved")
        gates = {one["gate"]: one["evidence"] for one in proved.data["gates"]}  # type: ignore
        assert gates["failing input"] == ["1 replayed in the shadow, healthy"]
        assert on.organism.controller.gaps() == ()
        happened(on, "interaction.logged", "customer:c2")
        on.settle()
        assert len(on.events(ASSIGNED)) == 1


LIAR = WORKS.replace('gene_sdk.append("alert_rep"', 'str("alert_rep"').replace(
    ', about, {"reason": data["reason"], "after": past})', ")"
)


def test_an_allele_that_brings_nothing_about_is_refused_by_a_gate(tmp_path: Path) -> None:
    with office(tmp_path, says(drafts(LIAR)), RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        work(on)
        (draft,) = on.organism.chronicle.ledger.drafts.values()
        assert draft.state == "refused"
        (refused,) = on.events("draft.refused")
        assert "it appended no alert_rep" in str(refused.data["reason"])


def test_agents_that_fail_are_followed_by_a_person_after_three(tmp_path: Path) -> None:
    with office(tmp_path, "raise SystemExit(1)", RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        for _ in range(8):
            result = work(on)
            on.clock.sleep(31)
        (gap,) = result.gaps
        assert gap.needs_person
        assert "3 agents in vain (max_agents_per_gap)" in gap.status
        assert len(on.events(ASSIGNED)) == 3
        (needed,) = on.events("person.needed")
        assert needed.data["breaker"] == "max_agents_per_gap"


def test_claims_and_qualities_are_for_agents_too_and_for_a_person_where_there_is_none(
    tmp_path: Path,
) -> None:
    explains: JsonObject = {
        "type": "score.explained",
        "subject": "score:s1",
        "data": {"explanation": "because"},
    }
    with stage(tmp_path) as on:
        on.commit({"systems/office.sg": CLAIM.encode()}, "Claims")
        for number in range(3):
            happened(on, "score.given", f"score:s{number}")
        for _ in range(2):
            result = on.organism.controller.run_pass()
        assert {gap.needs_person for gap in result.gaps} == {True}
        assert "nothing serves it" in result.gaps[0].status
        (needed,) = on.events("person.needed")
        assert needed.data["system"] == "office"
        explained = "subject = given['gap']['arguments']['score']\n"
        agent = HEAD + explained + says({"outcome": "appended", "events": [explains]})[len(HEAD) :]
        hire(on, agent.replace("'score:s1'", "'score:' + subject"))
        assert work(on).gaps == ()
        assert len(on.events("score.explained")) == 3


def test_an_agent_cannot_measure_what_it_is_to_mend(tmp_path: Path) -> None:
    system = 'system "office" {\n  invariant response_time < 500ms\n}\n'
    fakes: JsonObject = {
        "type": "measurement.recorded",
        "subject": "response_time",
        "data": {"quality": "response_time", "value": 1},
    }
    with stage(tmp_path) as on:
        on.commit({"systems/office.sg": system.encode()}, "A bound")
        hire(on, says({"outcome": "appended", "events": [fakes]}))
        on.organism.log.append([_measured(on)])
        work(on)
        ((outcome, error),) = ended(on)
        assert (outcome, error) == (
            "failed",
            "it may not append measurement.recorded, only nothing",
        )


def _measured(on: Stage):  # type: ignore[no-untyped-def]
    from controller.history.event import Occurrence

    data: JsonObject = {"quality": "response_time", "value": "900ms"}
    now = on.clock.now()
    return Occurrence("measurement.recorded", "response_time", data, now, None, "person:ana")
