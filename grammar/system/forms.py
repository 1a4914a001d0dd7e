"""How each clause of a system is written, for what is said about those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grammar.sg.mistakes import Expected

_NAMES = "names are parted by commas: `a, b`"
_CONSEQUENCE = "a consequence is written `must: name(argument)` or `must: name`"
_CONDITION = (
    "a condition compares, `x.count > 3`, or tells: `x crosses y`, `x is y`, `x exists`; "
    "join them with AND, OR, NOT"
)

FORMS: Final[Mapping[str, Expected]] = {
    "system": Expected("SG-E160", "the head of a system", 'write `system "name" {`'),
    "invariant": Expected(
        "SG-E165", "an invariant", "write `invariant name` or `invariant name < 500ms`"
    ),
    "capability": Expected("SG-E139", "the name of a capability", "write `capability name {`"),
    "accepts": Expected("SG-E166", "a list of names", _NAMES),
    "produces": Expected("SG-E166", "a list of names", _NAMES),
    "property": Expected(
        "SG-E166", "a property", "write `property: name` or `property: name unless name`"
    ),
    "optimise": Expected(
        "SG-E167",
        "a goal",
        "write `optimise cost within budget($200/month)`, `optimise latency minimise` or "
        "`optimise latency < 200ms`",
    ),
    "entity": Expected("SG-E139", "the name of an entity", "write `entity name {`"),
    "has": Expected("SG-E168", "a list of attributes", "write `has: name, names[]`"),
    "belongs_to": Expected("SG-E168", "a list of entities", _NAMES),
    "immutable": Expected("SG-E168", "a truth value", "write `immutable: true`"),
    "rule": Expected("SG-E168", "the name of a rule", "write `rule: name`"),
    "threshold": Expected("SG-E173", "a threshold", "write `threshold name = 45`"),
    "when": Expected(
        "SG-E169", "an event", "write `when entity.event {` or `when entity.state for 4h {`"
    ),
    "every": Expected(
        "SG-E169", "a time", "write `every day at 09:00 {`, `every week {` or `every 15m {`"
    ),
    "for": Expected(
        "SG-E169", "a loop", "write `for each entity {` or `for each entity with x.count > 3 {`"
    ),
    "if": Expected("SG-E170", "a condition", _CONDITION),
    "always": Expected("SG-E169", "the head of a block", "write `always {`"),
    "must": Expected("SG-E172", "a consequence", _CONSEQUENCE),
    "should": Expected("SG-E172", "a consequence", _CONSEQUENCE),
    "could": Expected("SG-E172", "a consequence", _CONSEQUENCE),
    "within": Expected("SG-E135", "a duration", "write `within: 5s`"),
    "fallback": Expected("SG-E172", "a consequence", "write `fallback: name`"),
    "requires": Expected("SG-E166", "a list of names", _NAMES),
    "backfill_policy": Expected("SG-E175", "a policy", "write `backfill_policy: sequential`"),
    "assert": Expected(
        "SG-E174",
        "an assertion",
        "write `assert: every(entity) has name`, or `no(…) is state for > 24h`",
    ),
}
"""Keyword → what its clause should have been."""
