"""What a system demands under `when` and `every`, as one flat list for each of them.

Called by `germline diff` and `germline doc`. A duty is an obligation with all that has to be so
before it is due.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grammar.sg.literal import duration_text
from grammar.system import nodes
from grammar.system.nodes import Both, Condition
from grammar.system.text import (
    condition_text,
    consequence_text,
    constant_text,
    path_text,
)


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation, or a policy; for each of `entities`, and if all `conditions` hold."""

    due: nodes.Obligation | nodes.BackfillPolicy
    entities: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def what(self) -> str:
        """The consequence, without its level."""
        due = self.due
        if isinstance(due, nodes.BackfillPolicy):
            return "backfill_policy"
        return consequence_text(due.consequence)

    @property
    def name(self) -> str:
        """The consequence, without its level and arguments."""
        due = self.due
        return due.consequence.name if isinstance(due, nodes.Obligation) else "backfill_policy"

    @property
    def called(self) -> list[str]:
        """The consequences that it may have: the demanded one and the fallback."""
        due = self.due
        if isinstance(due, nodes.BackfillPolicy):
            return []
        return [due.consequence.name, *([due.fallback.name] if due.fallback else [])]

    def __str__(self) -> str:
        if isinstance(self.due, nodes.BackfillPolicy):
            return f"backfill_policy {self.due.policy.value}"
        within = self.due.within_ms
        deadline = "" if within is None else f" within {duration_text(within)}"
        return f"{self.due.level.value} {self.what}{deadline}{self.guard}"

    @property
    def guard(self) -> str:
        """` for each …, if …`; empty where nothing guards it."""
        entities = "".join(f" for each {entity}" for entity in self.entities)
        return f"{entities} if {self.condition}" if self.conditions else entities

    @property
    def condition(self) -> str:
        """All conditions as one text; empty where there is none."""
        return condition_text(_all(self.conditions)) if self.conditions else ""


def _all(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Both(tuple(conditions))


@dataclass(frozen=True, slots=True)
class Trigger:
    """`when order.created`, `every day at 09:00`, and what it makes due."""

    head: nodes.When | nodes.Every
    duties: tuple[Duty, ...]

    def __str__(self) -> str:
        head = self.head
        if isinstance(head, nodes.When):
            lasting = "" if head.for_ms is None else f" for {duration_text(head.for_ms)}"
            return f"when {path_text(head.event)}{lasting}"
        period = head.period if isinstance(head.period, str) else constant_text(head.period)
        at = path_text(head.at) if isinstance(head.at, nodes.Path) else head.at
        return f"every {period}" + (f" at {at}" if at else "")


def triggers(members: Sequence[nodes.Member]) -> list[Trigger]:
    """Every `when` and `every` of a system; those with one head together."""
    found: dict[str, Trigger] = {}
    for member in members:
        if isinstance(member, nodes.When | nodes.Every):
            one = Trigger(replace(member, body=()), tuple(_duties(member.body, (), ())))
            before = found.get(str(one))
            found[str(one)] = replace(one, duties=before.duties + one.duties) if before else one
    return list(found.values())


def _duties(
    body: Sequence[nodes.Follows], entities: tuple[str, ...], conditions: tuple[Condition, ...]
) -> Iterator[Duty]:
    for one in body:
        match one:
            case nodes.Obligation() | nodes.BackfillPolicy():
                yield Duty(one, entities, conditions)
            case nodes.If():
                yield from _duties(one.body, entities, (*conditions, one.condition))
            case nodes.ForEach():
                inner = (*conditions, one.condition) if one.condition else conditions
                yield from _duties(one.body, (*entities, one.entity), inner)
