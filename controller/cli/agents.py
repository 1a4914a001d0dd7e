"""What `status` says of agents: who is at it, what they used, which breakers have tripped."""

from __future__ import annotations

from collections import Counter

import click

from controller.cli.screen import folded
from controller.domains.world import JsonObject
from controller.stories.mainline import Main
from controller.wiring import Organism


def agents_told(opened: Organism, main: Main) -> JsonObject | None:
    """Agents as the log has them; None where none is configured and none ever was in this hour."""
    ledger, breakers = opened.chronicle.ledger, main.config.limits
    total = breakers.total_compute_budget
    money, tokens = ledger.spending.spent(opened.clock.now())
    per_gap = Counter(one.breaker for one in ledger.attempts.handed.values() if one.breaker)
    tripped: dict[str, str] = {
        name: f"{count} gaps need a person" for name, count in per_gap.items()
    }
    tripped.update(ledger.spending.told)
    if not (main.config.agents.command or tripped or ledger.spending.charges):
        return None
    return {
        "configured": bool(main.config.agents.command),
        "running": [attempt.id for _, attempt in ledger.attempts.underway()],
        "at_most": breakers.max_concurrent_agents,
        "money": {"this_hour": money, "at_most": total.money},
        "tokens": {"this_hour": tokens, "at_most": total.tokens},
        "tripped": {**tripped},
    }


def show_agents(told: JsonObject) -> None:
    """The same for a person."""
    running, money, tokens = told["running"], told["money"], told["tokens"]
    assert isinstance(running, list)
    assert isinstance(money, dict)
    assert isinstance(tokens, dict)
    who = "" if told["configured"] else "; none is configured ([agents] in germline.toml)"
    line = (
        f"{len(running)} agents at work of {told['at_most']}; this hour {money['this_hour']} of "
        f"{money['at_most']} and {tokens['this_hour']} of {tokens['at_most']} tokens{who}"
    )
    click.echo(folded(line, "  "))
