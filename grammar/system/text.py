"""Constants, paths, calls and conditions as text. Called by render.py.

Reading the text gives an equal value: parentheses stand where the nesting is not the usual one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from grammar.sg.literal import duration_text, quoted
from grammar.system import nodes

_CLAIM_WORDS: Final = ("is", "has", "exists", "NOT")
"""Words that begin a claim, and so cannot be a state that stands alone."""


def constant_text(value: nodes.Constant | None) -> str:
    """A number, text, duration, share or amount of money."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, nodes.Duration):
        return duration_text(value.ms)
    if isinstance(value, nodes.Percent):
        return f"{value.value:f}%"
    if isinstance(value, nodes.Money):
        return f"{value.currency}{value.amount:f}" + (f"/{value.per}" if value.per else "")
    if isinstance(value, str):
        return quoted(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def path_text(path: nodes.Path) -> str:
    """`a.b`, `f(x).b`."""
    root = path.root if isinstance(path.root, str) else call_text(path.root)
    return ".".join([root, *path.fields])


def call_text(call: nodes.Invocation) -> str:
    """A call on one line; without arguments, its name alone in a consequence."""
    return f"{call.name}({', '.join(argument_text(one) for one in call.arguments)})"


def consequence_text(call: nodes.Invocation) -> str:
    """A consequence on one line."""
    return call_text(call) if call.arguments else call.name


def argument_text(argument: nodes.Passed) -> str:
    """`name: value` or `value`."""
    value = expression_text(argument.value)
    return value if argument.name is None else f"{argument.name}: {value}"


def expression_text(value: nodes.Expression) -> str:
    """A path or a constant."""
    return path_text(value) if isinstance(value, nodes.Path) else constant_text(value)


def condition_text(condition: nodes.Condition) -> str:
    """A condition, as after `if`."""
    return _text(condition, _test)


def condition_parts(condition: nodes.Condition) -> list[str]:
    """The same in pieces, each but the first beginning with AND or OR; a space joins them."""
    if not isinstance(condition, nodes.Both | nodes.Either):
        return [condition_text(condition)]
    word = "AND" if isinstance(condition, nodes.Both) else "OR"
    texts = [
        _operand(part, condition, _test, index == 0) for index, part in enumerate(condition.parts)
    ]
    return [texts[0], *(f"{word} {text}" for text in texts[1:])]


def claim_text(claim: nodes.Condition) -> str:
    """The claim of an assertion, whose subject is not said again."""
    return _text(claim, _claim)


_Test = Callable[[nodes.Condition, bool], str]


def _text(condition: nodes.Condition, test: _Test, first: bool = True) -> str:
    if isinstance(condition, nodes.Both | nodes.Either):
        word = " AND " if isinstance(condition, nodes.Both) else " OR "
        parts = enumerate(condition.parts)
        return word.join(_operand(part, condition, test, first and i == 0) for i, part in parts)
    if isinstance(condition, nodes.Not):
        return f"NOT {_operand(condition.part, condition, test, True)}"
    return test(condition, first)


def _operand(part: nodes.Condition, of: nodes.Condition, test: _Test, first: bool) -> str:
    """A part of a condition, in parentheses unless it binds closer: AND before OR."""
    loose = isinstance(part, nodes.Either) or (
        isinstance(part, nodes.Both) and not isinstance(of, nodes.Either)
    )
    return f"({_text(part, test)})" if loose else _text(part, test, first)


def _test(condition: nodes.Condition, _first: bool) -> str:
    if isinstance(condition, nodes.Compare):
        right = expression_text(condition.right)
        return f"{path_text(condition.left)} {condition.operator} {right}"
    if isinstance(condition, nodes.Crosses):
        return f"{path_text(condition.left)} crosses {expression_text(condition.bound)}"
    if isinstance(condition, nodes.Is):
        return f"{path_text(condition.subject)} is {_state(condition)}"
    if isinstance(condition, nodes.Has):
        return f"{path_text(condition.subject)} has {condition.attribute}"
    assert isinstance(condition, nodes.Exists | nodes.Holds)
    tail = " exists" if isinstance(condition, nodes.Exists) else ""
    return f"{path_text(condition.subject)}{tail}"


def _claim(claim: nodes.Condition, first: bool) -> str:
    """After AND or OR a state stands alone: `exists AND valid`."""
    if isinstance(claim, nodes.Compare):
        return f"{claim.operator} {expression_text(claim.right)}"
    if isinstance(claim, nodes.Is):
        alone = not first and claim.state not in _CLAIM_WORDS
        return _state(claim) if alone else f"is {_state(claim)}"
    if isinstance(claim, nodes.Has):
        return f"has {claim.attribute}"
    return "exists"


def _state(condition: nodes.Is) -> str:
    through = f" through {condition.through}" if condition.through else ""
    if condition.for_ms is None:
        return f"{condition.state}{through}"
    operator = f"{condition.for_operator} " if condition.for_operator else ""
    return f"{condition.state}{through} for {operator}{duration_text(condition.for_ms)}"
