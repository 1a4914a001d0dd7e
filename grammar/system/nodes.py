"""What a `system "…" { … }` means, as values (seed 000).

Two systems that mean the same compare equal; spans tell where a node was written and take no
part in comparisons. All times are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Union

from grammar.source import Span

# --- constants -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duration:
    """`5s`: a length of time."""

    ms: int


@dataclass(frozen=True, slots=True)
class Percent:
    """`99.9%`: a share, as written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """`$200/month`: an amount of a currency, for each `per` if that is given."""

    currency: str
    amount: Decimal
    per: str | None = None


Constant = Union[Duration, Percent, Money, bool, int, Decimal, str]
"""A constant. Text is always in quotes; a bare word is a `Path`."""

# --- expressions ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passed:
    """An argument of a call, by name if it has one."""

    name: str | None
    value: Expression
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Invocation:
    """`alert_rep(customer: …)`: a consequence or a projection, with arguments."""

    name: str
    arguments: tuple[Passed, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Path:
    """`interaction.customer`, `engagement(customer).trend`: a name or a call, then attributes."""

    root: str | Invocation
    fields: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


Expression = Union[Path, Constant]

# --- conditions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare:
    """`interactions.count > 3`; `operator` is one of < <= > >= == !=."""

    left: Path
    operator: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Crosses:
    """`engagement(c).trend crosses threshold.churn`: the value passes the bound, either way."""

    left: Path
    bound: Expression


@dataclass(frozen=True, slots=True)
class Exists:
    """`customer.consent exists`."""

    subject: Path


@dataclass(frozen=True, slots=True)
class Is:
    """`is unacknowledged for > 24h`, `is reachable through projection`.

    `for_operator` is empty where the duration stands alone, which means at least that long.
    """

    subject: Path
    state: str
    through: str | None = None
    for_operator: str = ""
    for_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """`has explanation`."""

    subject: Path
    attribute: str


@dataclass(frozen=True, slots=True)
class Holds:
    """`rep.has_active_deals`: a path that is true by itself."""

    subject: Path


@dataclass(frozen=True, slots=True)
class Both:
    """`a AND b AND …`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`a OR b OR …`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT a`."""

    part: Condition


Condition = Union[Compare, Crosses, Exists, Is, Has, Holds, Both, Either, Not]

SUBJECT = Path("")
"""Stands for what a quantifier runs over, in the condition of an assertion."""

# --- what follows --------------------------------------------------------------------------


class Level(StrEnum):
    """How hard a gap is (seed 000, "Priority: Must, Should, Could")."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"


@dataclass(frozen=True, slots=True)
class Obligation:
    """`must: consequence` with its deadline, its fallback and what it requires."""

    level: Level
    consequence: Invocation
    within_ms: int | None = None
    fallback: Invocation | None = None
    requires: tuple[Path, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    """Where `within:`, `fallback:` and `requires:` are written, as far as they are."""
    end: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    """`if condition { … }`."""

    condition: Condition
    body: tuple[Follows, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ForEach:
    """`for each customer with interactions.count > 3 { … }`."""

    entity: str
    condition: Condition | None
    body: tuple[Follows, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


class Backfill(StrEnum):
    """What becomes of old events when the intent has evolved."""

    SEQUENTIAL = "sequential"
    PROSPECTIVE = "prospective_only"
    HUMAN = "human_decision"


@dataclass(frozen=True, slots=True)
class BackfillPolicy:
    """`backfill_policy: sequential`."""

    policy: Backfill
    span: Span | None = field(default=None, compare=False, repr=False)


Follows = Union[Obligation, If, ForEach, BackfillPolicy]

# --- members of a system -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invariant:
    """`invariant response_time < 500ms`; without a bound it is a promise by its name."""

    name: str
    operator: str | None = None
    bound: Constant | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Property:
    """`property: data_stays_in_region unless compliance_allows`."""

    name: str
    unless: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Names:
    """One line of names: `accepts: a, b`, `has: deals[], type`. Names that hold many end in []."""

    names: tuple[str, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Capability:
    """What the system does: from what, to what, with which properties."""

    name: str
    accepts: tuple[Names, ...] = ()
    produces: tuple[Names, ...] = ()
    properties: tuple[Property, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Optimise:
    """`optimise cost within budget($200/month)`, `optimise latency minimise`.

    One of: `operator` with `bound`; `operator` `within` with a `Money` for a budget; or
    `goal`, which is `minimise`, `maximise` or the name of a standard.
    """

    quality: str
    goal: str | None = None
    operator: str | None = None
    bound: Constant | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Entity:
    """Data with a meaning: what it has, belongs to, and which rules it keeps."""

    name: str
    belongs_to: tuple[Names, ...] = ()
    immutable: bool | None = None
    has: tuple[Names, ...] = ()
    rules: tuple[Names, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)
    immutable_at: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Threshold:
    """`threshold churn_warning = 45`: a number that conditions name as `threshold.…`."""

    name: str
    value: Constant
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class When:
    """`when interaction.created { … }`; with `for_ms`, when it has been so for that long."""

    event: Path
    for_ms: int | None
    body: tuple[Follows, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Every:
    """`every day at 09:00 { … }`. `period` is a unit of the calendar or a `Duration`.

    `at` is a time of day, `HH:MM`, or the path of one.
    """

    period: str | Duration
    at: str | Path | None
    body: tuple[Follows, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assertion:
    """`assert: every(deal_score) has explanation`. `claim` speaks of `SUBJECT`."""

    quantifier: str
    subject: Path
    claim: Condition
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Always:
    """`always { … }`: what is true at any time."""

    assertions: tuple[Assertion, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)


Member = Union[Invariant, Capability, Optimise, Entity, Threshold, When, Every, Always]


@dataclass(frozen=True, slots=True)
class System:
    """A stability contract with its reactive specification: members in the order written."""

    name: str
    members: tuple[Member, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    end: Span | None = field(default=None, compare=False, repr=False)
