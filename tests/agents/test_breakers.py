"""Every breaker of seed 000 trips, is told, and ends in a person or in a wait that has an end."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.clock import SystemClock
from controller.cli.agents import agents_told
from controller.conductor.assignment import Budget
from controller.conductor.attempts import (
    AGENT,
    Attempt,
    Attempts,
    Engage,
    Later,
    Person,
    Serve,
    next_step,
)
from controller.conductor.breakers import (
    AGENT_FINISHED,
    ASSIGNED,
    HOUR,
    TRIPPED,
    Breakers,
    Charge,
    HourlyBudget,
    Spending,
    tripped,
)
from controller.history.event import rfc3339
from controller.service import Service, Wake
from controller.stories import brake
from controller.stories.converge import PassResult
from controller.wiring import open_organism
from tests.agents.test_tiers import (
    CLOSES,
    FOREVER,
    WAIT_S,
    ended,
    hire,
    late,
    office,
    says,
    work,
)
from tests.stories.stage import Stage, stage
from tests.stories.test_serving import RAISES, SYSTEM, WORKS, express
from tests.stories.test_systems import happened

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHARE = Budget(seconds=1, money=1.0, tokens=10)
OTHER = SYSTEM.replace("alert_rep(", "call_rep(")


def crowd(on: Stage, count: int) -> None:
    """So many gaps that nothing but an agent closes."""
    express(on, WORKS, system=OTHER)
    for number in range(count):
        happened(on, "interaction.logged", f"customer:c{number}")
    on.organism.controller.run_pass()
    on.clock.sleep(6)


def told(on: Stage) -> dict[str, object]:
    found = agents_told(on.organism, on.main())
    assert found is not None
    return found["tripped"]  # type: ignore[return-value]


def test_no_more_agents_run_at_a_time_than_may_and_the_rest_follows(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        crowd(on, 4)
        hire(on, "import time\ntime.sleep(0.2)\n", max_concurrent_agents=2, max_agents_per_gap=1)
        result = on.organism.controller.run_pass()
        assert len(on.organism.agents.running()) == len(on.events(ASSIGNED)) == 2
        (trip,) = on.events(TRIPPED)
        assert trip.data["breaker"] == "max_concurrent_agents"
        assert "max_concurrent_agents" in told(on)
        held = [gap for gap in result.gaps if "max_concurrent_agents" in gap.status]
        assert (len(held), [gap.needs_person for gap in held]) == (2, [False, False])
        work(on)
        assert len(ended(on)) == 4
        assert told(on) == {"max_agents_per_gap": "4 gaps need a person"}


def test_the_hours_budget_holds_agents_back_until_what_was_spent_is_an_hour_old(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        crowd(on, 3)
        budget = "{ money = 2.0, tokens = 1000000 }"
        silent = says({"outcome": "needs_human", "reason": "no"}, None)
        hire(on, silent, total_compute_budget=budget, money=1.0)
        result = work(on)
        assert len(on.events(ASSIGNED)) == 2
        assert [one.data["cost"]["money"] for one in on.events(AGENT_FINISHED)] == [1.0, 1.0]  # type: ignore[index,call-overload]
        assert [one.data["breaker"] for one in on.events(TRIPPED)] == ["total_compute_budget"]
        (held,) = [gap for gap in result.gaps if "total_compute_budget" in gap.status]
        assert held.needs_person
        assert result.wake_at == on.events(AGENT_FINISHED)[0].at + HOUR
        with open_organism(on.path, on.clock) as again:
            again.chronicle.refresh()
            assert again.chronicle.ledger.spending.spent(on.clock.now())[0] == 2.0
        on.clock.sleep(HOUR.total_seconds())
        work(on)
        assert len(on.events(ASSIGNED)) == 3
        assert told(on) == {}


def test_resolutions_of_agents_that_lead_to_one_another_end_with_a_person(tmp_path: Path) -> None:
    again = "  when alert_rep {\n    must: alert_rep(customer, again)\n  }\n}\n"
    speaks = CLOSES["events"][0]  # type: ignore[index,call-overload]
    with stage(tmp_path) as on:
        express(on, WORKS, system=SYSTEM.removesuffix("}\n") + again)
        phenotype = {"phenotypes/crm.sg": b"phenotype crm\n"}
        on.commit(phenotype, "No gene")
        hire(on, says({"outcome": "appended", "events": [speaks]}), max_agent_depth=2)
        happened(on, "interaction.logged", "customer:c1")
        for _ in range(4):
            on.clock.sleep(6)
            work(on)
        assert [one.data["depth"] for one in on.events(ASSIGNED)] == [1, 2]
        (needed,) = on.events("person.needed")
        assert needed.data["breaker"] == "max_agent_depth"
        assert told(on) == {"max_agent_depth": "1 gaps need a person"}


def test_an_agent_that_a_controllers_end_cut_short_counts_and_is_followed_by_another(
    tmp_path: Path,
) -> None:
    with office(tmp_path, FOREVER, RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        on.organism.controller.run_pass()
        (assigned,) = on.events(ASSIGNED)
        assert "is at it" in late(on).status
        on.organism.agents.stop("the controller dies")
        while on.organism.agents.collect():
            pass  # its end is lost, as with the process that knew of it
        on.organism.controller.run_pass()
        assert ended(on) == [("failed", "it was cut short: the controller ended")]
        (finished,) = on.events(AGENT_FINISHED)
        assert finished.cause == assigned.id
        assert finished.data["cost"] == {"money": 1.0, "tokens": 200000, "told": False}
        on.clock.sleep(31)
        on.organism.controller.run_pass()
        assert len(on.events(ASSIGNED)) == 2


def test_a_pause_kills_agents_and_engages_none(tmp_path: Path) -> None:
    with office(tmp_path, FOREVER, RAISES) as on:
        happened(on, "interaction.logged", "customer:c1")
        on.organism.controller.run_pass()
        on.clock.sleep(31)
        on.organism.controller.run_pass()
        assert len(on.organism.agents.running()) == 1
        brake.pause(on.organism.log, on.clock, "person:ana", "hands off")
        on.organism.controller.run_pass()
        assert ended(on) == []
        pause = on.organism.chronicle.ledger.pause
        assert pause is not None
        brake.resume(on.organism.log, on.clock, "person:ana", "", pause)
        on.organism.controller.run_pass()
        ((outcome, error),) = ended(on)
        assert outcome == "failed"
        assert "paused by person:ana" in str(error)


class Listening:
    """Counts passes."""

    def __init__(self, heard: threading.Semaphore) -> None:
        self._heard = heard

    def passed(self, result: PassResult, pass_s: float, late_s: float) -> None:
        self._heard.release()

    def alive(self) -> None:
        return


def test_a_resting_controller_takes_in_an_agent_when_it_ends_and_kills_one_when_paused(
    tmp_path: Path,
) -> None:
    """Real time, the real service: what wakes it are the agent's end and the log."""
    with stage(tmp_path) as on:
        crowd(on, 1)
        flag = tmp_path / "flag"
        slow = f"import os, time\nwhile not os.path.exists({str(flag)!r}): time.sleep(0.01)\n"
        hire(on, slow, cooldown_per_gap=0, max_agents_per_gap=2)
    stop, passed = threading.Event(), threading.Semaphore(0)
    with open_organism(on.path, SystemClock()) as organism:

        def until(count: int, kind: str) -> None:
            while sum(e.type == kind for e in organism.log.since(0)) < count:
                assert passed.acquire(timeout=WAIT_S)

        service = Service(organism.controller, organism.clock, organism.gitdir, stop, Wake())
        thread = threading.Thread(target=service.run, args=(Listening(passed),))
        thread.start()
        try:
            until(1, ASSIGNED)
            flag.touch()
            until(1, AGENT_FINISHED)
            flag.unlink()
            until(2, ASSIGNED)
            running = organism.agents
            brake.pause(organism.log, organism.clock, "person:ana", "hands off")
            assert running.wait(WAIT_S)
        finally:
            stop.set()
            thread.join(WAIT_S)
        assert not thread.is_alive()


# --- decisions ----------------------------------------------------------------------------


def attempts(*tried: Attempt) -> Attempts:
    return Attempts({"gap": list(tried)})


def test_genes_come_before_agents_and_agents_before_people() -> None:
    at = rfc3339(NOW - HOUR)
    gene, agent = Attempt("1", "a", at, "boom"), Attempt("2", AGENT, at, "no idea")
    breakers = Breakers(max_agents_per_gap=2)

    def step(known: Attempts, *tiers: str) -> object:
        return next_step("gap", tiers, known, NOW, breakers)

    assert step(attempts(), "a", AGENT) == Serve("a")
    assert step(attempts(gene), "a", "b", AGENT) == Serve("b")
    assert isinstance(step(attempts(gene), "a", AGENT), Engage)
    assert isinstance(step(attempts(gene), "a"), Person)
    assert isinstance(step(attempts(gene, agent), "a", AGENT), Engage)
    last = step(attempts(gene, agent, agent), "a", AGENT)
    assert isinstance(last, Person)
    assert last.breaker == "max_agents_per_gap"
    assert isinstance(step(attempts()), Person)


def test_an_attempt_is_not_made_before_the_cooldown_is_over() -> None:
    tried = attempts(Attempt("1", AGENT, rfc3339(NOW), "no"))
    until = NOW + timedelta(seconds=7)
    breakers = Breakers(cooldown_per_gap=7)
    assert next_step("gap", (AGENT,), tried, NOW, breakers) == Later(until)
    assert isinstance(next_step("gap", (AGENT,), tried, until, breakers), Engage)


CHARGES = st.lists(
    st.builds(
        lambda minutes, money, runs: Charge(
            rfc3339(NOW - timedelta(minutes=minutes)), money, 1, runs
        ),
        st.integers(0, 90),
        st.floats(0, 1),
        st.booleans(),
    ),
    max_size=12,
)


@given(CHARGES)
def test_an_hour_never_costs_more_than_its_budget_if_agents_keep_to_theirs(
    charges: list[Charge],
) -> None:
    spending = Spending({str(n): one for n, one in enumerate(charges)})
    breakers = Breakers(total_compute_budget=HourlyBudget(money=4.0, tokens=100))
    trip = tripped(spending, breakers, SHARE, NOW)
    money, _ = spending.spent(NOW)
    assert (trip is None) == (money + SHARE.money <= 4.0)
    if trip is not None and trip.until is not None:
        assert trip.until > NOW
        assert tripped(spending, breakers, SHARE, trip.until) is None


def test_a_share_that_no_hour_has_needs_a_person() -> None:
    breakers = Breakers(total_compute_budget=HourlyBudget(money=0.5))
    trip = tripped(Spending(), breakers, SHARE, NOW)
    assert trip is not None
    assert trip.reason.startswith("needs a person")
    assert trip.until is None
