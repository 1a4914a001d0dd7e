"""An interaction of a customer whose engagement falls: the paper's example, line by line."""

from __future__ import annotations

import re

import pytest

from controller.conductor.graph.drawing import drawn
from tests.conductor.systems.situation import LOG, NOW, PLATFORM, evaluated, gaps
from tests.grammar.samples import seed_blocks

EARLY = b"2026-02-07T10:00:00Z"
DRAWN = """\
Event: interaction.created(i1, customer: c1, type: call, sentiment: negative)

Expected consequences:
├─ MUST engagement_updated(c1)              within: 5s
│   └─ status: ✓ (event e4021 satisfies this)
├─ MUST acknowledged(i1)                    within: 5s
│   └─ status: ✗ GAP — no acknowledged event found
├─ CONDITIONAL: check engagement(interaction.customer).trend crosses threshold.churn_warning
│   └─ engagement(c1).trend = 42 → crosses churn_warning(45)
│       ├─ MUST alert_rep(c1, churn_risk_rising) within: 1m
│       │   └─ status: ✓ (event e4022 satisfies this)
│       └─ MUST log_alert_event
│           └─ status: ✓ (event e4023 satisfies this)
└─ CONDITIONAL: check engagement(interaction.customer).trend crosses threshold.churn_critical AND \
interaction.customer.has_account_manager
    └─ engagement(c1).trend = 42, churn_critical(20), \
interaction.customer.has_account_manager = true → does not hold
        └─ no consequences required ✓

Gaps found: 1
  → acknowledged missing for interaction i1
  → severity: must-within-5s (high priority)
  → reaction gap, due 2026-02-07T10:00:05.000000Z
"""


def drawing() -> str:
    evaluator, state = evaluated(PLATFORM, LOG)
    return "\n".join(drawn(evaluator, state, NOW))


def test_the_situation_is_drawn_with_what_became_of_each_consequence() -> None:
    squeezed = re.sub(r" +within", " within", drawing())
    assert squeezed == re.sub(r" +within", " within", DRAWN)


def test_the_one_gap_is_the_missing_acknowledgement() -> None:
    (gap,) = gaps(PLATFORM, LOG)
    one = gap.obligation
    assert (gap.kind, one.level, one.consequence) == ("reaction", "must", "acknowledged")
    assert one.arguments == {"interaction": "i1"}
    assert (one.trigger, one.severity) == ("e4020", "must-within-5s")
    assert one.due.isoformat() == "2026-02-07T10:00:05+00:00"


def test_what_only_the_clock_has_brought_is_drawn_too() -> None:
    system = """system "s" {
      entity alert {
      }
      when alert.unacknowledged for 4h {
        must: re_alert(alert)
      }
    }"""
    log = [b'{"id": "e1", "type": "alert.raised", "subject": "alert:a1", "time": "%s"}' % EARLY]
    evaluator, state = evaluated(system, log, "2026-02-07T14:00:01.000000Z")
    (event, _, _, consequence, status, *_) = drawn(evaluator, state, "2026-02-07T14:00:01.000000Z")
    assert event == "when alert.unacknowledged for 4h: e1"
    assert consequence == "└─ MUST re_alert(a1)"
    assert status.endswith("✗ GAP — no re_alert event found")
    assert list(drawn(evaluator, state, "2026-02-07T13:59:59.000000Z")) == []


def meaning(text: str) -> list[tuple[int, str]]:
    """A drawing's lines as depth and meaning, without what is only wording."""
    found = []
    for line in text.splitlines():
        bare = line.lstrip("│├└─ ")
        depth = len(line) - len(bare)
        if match := re.match(r"MUST (\S+(?: \S+\))?)\s*(?:within: (\w+))?$", bare):
            found.append((depth, f"must {match[1]} {match[2]}"))
        elif match := re.match(r"status: (✓ \(event \w+|✗ GAP)", bare):
            found.append((depth, match[1]))
        elif bare.startswith("CONDITIONAL"):
            found.append((depth, "conditional"))
        elif "→" in bare and depth > 2:
            numbers = " ".join(re.findall(r"\b\d+\b", bare.replace("c1", "")))
            found.append((depth, f"{numbers} {'crosses' if '→ crosses' in bare else 'not'}"))
        elif bare.startswith(("no consequences", "Gaps found", "Event:")):
            found.append((depth, bare))
        elif match := re.match(r"→ (severity: .*)", bare):
            found.append((0, match[1]))
    return found


def test_the_paper_draws_the_same_graph() -> None:
    blocks = [block for block in seed_blocks("000") if block.startswith("Event: interaction")]
    if not blocks:
        pytest.skip("the paper is not there")
    theirs = meaning(blocks[0])
    assert len(theirs) > 14
    assert meaning(drawing()) == theirs
