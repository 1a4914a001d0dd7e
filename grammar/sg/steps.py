"""Reads the `steps:` and `requires:` of a pathway: what to do, in which order. Called by forms.py.

Every line is read alone by its rule in `sg.lark`; indentation says what belongs to what.
"""

from __future__ import annotations

import re
from typing import Final, cast

from lark import Token

from grammar.sg.composition import Action, Arm, Choose, Follow, Given, Need, Repeat, Run, Step
from grammar.sg.layout import Block
from grammar.sg.literal import literal, value_span, whole
from grammar.sg.mistakes import Expected
from grammar.sg.probes import LOOP
from grammar.sg.reader import Reader
from grammar.sg.syntax import Branch
from grammar.sg.value import read_given, read_loop, say_twice

_STEP: Final = Expected(
    "SG-E150", "a step", "a step is written `1. locus`, `1. -> pathway` or `1. for x in {list}:`"
)
_ACTION: Final = Expected(
    "SG-E150", "a step", "in a loop a step is written `locus` or `-> pathway`, without a number"
)
_GIVEN: Final = Expected("SG-E151", "an argument", "an argument is written `name = {field}`")
_NEED: Final = Expected("SG-E152", "a dependency", "write `step 3 needs step 2`")
_CHOICE: Final = Expected("SG-E158", "a branch", "a branch is written `when step 1.field:`")
_ARM: Final = Expected("SG-E158", "a case", "a case is written `false -> locus`")
_NUMBER: Final = re.compile(r"[0-9]+\.(?=[ \t]|$)")
OTHERWISE: Final = "otherwise"
"""The word for all values that no other case names."""


def read_steps(reader: Reader, block: Block) -> list[Step]:
    """The numbered steps of a section; complains about numbers that do not count from 1."""
    found: list[Step] = []
    for position, child in enumerate(reader.lines(block), 1):
        numbered = _NUMBER.match(child.text)
        if numbered is None:
            form = "number the steps from 1: `1. locus`"
            reader.remarks.say("SG-E157", "the step has no number", reader.head_span(child), form)
        else:
            _say_number(reader, child, whole(numbered[0][:-1]), position)
        action = _action(reader, child, _STEP)
        if action is not None:
            found.append(Step(position, action, reader.head_span(child)))
    return found


def _say_number(reader: Reader, block: Block, number: int, expected: int) -> None:
    if number != expected:
        span = reader.head_span(block)
        message = f"step {number} stands where step {expected} should"
        reader.remarks.say("SG-E157", message, span, f"write `{expected}.`")


def _action(reader: Reader, block: Block, expected: Expected) -> Action | None:
    text = _NUMBER.sub("", block.text, count=1).lstrip()
    word = re.split(r"[ \t]", text, maxsplit=1)[0]
    if word == "for":
        return _repeat(reader, block)
    if word == "when":
        return _choose(reader, block)
    rule = "follow" if text.startswith("->") else "run"
    branch = reader.branch(block, rule, expected)
    given = _givens(reader, block)
    if branch is None:
        return None
    name = cast(Token, branch.children[1])
    made = Follow if rule == "follow" else Run
    return made(str(name), tuple(given), reader.place(block).span(name))


def _givens(reader: Reader, block: Block) -> list[Given]:
    """The arguments indented under a step."""
    found: list[Given] = []
    for child in reader.lines(block):
        branch = reader.lone(child, "given", _GIVEN)
        found += [] if branch is None else [read_given(branch, reader.place(child))]
    say_twice(reader.remarks, found)
    return found


def _repeat(reader: Reader, block: Block) -> Repeat | None:
    branch = reader.branch(block, "repeat", LOOP)
    body: list[Action] = []
    for child in [] if reader.empty(block) else reader.lines(block):
        if _NUMBER.match(child.text):
            form = "write it without a number; only the loop is a step"
            reader.remarks.say("SG-E157", "a number in a loop", reader.head_span(child), form)
        action = _action(reader, child, _ACTION)
        body += [] if action is None else [action]
    if branch is None:
        return None
    variable, over, span, place = read_loop(branch, reader.place(block))
    return Repeat(variable, over, tuple(body), span, place)


def _choose(reader: Reader, block: Block) -> Choose | None:
    branch = reader.branch(block, "choose", _CHOICE)
    arms: list[Arm] = []
    for child in [] if reader.empty(block) else reader.lines(block):
        arm = _arm(reader, child)
        arms += [] if arm is None else [arm]
    _say_arms(reader, arms)
    if branch is None:
        return None
    _, step, field = cast(tuple[Token | None, Token, Token], branch.children)
    span = reader.place(block).span(step, field)
    return Choose(whole(step), str(field), tuple(arms), span)


def _arm(reader: Reader, block: Block) -> Arm | None:
    branch = reader.branch(block, "arm", _ARM)
    given = _givens(reader, block)
    if branch is None:
        return None
    value, target = cast(tuple[Branch, Token], branch.children)
    place = reader.place(block)
    otherwise = value.data == "atom" and value.children[0] == OTHERWISE
    constant = None if otherwise else literal(value, place)
    span, at = place.span(target), value_span(value, place)
    return Arm(constant, str(target), tuple(given), otherwise, span, at)


def _say_arms(reader: Reader, arms: list[Arm]) -> None:
    seen: set[str] = set()
    for arm in arms:
        key = OTHERWISE if arm.otherwise else repr(arm.value)
        if key in seen and arm.place is not None:
            hint = "of two cases for one value only the first could count"
            reader.remarks.say("SG-E218", "the case is given twice", arm.place, hint)
        seen.add(key)


def read_needs(reader: Reader, block: Block) -> list[Need]:
    """The lines of `requires:`."""
    found: list[Need] = []
    for child in reader.lines(block):
        branch = reader.lone(child, "need", _NEED)
        if branch is not None:
            step, needs = cast(tuple[Token, Token], branch.children)
            found.append(Need(whole(step), whole(needs), reader.place(child).span(step, needs)))
    return found
