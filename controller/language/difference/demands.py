"""Whether a change of a system demands more or less of whoever fulfils it: one table.

A change demands more if something that fulfilled the system before may not be enough now, and
less if all that did still does. Where it could be either, the table says that it is otherwise.
"""

from __future__ import annotations

from typing import Final

from controller.language.difference.effect import less, more, neither, otherwise

_PROMISES: Final = {
    "system added": more("there is one more to fulfil"),
    "system removed": less("nothing has to fulfil it any more"),
    "invariant added": more("it must always hold"),
    "invariant removed": less("it need not hold any more"),
    "invariant tighter": more("some of what was allowed is not any more"),
    "invariant looser": less("all that was allowed still is"),
    "invariant changed": otherwise("another bound holds, neither tighter nor looser"),
    "capability added": more("it must be offered"),
    "capability removed": less("it need not be offered any more"),
    "accepts added": more("one more thing must be taken"),
    "accepts removed": less("it need not be taken any more"),
    "produces added": more("one more thing must be made"),
    "produces removed": less("it need not be made any more"),
    "property added": more("it must hold wherever this is done"),
    "property removed": less("it need not hold any more"),
    "exception added": less("there is a case in which it need not hold"),
    "exception removed": more("it must hold in every case"),
    "exception changed": otherwise("it need not hold in another case"),
    "goal added": more("one more quality counts"),
    "goal removed": less("the quality does not count any more"),
    "goal tighter": more("some of what was good enough is not any more"),
    "goal looser": less("all that was good enough still is"),
    "goal changed": otherwise("something else is better now"),
    "threshold added": neither("a number is nothing until a condition names it"),
    "threshold removed": neither("a number is nothing unless a condition names it"),
    "threshold changed": otherwise("conditions that name it hold at other times"),
}

_DATA: Final = {
    "entity added": more("one more kind of data must be kept"),
    "entity removed": less("it need not be kept any more"),
    "belongs to added": more("each must have its owner"),
    "belongs to removed": less("none needs this owner any more"),
    "has added": more("each must have it"),
    "has removed": less("none needs it any more"),
    "rule added": more("each must keep one more rule"),
    "rule removed": less("none must keep it any more"),
    "immutable added": more("none may change once it is there"),
    "immutable removed": less("each may change once it is there"),
    "mutable said": neither("each may change, as before"),
}

_RULES: Final = {
    "obligation added": more("one more thing must follow"),
    "obligation removed": less("it need not follow any more"),
    "obligation stronger": more("a gap counts for more"),
    "obligation weaker": less("a gap counts for less"),
    "consequence changed": otherwise("something else follows than before"),
    "deadline shorter": more("it must follow sooner than before"),
    "deadline longer": less("it may follow later than before"),
    "deadline removed": less("it may follow at any time"),
    "fallback added": more("something must follow even where this cannot"),
    "fallback removed": less("nothing must follow where this cannot"),
    "fallback changed": otherwise("something else follows where this cannot"),
    "requirement added": more("one more thing must be had first"),
    "requirement removed": less("it need not be had first any more"),
    "guard narrower": less("it is due in fewer cases"),
    "guard wider": more("it is due in more cases"),
    "guard changed": otherwise("it is due in other cases"),
    "trigger sooner": more("it is due in more cases, and sooner"),
    "trigger later": less("it is due in fewer cases, and later"),
    "trigger changed": otherwise("it is due at other times"),
    "schedule denser": more("it is due more often"),
    "schedule sparser": less("it is due less often"),
    "backfill changed": otherwise("old events are treated in another way"),
    "assertion added": more("it must be true at any time"),
    "assertion removed": less("it need not be true any more"),
    "assertion tighter": more("some of what was allowed is not any more"),
    "assertion looser": less("all that was allowed still is"),
    "assertion changed": otherwise("something else must be true at any time"),
}

SYSTEM: Final = {**_PROMISES, **_DATA, **_RULES}
"""Kind of change of a system → its effect and the reason."""
