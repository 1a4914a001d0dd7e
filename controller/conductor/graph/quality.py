"""What was measured against what was promised. Called by evaluator.py and finding.py.

`measurement.recorded` names a `quality`, in its data or as its subject, and its `value`. A budget
adds up what was spent in the period that the moment lies in; otherwise the latest value counts.
"""

from __future__ import annotations

from controller.conductor.graph.calendar import period_begin
from controller.conductor.graph.graph import Quality
from controller.conductor.graph.measure import holds, of_constant, of_json
from controller.conductor.graph.opening import say
from controller.conductor.graph.program import Program
from controller.conductor.graph.state import Measurement, State, Trouble
from controller.history.event import Event
from grammar.system.nodes import Money


def measure(program: Program, state: State, event: Event) -> None:
    """Take a measurement."""
    name = event.data.get("quality", event.subject.rpartition(":")[2])
    value = event.data.get("value")
    for place, quality in enumerate(program.graph.qualities):
        if quality.name != name:
            continue
        if _met(quality, value) is None:
            args = {"quality": name, "value": value}
            say(state, Trouble(f"{name} can be compared", args, event.id, event.time))
        elif quality.budget:
            _spend(program, state, place, quality, event)
        else:
            state.measured[place] = Measurement(value, event.id, event.time)


def _met(quality: Quality, value: object) -> bool | None:
    """Whether a value is within its bound; None where the two cannot be compared."""
    measured = of_json(value)  # type: ignore[arg-type]
    return (
        None if measured is None else holds(measured, quality.operator, of_constant(quality.bound))
    )


def _spend(program: Program, state: State, place: int, quality: Quality, event: Event) -> None:
    begin = _begin(program, quality, event.time)
    spent = of_json(event.data.get("value"))
    assert isinstance(spent, int | float)
    before = state.measured.get(place)
    if before is not None and before.begin > begin:
        return
    so_far = before.value if before is not None and before.begin == begin else 0
    state.measured[place] = Measurement(so_far + spent, event.id, event.time, begin)


def _begin(program: Program, quality: Quality, moment: str) -> str:
    per = quality.bound.per if isinstance(quality.bound, Money) else None
    return "" if per is None else period_begin(per, program.zone, moment)


def unmet(program: Program, state: State, now: str) -> list[tuple[Quality, Measurement]]:
    """The qualities whose latest measurement is beyond their bound."""
    found = []
    for place, measured in sorted(state.measured.items()):
        quality = program.graph.qualities[place]
        past = quality.budget and measured.begin != _begin(program, quality, now)
        if not past and _met(quality, measured.value) is False:
            found.append((quality, measured))
    return found
