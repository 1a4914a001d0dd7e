"""Holding values against a contract's `takes:` and `gives:`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from controller.domains.world import Json, JsonObject
from grammar.sg.literal import holds
from grammar.sg.nodes import Call, Field, GeneContract, Literal, Reference, TypeRef

MAX_PROBLEMS = 10
"""Remarks about one value; after ten the reader knows that it is the wrong value."""


def with_defaults(contract: GeneContract, values: JsonObject) -> JsonObject:
    """The input as a gene gets it: every field of `takes:`, absent ones by default or null."""
    filled: JsonObject = dict(values)
    for field in contract.takes:
        if field.name not in filled and not field.required:
            filled[field.name] = _plain(field.default)
    return filled


def passed(call: Call, values: JsonObject) -> JsonObject:
    """A call's arguments, its references taken from `values`."""
    return {a.name: _resolved(a.value, values) for a in call.arguments}


def _resolved(value: Reference | Literal, values: JsonObject) -> Json:
    if isinstance(value, Reference):
        return values.get(value.name)
    if isinstance(value, tuple):
        return [_resolved(item, values) for item in value]
    return value


def input_problems(contract: GeneContract, values: JsonObject) -> tuple[str, ...]:
    """What is wrong with an input, one line a problem; unknown fields are problems."""
    return _object_problems(contract.takes, contract, values, "input", closed=True)


def output_problems(contract: GeneContract, values: JsonObject) -> tuple[str, ...]:
    """What is wrong with an output; fields beyond `gives:` are problems too."""
    return _object_problems(contract.gives, contract, values, "output", closed=True)


def read_output(contract: GeneContract, text: str) -> JsonObject | tuple[str, ...]:
    """A gene's returned string as the object its contract promises, or what is wrong with it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        return (f"the output is not JSON: {wrong}",)
    if not isinstance(value, dict):
        return ("the output is not a JSON object",)
    return output_problems(contract, value) or value


def _object_problems(
    fields: Sequence[Field], contract: GeneContract, values: JsonObject, where: str, *, closed: bool
) -> tuple[str, ...]:
    known = {field.name: field for field in fields}
    problems = [f"{where} lacks {name}" for name, f in known.items() if _lacking(f, values)]
    if closed:
        problems += [f"{where} has an unknown field {name}" for name in values if name not in known]
    for name, value in values.items():
        if name in known:
            problems += _value_problems(known[name].type, contract, value, f"{where}.{name}")
    return tuple(problems[:MAX_PROBLEMS])


def _lacking(field: Field, values: JsonObject) -> bool:
    return field.required and field.name not in values


def _value_problems(kind: TypeRef, contract: GeneContract, value: Json, where: str) -> list[str]:
    if value is None and kind.optional:
        return []
    if not kind.is_list:
        return _single_problems(kind, contract, value, where)
    if not isinstance(value, list):
        return [f"{where} is not a list"]
    if not holds(kind, len(value)):
        return [f"{where} has {len(value)} items; a {kind} has {_size(kind)}"]
    return [
        problem
        for index, item in enumerate(value)
        for problem in _single_problems(kind, contract, item, f"{where}[{index}]")
    ]


def _size(kind: TypeRef) -> str:
    """How many items a bounded list has, in words."""
    if kind.most is None:
        return f"at least {kind.least}"
    return str(kind.most) if kind.least == kind.most else f"{kind.least} to {kind.most}"


def _single_problems(kind: TypeRef, contract: GeneContract, value: Json, where: str) -> list[str]:
    record = {declared.name: declared for declared in contract.types}.get(kind.name)
    if record is not None:
        if not isinstance(value, dict):
            return [f"{where} is not a {kind.name}"]
        return list(_object_problems(record.fields, contract, value, where, closed=False))
    return [] if _is_base(kind.name, value) else [f"{where} is not a {kind.name}"]


def _is_base(name: str, value: Json) -> bool:
    match name:
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return False


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    assert value is None or isinstance(value, str | int | float | bool)
    return value


def subject_key(contract: GeneContract, values: Mapping[str, Json]) -> str:
    """What an input is about: the value of the first field the contract takes, as text.

    Two demands at one locus in one world with equal keys are about the same thing, and the
    newer one replaces the older.
    """
    if not contract.takes:
        return ""
    value = values.get(contract.takes[0].name)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
