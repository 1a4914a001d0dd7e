"""Makes a pathway of its parts, and checks what it can check alone. Called by parse.py."""

from __future__ import annotations

from grammar.remarks import Remarks, somewhere
from grammar.sg.composition import Need, Pathway, Step
from grammar.sg.contract import choice, read_parts, remedies_of, say_fields_twice, say_missing
from grammar.sg.forms import DOES, PATHWAY_SECTIONS, Heading
from grammar.sg.layout import Block
from grammar.sg.reader import Reader
from grammar.sg.terms import Risk
from grammar.sg.types import say_unknown_types

KEYWORDS = ("risk",)
SECTIONS = (DOES, *PATHWAY_SECTIONS)
_REQUIRED = {
    "risk": "add a line such as `risk low`",
    DOES: "say under `does:` in prose what the pathway does",
    "steps": "list its steps: `1. locus`",
}


def read_pathway(reader: Reader, block: Block, heading: Heading) -> Pathway:
    """The pathway that a `pathway NAME` block holds; what is missing gets a harmless value."""
    parts = read_parts(reader, block, heading, KEYWORDS, PATHWAY_SECTIONS)
    remarks = reader.remarks
    say_missing(remarks, parts, "pathway", _REQUIRED)
    takes = tuple(parts.sections.get("takes", []))
    say_fields_twice(remarks, takes)
    say_unknown_types(remarks, (), reader.type_names)
    steps: list[Step] = parts.sections.get("steps", [])
    needs: list[Need] = parts.sections.get("requires", [])
    if "steps" not in parts.broken:
        _say_needs(remarks, needs, len(steps))
    verify = parts.sections.get("verify", [])
    return Pathway(
        name=parts.name.text,
        risk=choice(remarks, parts, "risk", "SG-E121", Risk.CRITICAL),
        does=parts.does,
        takes=takes,
        steps=tuple(steps),
        requires=tuple(needs),
        verify=verify[0] if verify else None,
        on_failure=remedies_of(parts),
        domain=parts.domain,
        span=parts.name.span,
        places=parts.spans,
    )


def _say_needs(remarks: Remarks, needs: list[Need], count: int) -> None:
    seen: set[tuple[int, int]] = set()
    for need in needs:
        if remarks.full:
            return
        span = somewhere(need.span)
        unknown = next((n for n in (need.step, need.needs) if not 1 <= n <= count), None)
        if unknown is not None:
            hint = f"the steps are 1 to {count}" if count > 1 else "there is only one step"
            remarks.say("SG-E213", f"there is no step {unknown}", span, hint)
        elif need.needs >= need.step:
            hint = "a step needs steps before it; change their order"
            message = f"step {need.step} cannot need step {need.needs}"
            remarks.say("SG-E215", message, span, hint)
        elif (need.step, need.needs) in seen:
            remarks.say("SG-E118", "the dependency is given twice", span, "leave one out")
        seen.add((need.step, need.needs))
