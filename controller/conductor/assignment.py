"""The protocol between the controller and its agents: one assignment in, one reply out.

An agent is a short-lived program of any make: it reads an `Assignment`, one line of JSON, from
standard input and writes a `Reply`, one line of JSON, to standard output; then it dies. Stories
write the one (`stories/assign`), adapters carry both, `read_reply` reads the other. A reply is
hostile: what it asks for is held against the assignment and against the genome before any of it
is done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from controller import agent_limits, gene_limits, limits
from controller.history.canonical import NotCanonical, canonical


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Budget(_Message):
    """What one agent may use: seconds of wall clock, money, tokens."""

    seconds: float = Field(gt=0, allow_inf_nan=False)
    money: float = Field(ge=0, allow_inf_nan=False)
    tokens: int = Field(ge=0)


class Cost(_Message):
    """What an agent says that it has used."""

    money: float = Field(default=0, ge=0, le=agent_limits.AGENT_MONEY_MAX, allow_inf_nan=False)
    tokens: int = Field(default=0, ge=0, le=agent_limits.AGENT_TOKENS_MAX)


class Missing(_Message):
    """The gap to close: which consequence (or claim, or quality) of what is missing, and why."""

    kind: str
    level: str
    consequence: str
    arguments: dict[str, JsonValue]
    trigger: str
    due: datetime
    status: str


class Past(_Message):
    """One event of the log, as far as an agent needs it."""

    id: str
    type: str
    subject: str
    data: dict[str, JsonValue]
    time: str


class Tried(_Message):
    """What has been tried in vain: `by` an allele, with its `source`, or an agent."""

    by: str
    error: str
    source: str | None = None


class Context(_Message):
    """What an agent is told: `events` oldest first, `documents` of main by path, `observed` the
    world in which a demand failed."""

    events: tuple[Past, ...] = ()
    documents: dict[str, str] = {}
    tried: tuple[Tried, ...] = ()
    observed: dict[str, JsonValue] = {}


class Draft(_Message):
    """Where an agent may offer an allele: on `branch`, for `locus`, which takes only the
    `operations` of `gene_sdk` and imports only `modules`."""

    branch: str
    locus: str
    operations: tuple[str, ...]
    modules: tuple[str, ...]


class Constraints(_Message):
    """What an agent may do. `must_append` is the consequence that has to be among the events,
    `may_append` all types that are accepted; none of them if it is empty."""

    must_append: str | None = None
    may_append: tuple[str, ...] = ()
    draft: Draft | None = None


class Assignment(_Message):
    """One gap, one agent. `id` is the event `agent.assigned`."""

    id: str
    goal: str
    gap: Missing
    context: Context
    constraints: Constraints
    budget: Budget

    def to_line(self) -> bytes:
        """The assignment as an agent reads it."""
        return self.model_dump_json().encode() + b"\n"


class Drafted(_Message):
    """An allele for the locus of `Constraints.draft`: nothing else can be drafted, so neither
    contracts nor policies nor systems can. `changes` say in sentences what is new in it."""

    outcome: Literal["drafted"]
    source: str = Field(max_length=gene_limits.GENE_SOURCE_BYTES)
    changes: tuple[Annotated[str, Field(max_length=agent_limits.AGENT_WORDS_CHARACTERS)], ...] = (
        Field(default=(), max_length=agent_limits.AGENT_CHANGES)
    )


class NewEvent(_Message):
    """An event to append; its cause is the assignment."""

    type: str = Field(max_length=limits.EVENT_TYPE_CHARACTERS)
    subject: str
    data: dict[str, JsonValue] = {}


class Appended(_Message):
    """Events that close the gap, appended together or not at all."""

    outcome: Literal["appended"]
    events: tuple[NewEvent, ...] = Field(min_length=1, max_length=limits.REACTION_EVENTS)


class NeedsHuman(_Message):
    """The gap is for a person."""

    outcome: Literal["needs_human"]
    reason: str = Field(min_length=1, max_length=agent_limits.AGENT_WORDS_CHARACTERS)


class Reply(_Message):
    """Exactly one resolution, and what it cost; no `cost` counts as the whole budget."""

    resolution: Annotated[Drafted | Appended | NeedsHuman, Field(discriminator="outcome")]
    cost: Cost | None = None


def read_reply(output: bytes) -> Reply | str:
    """The reply that an agent wrote, or in one line why it is none."""
    lines = output.strip().splitlines()
    if len(lines) != 1:
        return f"it wrote {len(lines)} lines instead of one reply"
    try:
        reply = Reply.model_validate_json(lines[0])
        canonical(reply.model_dump(mode="json"))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"its reply cannot be read: {place}{': ' if place else ''}{first['msg']}"[
            : agent_limits.AGENT_WORDS_CHARACTERS
        ]
    except (NotCanonical, UnicodeEncodeError) as wrong:
        return f"its reply cannot be recorded: {wrong}"[: agent_limits.AGENT_WORDS_CHARACTERS]
    return reply
