"""Every number that bounds an agent, and all of them together: name, unit, default and reason.

`limits` has the others. People set those that are breakers in `[limits]` and `[agents]`.
"""

from __future__ import annotations

from typing import Final

AGENT_SECONDS: Final = 600.0
"""An agent's life: a model with tools needs minutes; whoever needs more has lost its way."""
AGENT_REPLY_BYTES: Final = 1024 * 1024
"""One reply: an allele's source, or a hundred small events."""
AGENT_STDERR_BYTES: Final = 4096
"""Kept of an agent's standard error: its last words explain its end; others are dropped."""
AGENT_END_SECONDS: Final = 5.0
"""From the word to its keeper to the end of all of an agent's processes; then that is killed."""
AGENT_POLL_SECONDS: Final = 0.5
"""Between two looks for a pause while `controller --once` waits for agents."""
AGENT_READ_BYTES: Final = 64 * 1024
"""Read from an agent at a time: what a pipe holds."""
AGENT_WORDS_CHARACTERS: Final = 1000
"""What an agent says to people in one go: a paragraph."""
AGENT_CHANGES: Final = 20
"""Sentences about a new allele: more than a reviewer reads."""
AGENT_EVENTS: Final = 50
"""Events that an agent is told about a gap: those that led to it, and the latest of its things."""
AGENT_MONEY_MAX: Final = 1e6
"""A cost that is told: what is more is a mistake, and would poison the sum."""
AGENT_TOKENS_MAX: Final = 10**12
"""The same for tokens."""
AGENT_MONEY: Final = 1.0
"""Money of one agent, in the unit of the budget: some hundred thousand tokens of a large model."""
AGENT_TOKENS: Final = 200_000
"""Tokens of one agent: one context of a large model."""
MAX_CONCURRENT_AGENTS: Final = 20
"""Agents at a time (seed 000, circuit breakers)."""
MAX_CONCURRENT_AGENTS_MAX: Final = 500
"""The same, at most: each is a thread and some processes."""
BUDGET_MONEY_PER_HOUR: Final = 10.0
"""Money of all agents in an hour (seed 000, total_compute_budget): ten that use all they may."""
BUDGET_TOKENS_PER_HOUR: Final = 2_000_000
"""Tokens of all agents in an hour: the same ten."""
