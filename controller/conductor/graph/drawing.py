"""Open cases drawn as seed 000 draws them: the event, what it demands, what became of it.

Called by `germline gaps`, with and without a repository. A condition says what it looked at and how
it came out; an obligation its deadline and the event that satisfied it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from controller.conductor.graph import clock
from controller.conductor.graph.branches import Branch, lines
from controller.conductor.graph.compile import looked_at, tests_of
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import due, is_gap
from controller.conductor.graph.graph import Check
from controller.conductor.graph.program import Checking, Looping, Opening, Program, Ready
from controller.conductor.graph.scope import Scope, argument_reader
from controller.conductor.graph.state import Case, Open, Seen, State
from controller.conductor.graph.telling import thing_of
from controller.conductor.obligation import PRIORITY
from controller.domains.world import Json
from controller.history.event import Event
from grammar.sg.literal import duration_text
from grammar.system import nodes
from grammar.system.measures import THRESHOLD
from grammar.system.text import condition_text, constant_text, path_text

_COLUMN = 44
"""Where `within:` begins, if the consequence leaves room."""


def drawn(evaluator: Evaluator, state: State, now: str) -> Iterator[str]:
    """What is open at a moment, line by line: the cases of a state, and what the clock has brought
    since its last event."""
    drawing = Drawing(evaluator.program, state, now)
    yield from drawing.cases()
    for firing in clock.due_by(evaluator.program, state, now) if state.clock else ():
        follower, _ = evaluator.followed(state, firing)
        follower.case.opens.extend(follower.opens)
        if follower.opens:
            yield from drawing.case(follower.case)
            yield ""


class Drawing:
    """One state at one moment."""

    def __init__(self, program: Program, state: State, now: str) -> None:
        self.program, self.state, self.now = program, state, now

    def cases(self) -> Iterator[str]:
        """The open cases, oldest first, each with its gaps; cases that only wait are left out."""
        for case in self.state.cases.values():
            if case.opens and case.unmet:
                yield from self.case(case)
                yield ""

    def case(self, case: Case) -> Iterator[str]:
        """One case."""
        trigger = self.program.triggers[case.rule]
        yield f"Event: {_event(case.event)}" if case.event else f"{trigger.rule.id}: {case.trigger}"
        yield ""
        yield "Expected consequences:"
        yield from lines(self._body(case, trigger.body, {}))
        yield ""
        gaps = [one for one in case.opens if is_gap(self._opening(one), one, self.now)]
        yield f"Gaps found: {len(gaps)}"
        for one in gaps:
            expect = self._opening(one).expect
            within = (
                "" if expect.within_ms is None else f"-within-{duration_text(expect.within_ms)}"
            )
            level = expect.level.value
            about = f" for {trigger.noun} {case.name}" if case.name else ""
            yield f"  → {expect.consequence.name} missing{about}"
            yield f"  → severity: {level}{within} ({PRIORITY[level]} priority)"
            yield f"  → {one.kind} gap, due {due(self._opening(one), one)}"

    def _opening(self, one: Open) -> Opening:
        return self.program.openings[one.expect]

    def _body(self, case: Case, body: Sequence[Ready], bound: dict[str, str]) -> list[Branch]:
        found: list[Branch] = []
        for step in body:
            if isinstance(step, Opening):
                found += self._expected(case, step, bound)
            elif isinstance(step, Checking):
                found += self._conditional(case, step, bound)
            else:
                found += self._looped(case, step, bound)
        return found

    def _expected(self, case: Case, step: Opening, bound: dict[str, str]) -> list[Branch]:
        return [
            Branch(_consequence(step, one), (Branch(f"status: {self._status(step, one)}"),))
            for one in case.opens
            if one.expect == step.place and (one.bound or {}) == bound
        ]

    def _status(self, step: Opening, one: Open) -> str:
        if one.by:
            return f"✓ (event {one.by} satisfies this)"
        expect = step.expect
        if not is_gap(step, one, self.now):
            return f"… expected by {due(step, one)}"
        fallback = "" if expect.fallback is None else f", nor {expect.fallback.name}"
        return f"✗ GAP — no {expect.consequence.name} event found{fallback}"

    def _conditional(self, case: Case, step: Checking, bound: dict[str, str]) -> list[Branch]:
        seen = [one for one in case.seen if one.check == step.place and one.bound == bound]
        below = self._outcome(case, step, seen[-1], bound) if seen else _WAITING
        return [Branch(f"CONDITIONAL: check {condition_text(step.check.written)}", (below,))]

    def _outcome(self, case: Case, step: Checking, seen: Seen, bound: dict[str, str]) -> Branch:
        *told, last = _outcomes(step.check, seen, self._scope(case, bound))
        text = f"{', '.join(told)} → {last}" if told else last
        inner = tuple(self._body(case, step.body, bound)) if seen.outcome else (_NOTHING,)
        return Branch(text, inner)

    def _scope(self, case: Case, bound: dict[str, str]) -> Scope:
        program, noun = self.program, self.program.triggers[case.rule].noun
        return Scope(
            program.needs, self.state.tables, case.time, case.event, noun, case.name, bound
        )

    def _looped(self, case: Case, step: Looping, bound: dict[str, str]) -> list[Branch]:
        bounds = [one.bound or {} for one in case.opens] + [one.bound for one in case.seen]
        names = dict.fromkeys(
            one[step.entity]
            for one in bounds
            if step.entity in one and bound.items() <= one.items()
        )
        return [
            Branch(
                f"FOR EACH {step.entity}: {name}",
                tuple(self._body(case, step.body, {**bound, step.entity: name})),
            )
            for name in names
        ]


_NOTHING = Branch("no consequences required ✓")
_WAITING = Branch("not told yet → not applicable", (_NOTHING,))


def _resolved(path: nodes.Path, scope: Scope) -> str:
    """`engagement(c1).trend`."""
    if isinstance(path.root, str):
        return path_text(path)
    passed = (str(argument_reader(one)(scope)) for one in path.root.arguments)
    return ".".join([f"{path.root.name}({', '.join(passed)})", *path.fields])


def _outcomes(check: Check, seen: Seen, scope: Scope) -> Iterator[str]:
    """What each test of a condition looked at, and how the whole came out."""
    condition = check.condition
    tests, names = tests_of(condition), tests_of(check.written)
    single = len(tests) == 1
    for test, as_is, told in zip(tests, names, seen.values, strict=True):
        label = _resolved(looked_at(test), scope)
        value = f"{label} = {_text(told)}" if told is not None else f"{label} is not known"
        if isinstance(test, nodes.Crosses) and isinstance(as_is, nodes.Crosses):
            bound = _bound(as_is.bound, test.bound)
            crossed = f"{value} → crosses {bound}"
            yield crossed if single and seen.outcome else f"{value}, {bound}"
        else:
            yield value
    if None in seen.values:
        yield "not applicable" if not seen.outcome else "holds"
    elif not (single and isinstance(condition, nodes.Crosses) and seen.outcome):
        crossing = isinstance(condition, nodes.Crosses)
        yield "holds" if seen.outcome else "not crossed" if crossing else "does not hold"


def _bound(written: nodes.Expression, settled: nodes.Expression) -> str:
    text = path_text(settled) if isinstance(settled, nodes.Path) else constant_text(settled)
    if isinstance(written, nodes.Path) and written.root == THRESHOLD and written != settled:
        return f"{'.'.join(written.fields)}({text})"
    return text


def _consequence(step: Opening, one: Open) -> str:
    expect = step.expect
    shown = [
        _text(value)
        if isinstance(argument.passed.value, nodes.Path) or argument.passed.name is None
        else f"{argument.passed.name}: {_constant(argument.passed.value)}"
        for argument, value in zip(step.arguments, one.values, strict=True)
    ]
    text = f"{expect.level.value.upper()} {expect.consequence.name}"
    text += f"({', '.join(shown)})" if shown else ""
    if expect.within_ms is None:
        return text
    return f"{text:<{_COLUMN - 4}} within: {duration_text(expect.within_ms)}"


def _constant(value: nodes.Expression) -> str:
    return constant_text(value) if not isinstance(value, nodes.Path) else path_text(value)


def _text(value: Json) -> str:
    return "?" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _event(event: Event) -> str:
    _, name = thing_of(event)
    shown = [name] if name else []
    shown += [f"{label}: {_text(value)}" for label, value in event.data.items()]
    return f"{event.type}({', '.join(shown)})"
