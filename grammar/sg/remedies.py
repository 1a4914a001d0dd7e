"""Reads `on failure:`: what to do, and what to say, when a part of a composition fails."""

from __future__ import annotations

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks
from grammar.sg.composition import Remedy
from grammar.sg.layout import Block
from grammar.sg.reader import Reader
from grammar.source import Span

_CONTRARY = ({Remedy.ROLLBACK, Remedy.PRESERVE},)


def read_remedies(reader: Reader, block: Block) -> list[tuple[Remedy, Span]]:
    """The lines of an `on failure:` section and where they stand, as far as they are understood."""
    found: dict[Remedy, Span] = {}
    known = {remedy.value: remedy for remedy in Remedy}
    for child in reader.lines(block):
        words = " ".join(child.text.split())
        span = reader.head_span(child)
        remedy = known.get(words)
        if remedy is None:
            hint = did_you_mean(words, known, f"a remedy is {listing(known)}")
            reader.remarks.say("SG-E153", "this is not a remedy", span, hint)
        elif remedy in found:
            hint = f"it was given in line {found[remedy].line}"
            reader.remarks.say("SG-E118", f"`{words}` is given twice", span, hint)
        else:
            found[remedy] = span
        for under in child.children[:1]:
            reader.under_nothing(under, child)
    _say_contrary(reader.remarks, found)
    return list(found.items())


def _say_contrary(remarks: Remarks, found: dict[Remedy, Span]) -> None:
    for pair in _CONTRARY:
        if pair <= found.keys():
            last = max((found[remedy] for remedy in pair), key=lambda span: span.line)
            remarks.say(
                "SG-E219",
                "completed steps cannot be both rolled back and preserved",
                last,
                "leave one of the two lines out",
            )
