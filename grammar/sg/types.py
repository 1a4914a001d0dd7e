"""Whether the types that fields name are known, and can have values. Called for each contract."""

from __future__ import annotations

from collections.abc import Iterable

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks
from grammar.sg.terms import BASE_TYPES, TypeDeclaration
from grammar.source import Span


def say_unknown_types(
    remarks: Remarks, types: Iterable[TypeDeclaration], used: Iterable[tuple[str, Span]]
) -> None:
    """Complain about types that are declared twice, and about names in `used` that are none."""
    known = dict.fromkeys(BASE_TYPES)
    for declared in types:
        if declared.name in known and declared.span:
            remarks.say(
                "SG-E203",
                f"there is already a type `{declared.name}`",
                declared.span,
                "give the type another name",
            )
        known[declared.name] = None
    for name, span in used:
        if name not in known and not remarks.full:
            hint = did_you_mean(
                name, known, f"a type is {listing(BASE_TYPES)}, or declared under `types:`"
            )
            remarks.say("SG-E201", f"unknown type `{name}`", span, hint)
