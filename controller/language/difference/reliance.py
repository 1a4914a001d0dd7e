"""Whether a change narrows or widens what callers of a locus may rely on: one table.

A caller gives what the contract takes, sees to what must hold before, and relies on what it
gives, on what holds after, and on what is verified. A change narrows if some caller who was
right before can be wrong now; it widens if callers may do or count on more. Where a change could
be either, the table says that it narrows.
Systems are judged for who fulfils them, by demands.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from controller.language.difference.demands import SYSTEM
from controller.language.difference.effect import Effect, Rule, narrows, neither, widens

_GENE: Final = {
    "locus added": widens("there is one more locus to call"),
    "locus removed": narrows("who calls it finds nothing"),
    "domain changed": narrows("its world, and what its sentences mean, are others"),
    "family changed": narrows("a diagnostic only looks, a configuration gene acts"),
    "risk changed": neither("it tells how new alleles are tried, not what they do"),
    "prose changed": neither("prose is for people and models: read what it says now"),
    "before added": narrows("callers must see to one more condition"),
    "before removed": widens("callers need not see to it any more"),
    "after added": widens("one more thing holds afterwards"),
    "after removed": narrows("it need not hold afterwards any more"),
    "failure added": narrows("a call that had to succeed may now fail"),
    "failure removed": narrows("what happens in this case is not promised any more"),
    "failure changed": narrows("who handles the old outcome does not see it any more"),
    "unhealthy added": widens("healthy now also means that this is not so"),
    "unhealthy removed": narrows("healthy does not rule this out any more"),
    "verify added": widens("success is now seen by one more diagnostic"),
    "verify removed": narrows("success is no longer seen by this diagnostic"),
    "verify changed": narrows("the diagnostic looks at something else"),
    "window shorter": widens("the world has settled sooner"),
    "window longer": narrows("the world may take longer to settle"),
    "feed changed": neither("it weighs alleles; callers do not see it"),
}

_FIELDS: Final = {
    "required input added": narrows("a call that does not give it is refused"),
    "optional input added": widens("callers may give it, and need not"),
    "input removed": narrows("a call that gives it is refused"),
    "input made optional": widens("callers may leave it out"),
    "input made required": narrows("a call that leaves it out is refused"),
    "input may be null": widens("callers may say that there is no value"),
    "input may not be null": narrows("a call that gives null is refused"),
    "default changed": narrows("a call that leaves it out means something else"),
    "input type wider": widens("every value that fitted still fits, and more do"),
    "input type changed": narrows("a value that fitted may not fit any more"),
    "output added": widens("callers learn one thing more"),
    "output removed": narrows("who reads it finds nothing"),
    "output made optional": narrows("who reads it may find null"),
    "output made certain": widens("who reads it always finds a value"),
    "output type narrower": widens("every value is still one that callers expect"),
    "output type changed": narrows("a value may be one that callers do not expect"),
    "description changed": neither("the words changed, the values did not"),
    "unused type changed": neither("nothing that is taken or given is of this type"),
}

_COMPOSITION: Final = {
    "step added": widens("one more thing is done"),
    "step removed": narrows("what it did is not done any more"),
    "step moved": narrows("what comes between finds another world"),
    "step changed": narrows("it may do something else than callers count on"),
    "need added": widens("it is only done after the other"),
    "need removed": narrows("it may be done before the other"),
    "remedy added": widens("one more thing is promised for when it fails"),
    "remedy removed": narrows("it is not promised any more for when it fails"),
    "resource added": widens("there is one thing more"),
    "resource removed": narrows("what relied on it finds nothing"),
    "resource renamed": narrows("who knows it by the old name finds nothing"),
    "resource changed": narrows("what relied on the old kind may not work with the new"),
    "property changed": narrows("what relied on the old value must be read again"),
    "hosts added": widens("there are more hosts to rely on"),
    "hosts removed": narrows("what ran on them has no place any more"),
    "hosts renamed": narrows("who knows them by the old name finds nothing"),
    "more hosts": widens("there are more hosts to rely on"),
    "fewer hosts": narrows("what ran on the others has no place any more"),
    "hosts changed": narrows("what relied on the old topology finds another"),
    "deployment changed": neither("a deployment; contracts are as they were"),
    "group changed": neither("where hosts come from, not what they are"),
    "network joined": widens("the hosts are reached from one more network"),
    "network left": narrows("who reached the hosts there does not any more"),
}

_OTHERS: Final = {
    "contract added": widens("there is one more to rely on"),
    "contract removed": narrows("who names it finds nothing"),
    "wording changed": neither("nothing follows from how it is put"),
    "phenotype added": neither("a deployment; contracts are as they were"),
    "phenotype removed": neither("a deployment; contracts are as they were"),
    "topology changed": neither("a deployment; contracts are as they were"),
    "binding changed": neither("a deployment; contracts are as they were"),
    "expression changed": neither("every allele must fulfil the same contract"),
    "allele added": neither("an allele is only tried until a phenotype expresses it"),
    "allele removed": neither("no phenotype may express it any more"),
}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {**_GENE, **_FIELDS, **_COMPOSITION, **SYSTEM, **_OTHERS}
)
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
