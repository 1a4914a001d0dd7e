"""What changed in the steps of a pathway. Called by pathways.py.

A step is known by what it does, not by its number: steps that only got another number because
one was put before them have not changed, nor has what names them by their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from controller.language.difference.matching import matched, names_of_both
from controller.language.difference.probes import call_text
from controller.language.difference.reliance import Change
from grammar.sg.composition import Action, Arm, Choose, Follow, Given, Pathway, Repeat, Run, Value
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Reference
from grammar.sg.steps import OTHERWISE
from grammar.sg.value import value_text
from grammar.source import Span


@dataclass(frozen=True, slots=True)
class _Pathways:
    """Whose steps they are; `numbers` tells each old step's new number; 0 if it is gone."""

    subject: str
    numbers: Mapping[int, int]

    def changed(self, text: str) -> Change:
        return Change(self.subject, "step changed", text)

    def same(self, old: Value, new: Value) -> bool:
        return value_text(_renumbered(old, self.numbers)) == value_text(new)


def step_changes(subject: str, old: Pathway, new: Pathway) -> Iterator[Change]:
    """Steps that are gone, new, moved or do something else; what they need of each other."""
    olds, news = [step.action for step in old.steps], [step.action for step in new.steps]
    shapes = {**_shapes(olds), **_shapes(news)}
    found = matched(olds, news, [lambda action: shapes[id(action)], _head])
    numbers = dict.fromkeys(range(1, len(olds) + 1), 0)
    numbers |= {i + 1: j + 1 for i, j in found.pairs}
    yield from _sequence(_Pathways(subject, numbers), "", olds, news, found.pairs)
    yield from _needs(subject, numbers, old, new)


def _shapes(actions: Sequence[Action]) -> dict[int, Any]:
    """Each action, by its `id`, with the steps that it names known by what they do."""
    heads = {number: _head(one) for number, one in enumerate(actions, 1)}
    return {id(action): _renumbered(action, heads) for action in actions}


def _renumbered(node: Any, numbers: Mapping[int, Any]) -> Any:
    """A value or action with other numbers for the steps that it names."""
    if isinstance(node, tuple):
        return tuple(_renumbered(item, numbers) for item in node)
    if not is_dataclass(node) or isinstance(node, Span):
        return node
    if isinstance(node, Reference | Choose) and node.step is not None:
        node = replace(node, step=numbers.get(node.step, node.step))
    inside = {part.name: getattr(node, part.name) for part in fields(node)}
    return replace(node, **{name: _renumbered(one, numbers) for name, one in inside.items()})


def _head(action: Action) -> str:
    """What an action is at its core, however its arguments may change."""
    match action:
        case Run():
            return action.locus
        case Follow():
            return f"-> {action.pathway}"
        case Repeat():
            return f"for {action.variable}"
    return f"when {action.result}"


def action_text(action: Action) -> str:
    """An action on one line."""
    match action:
        case Run():
            return call_text(action.locus, action.arguments)
        case Follow():
            return call_text(f"-> {action.pathway}", action.arguments)
        case Repeat():
            body = "; ".join(map(action_text, action.body))
            return f"for {action.variable} in {value_text(action.over)}: {body}"
    arms = "; ".join(
        f"{_case(arm)} -> {call_text(arm.target, arm.arguments)}" for arm in action.arms
    )
    return f"when step {action.step}.{action.result}: {arms}"


def _case(arm: Arm) -> str:
    return OTHERWISE if arm.otherwise else literal_text(arm.value)


def _sequence(
    of: _Pathways,
    where: str,
    old: Sequence[Action],
    new: Sequence[Action],
    pairs: Sequence[tuple[int, int]] | None = None,
) -> Iterator[Change]:
    """Changes in a list of actions: all steps (`where` is empty), or what a loop repeats."""
    at = f"{where}, action" if where else "step"
    found = matched(old, new, [lambda one: _renumbered(one, {}), _head])
    if pairs is not None:
        found = replace(found, pairs=tuple(pairs))
    for i in found.gone:
        text = f"{at} {i + 1} is gone: `{action_text(old[i])}`"
        yield Change(of.subject, "step removed", text)
    for j in found.come:
        yield Change(of.subject, "step added", f"{at} {j + 1} is new: `{action_text(new[j])}`")
    for i, j in found.moved:
        text = f"{at} {j + 1} is `{_head(new[j])}`; was {at} {i + 1}"
        yield Change(of.subject, "step moved", text)
    for i, j in found.pairs:
        yield from _action(of, f"{at} {j + 1}", old[i], new[j])


def _action(of: _Pathways, where: str, old: Action, new: Action) -> Iterator[Change]:
    """Changes between two actions with one head."""
    match (old, new):
        case Run() | Follow(), Run() | Follow():
            yield from _given(of, f"{where} `{_head(new)}`", old.arguments, new.arguments)
        case (Repeat(), Repeat()):
            if not of.same(old.over, new.over):
                now, was = value_text(new.over), value_text(old.over)
                yield of.changed(f"{where} `{_head(new)}` runs over {now}; was {was}")
            yield from _sequence(of, where, old.body, new.body)
        case (Choose(), Choose()):
            if of.numbers.get(old.step, old.step) != new.step:
                text = f"{where} looks at step {new.step}.{new.result}; was step {old.step}"
                yield of.changed(text)
            yield from _arms(of, where, old.arms, new.arms)


def _arms(of: _Pathways, where: str, old: Sequence[Arm], new: Sequence[Arm]) -> Iterator[Change]:
    olds, news = {_case(arm): arm for arm in old}, {_case(arm): arm for arm in new}
    for case in names_of_both(olds, news):
        was, now = olds.get(case), news.get(case)
        if now is None:
            assert was is not None
            yield of.changed(f"{where} no longer says what to do if {case}; was {was.target}")
        elif was is None:
            text = f"{where} now says: {case} -> {call_text(now.target, now.arguments)}"
            yield of.changed(text)
        elif was.target != now.target:
            yield of.changed(f"{where} {case} -> {now.target}; was {was.target}")
        else:
            yield from _given(of, f"{where} {case} -> `{now.target}`", was.arguments, now.arguments)


def _given(
    of: _Pathways, where: str, old: Sequence[Given], new: Sequence[Given]
) -> Iterator[Change]:
    olds, news = {one.name: one.value for one in old}, {one.name: one.value for one in new}
    for name in names_of_both(olds, news):
        if name not in news:
            yield of.changed(f"{where}: `{name}` is not given; was {value_text(olds[name])}")
        elif name not in olds:
            yield of.changed(f"{where}: `{name}` is given: {value_text(news[name])}")
        elif not of.same(olds[name], news[name]):
            was = value_text(olds[name])
            yield of.changed(f"{where}: `{name}` is {value_text(news[name])}; was {was}")


def _needs(
    subject: str, numbers: Mapping[int, int], old: Pathway, new: Pathway
) -> Iterator[Change]:
    """Dependencies between steps; those of a step that is gone went with it."""
    news = {(need.step, need.needs) for need in new.requires}
    kept = set()
    for need in old.requires:
        now = (numbers.get(need.step, 0), numbers.get(need.needs, 0))
        kept.add(now)
        if now not in news and all(now):
            text = f"`requires:` no longer says: step {now[0]} needs step {now[1]}"
            yield Change(subject, "need removed", text)
    for need in new.requires:
        if (need.step, need.needs) not in kept:
            text = f"`requires:` now says: step {need.step} needs step {need.needs}"
            yield Change(subject, "need added", text)
