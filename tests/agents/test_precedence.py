"""What is most severe comes first, and a promotion waits for what is open at its locus."""

from __future__ import annotations

from pathlib import Path

from controller.conductor.breakers import ASSIGNED
from controller.stories.merge import open_draft
from controller.stories.proposal import Reason, propose_order
from tests.agents.test_tiers import CLAIM, FOREVER, hire, work
from tests.stories.stage import Stage, stage
from tests.stories.test_serving import LIES, RAISES, SYSTEM, express
from tests.stories.test_systems import happened

EXPLAINED = CLAIM.partition("\n")[2].removesuffix("}\n")


def offer(on: Stage, sha: str, gap: str = "") -> str:
    """A draft that makes an allele of the stack dominant; its name."""
    main = on.main()
    stack = tuple(one.sha for one in main.genome.stack("crm", "alert_rep"))
    order = (sha, *(one for one in stack if one != sha))
    allele = main.genome.alleles["alert_rep"][sha]
    on.organism.controller.run_pass()
    main = on.main()
    moved = on.organism.chronicle.ledger.main_event
    assert moved is not None
    reason = Reason(moved, "", "The records say so", gap)
    proposal = propose_order(main.genome, main.files, "crm", allele, order, "promotion", reason)
    return open_draft(on.organism.membrane, proposal, main.commit).name


def dominant(on: Stage) -> str:
    return on.main().genome.stack("crm", "alert_rep")[0].sha


def test_a_promotion_waits_until_the_must_that_it_touches_is_met(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        _, second = express(on, RAISES, LIES)
        trigger = happened(on, "interaction.logged", "customer:c1")
        on.clock.sleep(6)
        offer(on, second)
        work(on)
        (draft,) = on.organism.repository.drafts()
        held = on.organism.controller.held(draft)
        assert held is not None
        assert held.startswith("waits: alert_rep (must) is open")
        assert on.events("draft.merged") == []
        happened(on, "alert_rep", "customer:c1", trigger.id)
        work(on)
        assert dominant(on) == second


def test_a_draft_that_claims_to_resolve_what_is_open_does_not_wait(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        _, second = express(on, RAISES, LIES)
        happened(on, "interaction.logged", "customer:c1")
        on.clock.sleep(6)
        offer(on, second, "some gap")
        work(on)
        assert dominant(on) == second


def test_an_invariant_of_the_system_that_a_locus_serves_holds_its_promotions(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        both = SYSTEM.removesuffix("}\n") + EXPLAINED + "}\n"
        _, second = express(on, RAISES, LIES, system=both)
        score = happened(on, "score.given", "score:s1")
        offer(on, second)
        work(on)
        (draft,) = on.organism.repository.drafts()
        held = on.organism.controller.held(draft)
        assert held is not None
        assert "(invariant) is open" in held
        on.organism.chronicle.record(
            "score.explained", "score:s1", {"explanation": "because"}, score.id, "person:ana"
        )
        work(on)
        assert dominant(on) == second


def test_an_open_should_holds_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        soft = SYSTEM.replace("must:", "should:")
        _, second = express(on, RAISES, LIES, system=soft)
        happened(on, "interaction.logged", "customer:c1")
        on.clock.sleep(6)
        offer(on, second)
        work(on)
        assert dominant(on) == second


def test_agents_go_to_invariants_first_then_to_must_should_and_could(tmp_path: Path) -> None:
    levels = "".join(
        f"    {level}: {level}_done(customer)\n" for level in ("could", "should", "must")
    )
    system = CLAIM.removesuffix("}\n") + f"\n  when interaction.logged {{\n{levels}  }}\n}}\n"
    with stage(tmp_path) as on:
        on.commit({"systems/office.sg": system.encode()}, "All levels")
        happened(on, "interaction.logged", "customer:c1")
        happened(on, "score.given", "score:s1")
        hire(on, FOREVER, max_concurrent_agents=3)
        on.organism.controller.run_pass()
        goals = [str(one.data["consequence"]) for one in on.events(ASSIGNED)]
        assert goals == ["every(score) has explanation", "must_done", "should_done"]
        (gap,) = [g for g in on.organism.controller.gaps() if "max_concurrent" in g.status]
        assert gap.obligation.consequence == "could_done"


def test_systems_that_contradict_each_other_are_a_gap_that_only_people_close(
    tmp_path: Path,
) -> None:
    contrary = CLAIM.replace('"office"', '"archive"').replace("every(", "no(")
    with stage(tmp_path) as on:
        on.commit({"systems/office.sg": CLAIM.encode(), "systems/archive.sg": contrary.encode()})
        (gap,) = on.organism.controller.run_pass().gaps
        assert gap.needs_person
        assert gap.obligation.arguments == {
            "first": "archive: no(score) has explanation",
            "second": "office: every(score) has explanation",
        }
        on.commit({"systems/archive.sg": contrary.replace("no(", "every(").encode()})
        assert on.organism.controller.run_pass().gaps == ()
