"""A system's triggers and claims on one line: the names that rules and gaps are known by."""

from __future__ import annotations

from grammar.sg.literal import duration_text
from grammar.system import nodes
from grammar.system.text import claim_text, constant_text, path_text


def when_text(when: nodes.When) -> str:
    """`when alert.unacknowledged for 4h`."""
    lasting = f" for {duration_text(when.for_ms)}" if when.for_ms is not None else ""
    return f"when {path_text(when.event)}{lasting}"


def trigger_text(member: nodes.When | nodes.Every) -> str:
    """What begins a rule."""
    return when_text(member) if isinstance(member, nodes.When) else every_text(member)


def every_text(every: nodes.Every) -> str:
    """`every day at 09:00`."""
    period = every.period if isinstance(every.period, str) else constant_text(every.period)
    at = path_text(every.at) if isinstance(every.at, nodes.Path) else every.at
    return f"every {period}" + (f" at {at}" if at else "")


def assertion_text(one: nodes.Assertion) -> str:
    """`no(alert.critical) is unacknowledged for > 24h`."""
    return f"{one.quantifier}({path_text(one.subject)}) {claim_text(one.claim)}"
