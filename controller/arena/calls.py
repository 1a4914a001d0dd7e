"""Which operations a source may call, read off its text: the most, never the least.

`membrane/risk` asks it how much a gene can break. A name counts wherever it stands, also in a
string, and a source that could come by a name otherwise may call everything it is granted.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterator
from typing import Final

_ROUNDABOUT: Final = frozenset(
    {"getattr", "vars", "globals", "locals", "eval", "exec", "compile", "dir", "__import__"}
    | {"__dict__", "__getattribute__", "__builtins__", "methodcaller", "attrgetter", "modules"}
)
"""Names by which an operation is reached without being named."""


def may_call(source: str, operations: Collection[str]) -> frozenset[str]:
    """Those of the granted `operations` that a source may call.

    All of them for a source that cannot be parsed, or that goes a roundabout way.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape is the author's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(operations)
    names = frozenset(_names(tree))
    if names & _ROUNDABOUT or "*" in names:
        return frozenset(operations)
    return names & frozenset(operations)


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.MatchClass):
            yield from node.kwd_attrs  # `case object(name=f)` reads an attribute
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
