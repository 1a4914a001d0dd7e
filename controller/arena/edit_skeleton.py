"""A gene that does nothing, written from its contract: where the search starts again.

Called by `mutation` when a source cannot be edited, and by `search` beside one that can. The
result claims success, hands back inputs under their own names, and is otherwise empty.
"""

from __future__ import annotations

from controller.limits import SKELETON_DEPTH
from grammar.sg.nodes import Field, GeneContract, Literal, TypeRef

_EMPTY = {"string": '""', "int": "0", "float": "0.0", "bool": "False"}

_GENE = """\
import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    return json.dumps({result})
"""


def skeleton(contract: GeneContract) -> str:
    """Source of an allele that fits the contract's `gives:` and asks nothing of the world."""
    taken = {field.name: field for field in contract.takes}
    entries = [f'"{given.name}": {_value(given, taken, contract)}' for given in contract.gives]
    result = "{" + ", ".join(entries) + "}"
    if len(result) > 70:
        result = (
            "\n        {\n" + "".join(f"            {e},\n" for e in entries) + "        }\n    "
        )
    return _GENE.replace("{result}", result)


def _value(given: Field, taken: dict[str, Field], contract: GeneContract) -> str:
    if given.name == "success" and given.type == TypeRef("bool"):
        return "True"
    same = taken.get(given.name)
    if same is not None:
        return f'data["{same.name}"]' if same.required else _optional(same)
    if given.has_default:
        return _literal(given.default)
    return _empty(given.type, contract, SKELETON_DEPTH)


def _optional(same: Field) -> str:
    if same.has_default:
        return f'data.get("{same.name}", {_literal(same.default)})'
    return f'data.get("{same.name}")'


def _empty(kind: TypeRef, contract: GeneContract, depth: int) -> str:
    if kind.optional:
        return "None"
    if kind.is_list:
        item = _empty(TypeRef(kind.name), contract, depth)
        return "[" + ", ".join([item] * kind.least) + "]"
    if kind.name in _EMPTY:
        return _EMPTY[kind.name]
    declared = next((t for t in contract.types if t.name == kind.name), None)
    if declared is None or not depth:
        return "{}"
    parts = (f'"{f.name}": {_empty(f.type, contract, depth - 1)}' for f in declared.fields)
    return "{" + ", ".join(parts) + "}"


def _literal(value: Literal) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_literal(part) for part in value) + "]"
    return repr(value)
