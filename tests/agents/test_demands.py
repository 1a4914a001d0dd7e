"""A demand whose searches failed gets an agent, whose allele has the gates of every other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.conductor.breakers import AGENT_FINISHED, ASSIGNED, TRIPPED
from controller.conductor.obligation import Gap
from controller.genome.allele import name_of
from tests.agents.test_tiers import CLOSES, drafts, ended, hire, says
from tests.stories.stage import ANNOUNCING, MAX_PASSES, Stage, stage

USELESS = "def execute(input_json):\n    return '{}'\n"
WAIT_S = 60.0


@contextmanager
def helpless(path: Path, agent: str, **settings: object) -> Iterator[Stage]:
    """A genome whose only allele is useless, and whose search finds nothing."""
    with stage(path, 0, USELESS) as on:
        config = on.main().files["germline.toml"] + b"\n[search]\nmax_candidates = 3\n"
        on.commit({"germline.toml": config})
        hire(on, agent, **settings)
        yield on


def settle(on: Stage) -> tuple[Gap, ...]:
    """Passes until nothing has anything to do, agents included."""
    for _ in range(MAX_PASSES):
        result = on.organism.controller.run_pass()
        if on.organism.agents.wait(WAIT_S):
            continue
        if result.wake_at is not None:
            on.clock.sleep(max(0.0, (result.wake_at - on.clock.now()).total_seconds()))
        elif result.actions == 0:
            return result.gaps
    raise AssertionError(f"no end after {MAX_PASSES} passes")


def test_an_agents_allele_heals_what_no_search_could(tmp_path: Path) -> None:
    with helpless(tmp_path, says(drafts(ANNOUNCING))) as on:
        demand = on.ask()
        assert settle(on) == ()
        assert on.outcomes(demand)[-1] == (name_of(ANNOUNCING), "confirmed")
        draft = on.draft()
        assert (draft.state, draft.name.split("/")[1]) == ("merged", "agent")
        lineage = on.main().genome.alleles[draft.locus][draft.allele].lineage
        assert lineage.engine == "agent"
        assert lineage.edits == ("it knows a rep",)
        assert lineage.failure is not None
        (assigned,) = on.events(ASSIGNED)
        assert "searches found nothing" in str(assigned.data["reason"])
        (finished,) = on.events(AGENT_FINISHED)
        assert finished.data["draft"] == draft.name


def test_an_allele_of_an_agent_that_does_not_heal_is_refused_and_a_person_is_needed_in_the_end(
    tmp_path: Path,
) -> None:
    worse = USELESS.replace("'{}'", "'[]'")
    with helpless(tmp_path, says(drafts(worse))) as on:
        demand = on.ask()
        (gap,) = settle(on)
        assert gap.needs_person
        assert "3 agents in vain (max_agents_per_gap)" in gap.status
        assert on.draft().state == "refused"
        assert name_of(worse) not in {allele for allele, _ in on.outcomes(demand)}
        assert [outcome for outcome, _ in ended(on)] == ["drafted", "failed", "failed"]
        assert "was refused before" in str(ended(on)[-1][1])
        assert len(on.events("person.needed")) == 1


def test_an_agent_may_append_nothing_about_a_world(tmp_path: Path) -> None:
    with helpless(tmp_path, says(CLOSES)) as on:
        on.ask()
        settle(on)
        assert {error for _, error in ended(on)} == {"it may not append alert_rep, only nothing"}
        assert on.events("alert_rep") == []


def test_a_demand_waits_for_the_budget_as_well_and_says_so(tmp_path: Path) -> None:
    with helpless(tmp_path, says(drafts(ANNOUNCING)), total_compute_budget="{ money = 0.5 }") as on:
        on.ask()
        (gap,) = settle(on)
        assert gap.needs_person
        assert "total_compute_budget" in gap.status
        assert on.events(ASSIGNED) == []
        (trip,) = on.events(TRIPPED)
        assert trip.data["breaker"] == "total_compute_budget"
        hire(on, says(drafts(ANNOUNCING)))
        assert settle(on) == ()
