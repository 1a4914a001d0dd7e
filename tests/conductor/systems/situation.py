"""The worked example of the paper on living software, as a system and the events of its log."""

from __future__ import annotations

from collections.abc import Sequence

from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import gaps_of
from controller.conductor.graph.reading import read_events
from controller.conductor.graph.state import State
from controller.conductor.obligation import Gap
from tests.conductor.systems.samples import system_of

PLATFORM = """system "customer_platform" {
  threshold churn_warning = 45
  threshold churn_critical = 20

  entity interaction {
    belongs_to: customer
    has: type, sentiment
  }

  when interaction.created {
    must: engagement_updated(interaction.customer)
      within: 5s
    must: acknowledged(interaction)
      within: 5s

    if engagement(interaction.customer).trend crosses threshold.churn_warning {
      must: alert_rep(interaction.customer, churn_risk_rising)
        within: 1m
      must: log_alert_event
    }

    if engagement(interaction.customer).trend crosses threshold.churn_critical
       AND interaction.customer.has_account_manager {
      must: notify_account_manager(interaction.customer)
        within: 5m
    }
  }
}
"""

LOG = """
{"id": "e4019", "type": "customer.created", "subject": "customer:c1",
 "data": {"has_account_manager": true}, "time": "2026-02-07T09:00:00Z"}
{"id": "e4020", "type": "interaction.created", "subject": "interaction:i1",
 "data": {"customer": "c1", "type": "call", "sentiment": "negative"},
 "time": "2026-02-07T10:00:00Z"}
{"id": "e4021", "type": "engagement_updated", "subject": "customer:c1", "data": {"trend": 42},
 "time": "2026-02-07T10:00:01Z", "cause": "e4020"}
{"id": "e4022", "type": "alert_rep", "subject": "customer:c1", "time": "2026-02-07T10:00:02Z",
 "cause": "e4021"}
{"id": "e4023", "type": "log_alert_event", "time": "2026-02-07T10:00:03Z", "cause": "e4022"}
"""
NOW = "2026-02-07T10:00:30.000000Z"


def lines_of(log: str) -> list[bytes]:
    """One event a line, of a text that breaks lines where it likes."""
    return [f"{{{part}".replace("\n", " ").encode() for part in log.strip()[1:].split("\n{")]


def evaluated(
    system: str, log: str | Sequence[bytes], now: str = NOW, zone: str = "UTC"
) -> tuple[Evaluator, State]:
    """The state after a log."""
    graph = compile_system(system_of(system), zone=zone).value
    assert graph is not None
    evaluator = Evaluator(graph)
    lines = lines_of(log) if isinstance(log, str) else log
    return evaluator, evaluator.step(evaluator.initial(), read_events(lines), now)


def gaps(
    system: str, log: str | Sequence[bytes], now: str = NOW, zone: str = "UTC"
) -> tuple[Gap, ...]:
    """The gaps after a log."""
    evaluator, state = evaluated(system, log, now, zone)
    return gaps_of(evaluator, state, now)


def shortly(found: Sequence[Gap]) -> list[tuple[str, str, str]]:
    """Kind, level and consequence of each gap."""
    return [(g.kind.value, g.obligation.level, g.obligation.consequence) for g in found]
