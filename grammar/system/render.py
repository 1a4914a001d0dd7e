"""A system as rows of canonical text. Called by grammar.sg.render.

Members keep their order, because comments above them make chapters of it; the lines of an entity
or a capability have one order.
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.sg.literal import duration_text, quoted
from grammar.sg.rows import row
from grammar.sg.weave import Row
from grammar.source import Span
from grammar.system import nodes
from grammar.system.text import (
    argument_text,
    claim_text,
    condition_parts,
    consequence_text,
    constant_text,
    path_text,
)

_COLUMNS = 80
"""Width past which a condition is written on several lines."""
_ONE_LINE = (nodes.Invariant, nodes.Optimise, nodes.Threshold)


def system_rows(system: nodes.System) -> list[Row]:
    """The rows of a system, braces included."""
    rows = [row(f"system {quoted(system.name)} {{", system.span)]
    before: nodes.Member | None = None
    for member in system.members:
        together = isinstance(member, _ONE_LINE) and type(member) is type(before)
        rows += [] if together else [Row("")]
        first, *rest = _member(member)
        rows += [Row(first.text, first.origin, apart=True), *rest]
        before = member
    return [*rows, _closing("", "}", system.end)]


def _closing(indent: str, brace: str, end: Span | None) -> Row:
    """A row that closes a block; comments above it are those of the block."""
    return Row(f"{indent}{brace}", end.line if end else None, closes=True)


def _member(member: nodes.Member) -> list[Row]:
    if isinstance(member, nodes.Invariant):
        bound = f" {member.operator} {constant_text(member.bound)}" if member.operator else ""
        return [row(f"  invariant {member.name}{bound}", member.span)]
    if isinstance(member, nodes.Threshold):
        value = constant_text(member.value)
        return [row(f"  threshold {member.name} = {value}", member.span)]
    if isinstance(member, nodes.Optimise):
        return [row(f"  optimise {member.quality} {goal_text(member)}", member.span)]
    if isinstance(member, nodes.Capability):
        return _block(f"capability {member.name}", _capability(member), member, "  ")
    if isinstance(member, nodes.Entity):
        return _block(f"entity {member.name}", _entity(member), member, "  ")
    if isinstance(member, nodes.Always):
        rows = [_assertion(one) for one in member.assertions]
        return _block("always", rows, member, "  ")
    head = _when(member) if isinstance(member, nodes.When) else _every(member)
    return _block(head, _follows(member.body, "    "), member, "  ")


Bracketed = (
    nodes.Capability
    | nodes.Entity
    | nodes.Always
    | nodes.When
    | nodes.Every
    | nodes.If
    | nodes.ForEach
)


def _block(head: str, rows: Sequence[Row], of: Bracketed, indent: str) -> list[Row]:
    return [row(f"{indent}{head} {{", of.span), *rows, _closing(indent, "}", of.end)]


def goal_text(optimise: nodes.Optimise) -> str:
    """What follows the quality: `minimise`, `< 5s`, `within budget($200/month)`."""
    if isinstance(optimise.bound, nodes.Money) and optimise.operator == "within":
        return f"within budget({constant_text(optimise.bound)})"
    if optimise.operator:
        return f"{optimise.operator} {constant_text(optimise.bound)}"
    return str(optimise.goal)


def _names(label: str, groups: Sequence[nodes.Names]) -> list[Row]:
    return [row(f"    {label}: {', '.join(group.names)}", group.span) for group in groups]


def _capability(capability: nodes.Capability) -> list[Row]:
    rows = _names("accepts", capability.accepts) + _names("produces", capability.produces)
    for one in capability.properties:
        unless = f" unless {one.unless}" if one.unless else ""
        rows.append(row(f"    property: {one.name}{unless}", one.span))
    return rows


def _entity(entity: nodes.Entity) -> list[Row]:
    rows = _names("belongs_to", entity.belongs_to)
    if entity.immutable is not None:
        text = f"    immutable: {'true' if entity.immutable else 'false'}"
        rows.append(row(text, entity.immutable_at))
    return rows + _names("has", entity.has) + _names("rule", entity.rules)


def _when(when: nodes.When) -> str:
    lasting = f" for {duration_text(when.for_ms)}" if when.for_ms is not None else ""
    return f"when {path_text(when.event)}{lasting}"


def _every(every: nodes.Every) -> str:
    period = every.period if isinstance(every.period, str) else constant_text(every.period)
    at = path_text(every.at) if isinstance(every.at, nodes.Path) else every.at
    return f"every {period}" + (f" at {at}" if at else "")


def _assertion(assertion: nodes.Assertion) -> Row:
    subject, claim = path_text(assertion.subject), claim_text(assertion.claim)
    return row(f"    assert: {assertion.quantifier}({subject}) {claim}", assertion.span)


def _follows(body: Sequence[nodes.Follows], indent: str) -> list[Row]:
    rows: list[Row] = []
    several = False
    for one in body:
        found = _one_that_follows(one, indent)
        rows += [Row("")] if rows and (several or isinstance(one, nodes.If | nodes.ForEach)) else []
        rows += found
        several = len(found) > 1
    return rows


def _one_that_follows(one: nodes.Follows, indent: str) -> list[Row]:
    if isinstance(one, nodes.Obligation):
        return _obligation(one, indent)
    if isinstance(one, nodes.BackfillPolicy):
        return [row(f"{indent}backfill_policy: {one.policy.value}", one.span)]
    inner = _follows(one.body, indent + "  ")
    if isinstance(one, nodes.If):
        return _conditional("if", one.condition, inner, one, indent)
    if one.condition is None:
        return _block(f"for each {one.entity}", inner, one, indent)
    return _conditional(f"for each {one.entity} with", one.condition, inner, one, indent)


def _conditional(
    lead: str, condition: nodes.Condition, rows: Sequence[Row], of: Bracketed, indent: str
) -> list[Row]:
    """A block with a condition; one too long for a line has a line for each of its parts."""
    parts = condition_parts(condition)
    if len(f"{indent}{lead} {' '.join(parts)} {{") <= _COLUMNS or len(parts) == 1:
        return _block(f"{lead} {' '.join(parts)}", rows, of, indent)
    first, *middle, last = parts
    return [
        row(f"{indent}{lead} {first}", of.span),
        *(Row(f"{indent}   {part}") for part in middle),
        Row(f"{indent}   {last} {{"),
        *rows,
        _closing(indent, "}", of.end),
    ]


def _obligation(obligation: nodes.Obligation, indent: str) -> list[Row]:
    at, deeper = obligation.places, indent + "  "
    rows = _consequence(obligation, indent)
    if obligation.within_ms is not None:
        text = f"{deeper}within: {duration_text(obligation.within_ms)}"
        rows.append(row(text, at.get("within")))
    if obligation.fallback is not None:
        text = f"{deeper}fallback: {consequence_text(obligation.fallback)}"
        rows.append(row(text, at.get("fallback")))
    if obligation.requires:
        names = ", ".join(path_text(path) for path in obligation.requires)
        rows.append(row(f"{deeper}requires: {names}", at.get("requires")))
    return rows


def _consequence(obligation: nodes.Obligation, indent: str) -> list[Row]:
    """On one line, or with a line for each argument if more than one has a name."""
    call, lead = obligation.consequence, f"{indent}{obligation.level.value}: "
    if sum(argument.name is not None for argument in call.arguments) < 2:
        return [row(f"{lead}{consequence_text(call)}", obligation.span)]
    *others, last = call.arguments
    return [
        row(f"{lead}{call.name}(", obligation.span),
        *(row(f"{indent}  {argument_text(one)},", one.span) for one in others),
        row(f"{indent}  {argument_text(last)}", last.span),
        _closing(indent, ")", obligation.end),
    ]
