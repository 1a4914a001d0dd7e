"""Pathways, topologies and intents as rows of canonical text. Called by render.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grammar.sg.composition import (
    Action,
    Arm,
    Ask,
    AskEach,
    Choose,
    Given,
    HostSet,
    Intent,
    Named,
    Need,
    Pathway,
    Probes,
    Remedy,
    Repeat,
    Resource,
    Run,
    Step,
    Topology,
)
from grammar.sg.literal import duration_text, literal_text, quoted
from grammar.sg.rows import fields, heading, prose, row, section
from grammar.sg.steps import OTHERWISE
from grammar.sg.value import value_text
from grammar.sg.weave import Row
from grammar.source import Span

_INDENT = "    "


def level_rows(contract: Pathway | Topology | Intent) -> list[Row]:
    """The rows of a contract above the gene."""
    if isinstance(contract, Pathway):
        return _pathway(contract)
    return _topology(contract) if isinstance(contract, Topology) else _intent(contract)


def _pathway(pathway: Pathway) -> list[Row]:
    at = pathway.places
    return [
        heading("pathway", pathway.name, pathway.domain, pathway.span),
        row(f"  risk {pathway.risk.value}", at.get("risk")),
        *section("does", at, prose(pathway.does)),
        *section("takes", at, fields(pathway.takes, _INDENT)),
        *section("steps", at, _steps(pathway.steps)),
        *section("requires", at, [_need(one) for one in pathway.requires]),
        *section("verify", at, _probes(pathway.verify, "within")),
        *section("on failure", at, _remedies(pathway.on_failure, at)),
    ]


def _steps(steps: Sequence[Step]) -> list[Row]:
    rows: list[Row] = []
    for step in steps:
        if rows:
            rows.append(Row(""))
        number = f"{step.number}. "
        indent = _INDENT + " " * len(number)
        rows += _action(step.action, _INDENT + number, indent, step.span)
    return rows


def _action(action: Action, lead: str, indent: str, span: Span | None) -> list[Row]:
    """An action whose first row begins with `lead`; what is below it is deeper than `indent`."""
    deeper = indent + "  "
    if isinstance(action, Repeat):
        text = f"{lead}for {action.variable} in {value_text(action.over)}:"
        inner = [_action(one, deeper, deeper, one.span) for one in action.body]
        return [row(text, span), *(one for rows in inner for one in rows)]
    if isinstance(action, Choose):
        head = row(f"{lead}when step {action.step}.{action.result}:", span)
        return [head, *(one for arm in action.arms for one in _arm(arm, deeper))]
    name = action.locus if isinstance(action, Run) else f"-> {action.pathway}"
    return [row(f"{lead}{name}", span), *_givens(action.arguments, deeper)]


def _arm(arm: Arm, indent: str) -> list[Row]:
    value = OTHERWISE if arm.otherwise else _case(arm)
    head = row(f"{indent}{value} -> {arm.target}", arm.span)
    return [head, *_givens(arm.arguments, indent + "  ")]


def _case(arm: Arm) -> str:
    return quoted(OTHERWISE) if arm.value == OTHERWISE else literal_text(arm.value)


def _givens(given: Sequence[Given], indent: str) -> list[Row]:
    return [row(f"{indent}{one.name} = {value_text(one.value)}", one.span) for one in given]


def _need(need: Need) -> Row:
    return row(f"{_INDENT}step {need.step} needs step {need.needs}", need.span)


def _probes(probes: Probes | None, window: str) -> list[Row]:
    if probes is None:
        return []
    asks = _asks(probes.asks, _INDENT)
    return [*asks, row(f"{_INDENT}{window} {duration_text(probes.within_ms)}", probes.span)]


def _asks(asks: Sequence[Ask | AskEach], indent: str) -> list[Row]:
    rows: list[Row] = []
    for ask in asks:
        if isinstance(ask, Ask):
            given = [f"{one.name}={value_text(one.value)}" for one in ask.arguments]
            rows.append(row(" ".join([f"{indent}{ask.locus}", *given]), ask.span))
        else:
            text = f"{indent}for {ask.variable} in {value_text(ask.over)}:"
            rows += [row(text, ask.span), *_asks(ask.body, indent + "  ")]
    return rows


def _remedies(remedies: Sequence[Remedy], at: Mapping[str, Span]) -> list[Row]:
    return [row(f"{_INDENT}{remedy.value}", at.get(remedy.value)) for remedy in remedies]


def _topology(topology: Topology) -> list[Row]:
    at = topology.places
    return [
        heading("topology", topology.name, topology.domain, topology.span),
        *section("does", at, prose(topology.does)),
        *section("has", at, _resources(topology.has)),
        *section("takes", at, fields(topology.takes, _INDENT)),
        *section("verify", at, _probes(topology.verify, "all within")),
        *section("on failure", at, _remedies(topology.on_failure, at)),
    ]


def _resources(resources: Sequence[Resource]) -> list[Row]:
    """Resources or networks; a network has no line for its kind."""
    rows: list[Row] = []
    for resource in resources:
        if rows:
            rows.append(Row(""))
        rows.append(row(f"{_INDENT}{resource.name}:", resource.span))
        if resource.kind:
            rows.append(row(f"{_INDENT}  is {resource.kind}", resource.place))
        for one in resource.properties:
            rows.append(row(f"{_INDENT}  {one.name} {value_text(one.value)}", one.span))
    return rows


def _intent(intent: Intent) -> list[Row]:
    at = intent.places
    return [
        heading("intent", intent.name, intent.domain, intent.span),
        *section("does", at, prose(intent.does)),
        *section("networks", at, _resources(intent.networks)),
        *section("has", at, _host_sets(intent.has)),
        *section("on failure", at, _remedies(intent.on_failure, at)),
    ]


def _host_sets(host_sets: Sequence[HostSet]) -> list[Row]:
    rows: list[Row] = []
    for one in host_sets:
        if rows:
            rows.append(Row(""))
        rows.append(row(f"{_INDENT}{one.count} {one.name}:", one.span))
        parts = (
            ("is", (one.topology,)),
            ("as", one.phenotypes),
            ("from", one.groups),
            ("on", one.networks),
        )
        for word, names in parts:
            if names:
                rows.append(row(f"{_INDENT}  {word} {_names(names)}", one.places.get(word)))
    return rows


def _names(names: Sequence[Named]) -> str:
    texts = [literal_text(one.name) for one in names]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
