"""The five kinds of gap, and events that cannot be applied."""

from __future__ import annotations

import pytest

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.evaluator import Values
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.reading import read_events
from controller.conductor.obligation import PRIORITY
from tests.conductor.systems.samples import system_of
from tests.conductor.systems.situation import NOW, evaluated, gaps, shortly

CRM = """system "crm" {
  invariant response_time < 500ms
  invariant auth_required
  optimise cost within budget($200/month)
  optimise latency <= 200ms
  entity interaction {
    belongs_to: customer
    has: type
  }
  entity alert {
    belongs_to: customer
  }
  entity deal_score {
    belongs_to: customer
  }
  when interaction.created {
    must: acknowledge(interaction)
      within: 5s
    should: check_mentions(interaction)
  }
  when alert.unacknowledged for 4h {
    must: re_alert(alert)
  }
  every day at 09:00 {
    could: sweep
  }
  always {
    assert: no(alert.critical) is unacknowledged for > 24h
    assert: every(deal_score) has explanation
    assert: every(interaction) is reachable through projection
  }
}
"""


def line(kind: str, subject: str, time: str, data: str = "{}", more: str = "") -> bytes:
    name = f"{kind}-{subject}-{time}"
    text = f'"id": "{name}", "type": "{kind}", "subject": "{subject}", "data": {data}'
    return f'{{{text}, "time": "2026-02-{time}Z"{more}}}'.encode()


def test_an_event_without_its_consequence_leaves_a_reaction_gap() -> None:
    log = [line("interaction.created", "interaction:i1", "07T10:00:00")]
    before = gaps(CRM, log, "2026-02-07T10:00:05.000000Z")
    assert shortly(before) == [("reaction", "should", "check_mentions")]
    after = gaps(CRM, log, "2026-02-07T10:00:05.000001Z")
    assert shortly(after) == [
        ("reaction", "must", "acknowledge"),
        ("reaction", "should", "check_mentions"),
    ]


def test_time_alone_leaves_temporal_gaps() -> None:
    log = [line("alert.raised", "alert:a1", "07T10:00:00", '{"severity": "critical"}')]
    assert shortly(gaps(CRM, log, "2026-02-07T13:59:59.000000Z")) == []
    assert shortly(gaps(CRM, log, "2026-02-07T14:00:00.000000Z")) == [
        ("temporal", "must", "re_alert")
    ]
    assert shortly(gaps(CRM, log, "2026-02-08T10:00:01.000000Z")) == [
        ("temporal", "invariant", "no(alert.critical) is unacknowledged for > 1d"),
        ("temporal", "must", "re_alert"),
        ("temporal", "could", "sweep"),
    ]


def test_an_acknowledged_alert_is_no_gap() -> None:
    log = [
        line("alert.raised", "alert:a1", "07T10:00:00", '{"severity": "critical"}'),
        line("alert.acknowledged", "alert:a1", "07T11:00:00"),
    ]
    assert shortly(gaps(CRM, log, "2026-02-08T08:00:00.000000Z")) == []


def test_what_is_measured_beyond_its_bound_is_a_quality_gap() -> None:
    log = [
        line("measurement.recorded", "response_time", "07T10:00:00", '{"value": "600ms"}'),
        line("measurement.recorded", "latency", "07T10:00:01", '{"value": 150}'),
        line("measurement.recorded", "auth_required", "07T10:00:02", '{"value": false}'),
        line("measurement.recorded", "cost", "07T10:00:03", '{"value": "$150"}'),
        line("measurement.recorded", "cost", "07T10:00:04", '{"value": 60}'),
    ]
    now = "2026-02-07T11:00:00.000000Z"
    assert shortly(gaps(CRM, log, now)) == [
        ("quality", "invariant", "invariant response_time"),
        ("quality", "invariant", "invariant auth_required"),
        ("quality", "could", "optimise cost"),
    ]
    log.append(line("measurement.recorded", "response_time", "07T10:00:05", '{"value": "0.4s"}'))
    assert "invariant response_time" not in [name for _, _, name in shortly(gaps(CRM, log, now))]


def test_a_budget_begins_anew_with_its_period() -> None:
    log = [line("measurement.recorded", "cost", "07T10:00:03", '{"value": 250}')]
    spent = ("quality", "could", "optimise cost")
    assert spent in shortly(gaps(CRM, log, "2026-02-28T23:59:59.000000Z"))
    assert spent not in shortly(gaps(CRM, log, "2026-03-01T00:00:00.000000Z"))


def test_a_new_rule_and_a_new_claim_make_gaps_of_the_intent() -> None:
    claim = "every(deal_score) has explanation"
    added = f'{{"added": ["check_mentions", "{claim}"]}}'
    log = [
        line("interaction.created", "interaction:i1", "07T10:00:00"),
        line("acknowledge", "interaction:i1", "07T10:00:01"),
        line("deal_score.created", "deal_score:d1", "07T10:00:02"),
        line("intent.evolved", "", "07T12:00:00", added),
        line("deal_score.created", "deal_score:d2", "07T12:00:01"),
    ]
    found = gaps(CRM, log, "2026-02-07T13:00:00.000000Z")
    assert shortly(found) == [
        ("intent", "invariant", claim),
        ("consistency", "invariant", claim),
        ("intent", "should", "check_mentions"),
    ]
    assert found[2].obligation.due.isoformat() == "2026-02-07T12:00:00+00:00"
    explained = line("explanation.recorded", "e1", "07T12:00:02", '{"deal_score": "d1"}')
    assert ("intent", "invariant", claim) not in shortly(
        gaps(CRM, [*log, explained], "2026-02-07T13:00:00.000000Z")
    )


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("prospective_only", []), ("human_decision", [True]), ("sequential", [False])],
)
def test_the_backfill_policy_says_what_becomes_of_older_events(
    policy: str, expected: list[bool]
) -> None:
    system = f"""system "s" {{
      when order.created {{ must: bill(order) }}
      when intent.evolved {{ backfill_policy: {policy} }}
    }}""".replace("{ ", "{\n").replace(" }", "\n}")
    log = [
        line("order.created", "order:o1", "07T10:00:00"),
        line("intent.evolved", "", "07T12:00:00"),
    ]
    found = gaps(system, log, "2026-02-07T13:00:00.000000Z")
    assert [gap.needs_person for gap in found] == expected


def test_a_projection_that_lags_is_a_consistency_gap() -> None:
    log = [
        line("interaction.created", "interaction:i1", "07T10:00:00"),
        line("acknowledge", "interaction:i1", "07T10:00:01"),
        line("check_mentions", "interaction:i1", "07T10:00:02"),
        line("projection.advanced", "p", "07T10:00:03", '{"events": 0}'),
    ]
    now = "2026-02-07T10:30:00.000000Z"
    ((kind, level, name),) = shortly(gaps(CRM, log, now))
    assert (kind, level) == ("consistency", "invariant")
    assert name == "every(interaction) is reachable through projection"
    log.append(line("projection.advanced", "p", "07T10:00:04", '{"events": 1}'))
    assert gaps(CRM, log, now) == ()


def test_events_that_cannot_be_applied_are_kept_and_told() -> None:
    created = line("interaction.created", "interaction:i1", "07T10:00:00")
    met = [
        line("acknowledge", "interaction:i1", "07T10:00:01"),
        line("check_mentions", "interaction:i1", "07T10:00:02"),
    ]
    bad = [
        created,
        line("alert.acknowledged", "alert:a1", "07T09:00:00"),
        line("weather.changed", "", "07T10:01:00"),
        b'{"type": "interaction.created"',
        b'{"type": "interaction.created", "time": "yesterday"}',
        b'{"type": 7, "time": "2026-02-07T10:00:00Z"}',
        b'{"time": "2026-02-07T10:00:00Z"}',
        b"\xff\xfe",
        line("interaction.created", "interaction:i2", "08T10:00:00"),
        line("interaction.created", "", "07T10:02:00", '{"customer": "c1"}'),
    ]
    found = gaps(CRM, [created, *met, *bad], "2026-02-07T11:00:00.000000Z")
    told = {gap.obligation.consequence for gap in found if gap.kind == "consistency"}
    assert told == {
        "event is recorded once",
        "event is in order",
        "weather.changed is known",
        "event is readable",
        "event has happened",
        "interaction is known",
    }
    assert sum(gap.obligation.consequence == "event is readable" for gap in found) == 5


def test_an_event_of_the_future_is_taken_when_its_time_comes() -> None:
    log = [line("interaction.created", "interaction:i2", "08T10:00:00")]
    evaluator, state = evaluated(CRM, log, "2026-02-07T11:00:00.000000Z")
    assert len(state.ahead) == 1
    evaluator.step(state, [], "2026-02-08T10:00:00.000000Z")
    assert not state.ahead
    assert [one.expect for one in state.open()]


def test_values_of_different_kinds_are_told_and_not_compared() -> None:
    system = """system "s" {
      when order.created {
        if order.amount > 3 {
          must: review(order)
        }
      }
    }"""
    log = [line("order.created", "order:o1", "07T10:00:00", '{"amount": "many"}')]
    ((kind, level, name),) = shortly(gaps(system, log))
    assert (kind, level, name) == ("consistency", "must", "order.amount > 3")


def test_what_a_projection_said_before_the_log_counts() -> None:
    system = """system "s" {
      when order.created {
        if engagement(order.customer).trend crosses 45 {
          must: alert_rep(order.customer)
        }
      }
    }"""
    log = [
        line("order.created", "order:o1", "07T10:00:00", '{"customer": "c1"}'),
        line("engagement.updated", "customer:c1", "07T10:00:01", '{"trend": 42}'),
    ]
    evaluator, _ = evaluated(system, [])
    events = list(read_events(log))

    def after(values: Values | None) -> list[str]:
        state = evaluator.step(evaluator.initial(values), events, NOW)
        return [gap.obligation.consequence for gap in gaps_of(evaluator, state, NOW)]

    assert after(None) == ["alert_rep"]
    assert after({"engagement": {"c1": {"trend": 50}}}) == ["alert_rep"]
    assert after({"engagement": {"c1": {"trend": 40}}}) == []


def test_every_level_has_a_priority() -> None:
    levels = {gap.obligation.level for gap in gaps(CRM, [line("x.y", "", "07T10:00:00")])}
    assert levels <= set(PRIORITY)


def test_what_never_changes_and_is_told_to_have_changed_is_a_consistency_gap() -> None:
    system = """system "s" {
      entity note {
        immutable: true
        has: text
      }
    }"""
    log = [
        line("note.raised", "note:n1", "07T10:00:00", '{"text": "a"}'),
        line("note.created", "note:n1", "07T10:00:00", '{"text": "a"}'),
        line("note.read", "note:n1", "07T10:00:01", '{"reader": "r1"}'),
        line("note.changed", "note:n1", "07T10:00:02", '{"text": "b"}'),
        line("note.deleted", "note:n1", "07T10:00:03", '{"text": "b"}'),
    ]
    (gap,) = gaps(system, log, NOW)
    assert (gap.kind.value, gap.obligation.level) == ("consistency", "invariant")
    assert gap.obligation.arguments == {"note": "n1", "fields": ["text"]}
    assert gap.obligation.trigger == "note.changed-note:n1-07T10:00:02"


def test_a_key_for_everyone_is_a_rule_that_holds_where_deletion_shreds_it() -> None:
    text = 'system "s" {\n  entity a {\n    rule: always_has_encryption_key\n%s  }\n}\n'
    alone = compile_system(system_of(text % ""))
    assert [one.code for one in alone.diagnostics] == ["GN-N304"]
    with_shredding = text % "    rule: deletion_means_crypto_shred\n"
    assert compile_system(system_of(with_shredding)).diagnostics == ()


def test_what_is_not_evaluated_is_told() -> None:
    system = system_of(
        'system "s" {\n  optimise latency minimise\n  entity a {\n    rule: kept\n  }\n'
        "  when a.created {\n    if a.size crosses threshold.none {\n      must: b\n    }\n  }\n}\n"
    )
    codes = [remark.code for remark in compile_system(system).diagnostics]
    assert sorted(codes) == ["GN-N301", "GN-N303", "GN-N304"]


@pytest.mark.parametrize(("second", "expected"), [("05", ["answer"]), ("06", [])])
def test_a_fallback_counts_only_after_the_deadline(second: str, expected: list[str]) -> None:
    system = """system "s" {
      when order.created {
        must: answer(order)
          within: 5s
          fallback: escalate
      }
    }"""
    log = [
        line("order.created", "order:o1", "07T10:00:00"),
        line("escalate", "order:o1", f"07T10:00:{second}"),
    ]
    found = gaps(system, log, "2026-02-07T11:00:00.000000Z")
    assert [gap.obligation.consequence for gap in found] == expected
    assert all("fallback: escalate" in gap.status for gap in found)
