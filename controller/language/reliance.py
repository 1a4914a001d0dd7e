"""Whether a change narrows or widens what callers of a locus may rely on: one table.

A caller gives what the contract takes, sees to what must hold before, and relies on what it
gives, on what holds after, and on what is verified. A change narrows if some caller who was
right before can be wrong now; it widens if callers may do or count on more. Where a change could
be either, the table says that it narrows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Effect(StrEnum):
    """What a change does to callers."""

    NARROWS = "narrows"
    WIDENS = "widens"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Rule:
    """The effect of one kind of change, and why."""

    effect: Effect
    reason: str


def _narrows(reason: str) -> Rule:
    return Rule(Effect.NARROWS, reason)


def _widens(reason: str) -> Rule:
    return Rule(Effect.WIDENS, reason)


def _neither(reason: str) -> Rule:
    return Rule(Effect.NEITHER, reason)


_GENE: Final = {
    "locus added": _widens("there is one more locus to call"),
    "locus removed": _narrows("who calls it finds nothing"),
    "family changed": _narrows("a diagnostic only looks, a configuration gene acts"),
    "risk changed": _neither("it tells how new alleles are tried, not what they do"),
    "prose changed": _neither("prose is for people and models: read what it says now"),
    "before added": _narrows("callers must see to one more condition"),
    "before removed": _widens("callers need not see to it any more"),
    "after added": _widens("one more thing holds afterwards"),
    "after removed": _narrows("it need not hold afterwards any more"),
    "failure added": _narrows("a call that had to succeed may now fail"),
    "failure removed": _narrows("what happens in this case is not promised any more"),
    "failure changed": _narrows("who handles the old outcome does not see it any more"),
    "unhealthy added": _widens("healthy now also means that this is not so"),
    "unhealthy removed": _narrows("healthy does not rule this out any more"),
    "verify added": _widens("success is now seen by one more diagnostic"),
    "verify removed": _narrows("success is no longer seen by this diagnostic"),
    "verify changed": _narrows("the diagnostic looks at something else"),
    "window shorter": _widens("the world has settled sooner"),
    "window longer": _narrows("the world may take longer to settle"),
    "feed changed": _neither("it weighs alleles; callers do not see it"),
}

_FIELDS: Final = {
    "required input added": _narrows("a call that does not give it is refused"),
    "optional input added": _widens("callers may give it, and need not"),
    "input removed": _narrows("a call that gives it is refused"),
    "input made optional": _widens("callers may leave it out"),
    "input made required": _narrows("a call that leaves it out is refused"),
    "input may be null": _widens("callers may say that there is no value"),
    "input may not be null": _narrows("a call that gives null is refused"),
    "default changed": _narrows("a call that leaves it out means something else"),
    "input type wider": _widens("every value that fitted still fits, and more do"),
    "input type changed": _narrows("a value that fitted may not fit any more"),
    "output added": _widens("callers learn one thing more"),
    "output removed": _narrows("who reads it finds nothing"),
    "output made optional": _narrows("who reads it may find null"),
    "output made certain": _widens("who reads it always finds a value"),
    "output type narrower": _widens("every value is still one that callers expect"),
    "output type changed": _narrows("a value may be one that callers do not expect"),
    "description changed": _neither("the words changed, the values did not"),
    "unused type changed": _neither("nothing that is taken or given is of this type"),
}

_OTHERS: Final = {
    "contract added": _widens("there is one more to rely on"),
    "contract removed": _narrows("who names it finds nothing"),
    "contract changed": _narrows("what relied on the old text must be read again"),
    "phenotype added": _neither("a deployment; contracts are as they were"),
    "phenotype removed": _neither("a deployment; contracts are as they were"),
    "topology changed": _neither("a deployment; contracts are as they were"),
    "binding changed": _neither("a deployment; contracts are as they were"),
    "expression changed": _neither("every allele must fulfil the same contract"),
    "allele added": _neither("an allele is only tried until a phenotype expresses it"),
    "allele removed": _neither("no phenotype may express it any more"),
}

RULES: Final[Mapping[str, Rule]] = MappingProxyType({**_GENE, **_FIELDS, **_OTHERS})
"""Kind of change → its effect on callers and the reason."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `subject` is what it is about (`gene bridge_uplink`), `kind` a rule's key."""

    subject: str
    kind: str
    text: str

    @property
    def effect(self) -> Effect:
        """What it does to callers."""
        return RULES[self.kind].effect

    @property
    def reason(self) -> str:
        """Why it has this effect."""
        return RULES[self.kind].reason
