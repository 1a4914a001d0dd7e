"""Circuit breakers (seed 000): what keeps agents from spiralling, and from spending without end.

    max_agent_depth         resolutions that led to one another            per chain
    max_agents_per_gap      attempts at one gap, of genes and of agents    per gap
    cooldown_per_gap        seconds between two attempts                   per gap
    max_concurrent_agents   agents at a time                               all
    total_compute_budget    money and tokens of the last hour              all

The first three are asked by `attempts` and the stories; the last two by `tripped`, before an agent
is engaged. What was spent is folded from events, so that a restart forgets none of it: an agent
that runs counts with all that it may use, one that is over with what it says, or with all if it
says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from controller import agent_limits, limits
from controller.conductor.assignment import Budget
from controller.domains.world import JsonObject
from controller.history.event import Event

ASSIGNED: Final = "agent.assigned"
AGENT_FINISHED: Final = "agent.finished"
TRIPPED: Final = "breaker.tripped"
NEEDS_PERSON: Final = "needs a person"
"""How a status begins behind which nothing, or nothing soon, happens without one."""
HOUR: Final = timedelta(hours=1)


class HourlyBudget(BaseModel):
    """What all agents may use in an hour; money in whatever unit agents tell it in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    money: float = Field(default=agent_limits.BUDGET_MONEY_PER_HOUR, ge=0, allow_inf_nan=False)
    tokens: int = Field(default=agent_limits.BUDGET_TOKENS_PER_HOUR, ge=0)


class Breakers(BaseModel):
    """Where each breaker trips. The defaults are the seed's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_agent_depth: int = Field(default=limits.MAX_AGENT_DEPTH, ge=1)
    max_agents_per_gap: int = Field(default=limits.MAX_AGENTS_PER_GAP, ge=1)
    cooldown_per_gap: float = Field(default=limits.COOLDOWN_PER_GAP_SECONDS, ge=0)
    max_concurrent_agents: int = Field(
        default=agent_limits.MAX_CONCURRENT_AGENTS, ge=1, le=agent_limits.MAX_CONCURRENT_AGENTS_MAX
    )
    total_compute_budget: HourlyBudget = HourlyBudget()


@dataclass(slots=True)
class Charge:
    """What one agent used, or may use while it `runs`. `at` is RFC 3339."""

    at: str
    money: float
    tokens: int
    runs: bool


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker that holds agents back: why, and until when if that is known."""

    breaker: str
    reason: str
    until: datetime | None = None


@dataclass(slots=True)
class Spending:
    """What agents used in the last hour, by assignment, and the breakers told since one began."""

    charges: dict[str, Charge] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take one more event."""
        if event.type == ASSIGNED:
            budget = event.data["budget"]
            assert isinstance(budget, dict)
            self._let_go(event.at)
            self.charges[event.id] = _charge(event, budget, runs=True)
            self.told.clear()
        elif event.type == AGENT_FINISHED:
            cost = event.data["cost"]
            assert isinstance(cost, dict)
            self.charges[str(event.data["attempt"])] = _charge(event, cost, runs=False)
        elif event.type == TRIPPED:
            self.told[str(event.data["breaker"])] = str(event.data["reason"])

    def running(self) -> int:
        """Agents that are assigned and not over."""
        return sum(charge.runs for charge in self.charges.values())

    def spent(self, now: datetime) -> tuple[float, int]:
        """Money and tokens of the last hour, with all that running agents may use."""
        counted = [one for one in self.charges.values() if _counts(one, now)]
        return sum(one.money for one in counted), sum(one.tokens for one in counted)

    def _let_go(self, now: datetime) -> None:
        for name in [name for name, one in self.charges.items() if not _counts(one, now)]:
            del self.charges[name]


def tripped(spending: Spending, breakers: Breakers, share: Budget, now: datetime) -> Trip | None:
    """The breaker that holds back an agent who may use `share`; None if it may be engaged."""
    running = spending.running()
    if running >= breakers.max_concurrent_agents:
        reason = f"{running} agents run of {breakers.max_concurrent_agents} (max_concurrent_agents)"
        return Trip("max_concurrent_agents", reason)
    total = breakers.total_compute_budget
    if share.money > total.money or share.tokens > total.tokens:
        reason = f"{NEEDS_PERSON}: one agent may use more than the hour has (total_compute_budget)"
        return Trip("total_compute_budget", reason)
    money, tokens = spending.spent(now)
    if money + share.money <= total.money and tokens + share.tokens <= total.tokens:
        return None
    until = _affordable(spending, total, share, now)
    when = "an agent ends" if until is None else f"{until:%H:%M:%S}"
    reason = (
        f"{NEEDS_PERSON}, or to wait until {when}: {money:g} of {total.money:g} and {tokens} of "
        f"{total.tokens} tokens are spent or set aside in this hour (total_compute_budget)"
    )
    return Trip("total_compute_budget", reason, until)


def _affordable(
    spending: Spending, total: HourlyBudget, share: Budget, now: datetime
) -> datetime | None:
    """When enough of what was spent is an hour old; None if running agents hold too much."""
    money, tokens = spending.spent(now)
    over = [one for one in spending.charges.values() if not one.runs and _counts(one, now)]
    for one in sorted(over, key=lambda charge: charge.at):
        money, tokens = money - one.money, tokens - one.tokens
        if money + share.money <= total.money and tokens + share.tokens <= total.tokens:
            return datetime.fromisoformat(one.at) + HOUR
    return None


def _counts(charge: Charge, now: datetime) -> bool:
    return charge.runs or datetime.fromisoformat(charge.at) + HOUR > now


def _charge(event: Event, used: JsonObject, *, runs: bool) -> Charge:
    money, tokens = used["money"], used["tokens"]
    assert isinstance(money, int | float)
    assert isinstance(tokens, int)
    return Charge(event.time, float(money), tokens, runs)
