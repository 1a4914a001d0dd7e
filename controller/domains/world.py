"""What every domain offers the core: operations, kernels, phrases, shadows.

A domain is a world that genes act on. The core knows none of its words: it sees
operations with parameters of named kinds, a kernel that performs them, an observed
state that is plain JSON, and predicates bound to sentences of a contract.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional, Protocol, Union

from grammar.sg.nodes import GeneContract
from grammar.sg.vocabulary import Vocabulary

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]
"""A JSON value."""

JsonObject = dict[str, Json]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an operation. `kind` is a word of the domain, such as `interface`.

    A parameter with `optional` may be left out or None.
    """

    name: str
    kind: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """An entry of a domain's catalogue: what a gene may ask of the world.

    `returns` is a kind, `kind[]` for a list, `record` for an object, `none`.
    `facets` names the parts of the world that it reads (a query) or touches (a mutation),
    so that a diagnosis can point at operations that matter to it.
    `disruption` ranks what may suffer besides the thing aimed at: 0 nothing, 1 caches
    elsewhere, 2 this interface's traffic, 3 others' traffic.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    mutates: bool
    facets: frozenset[str]
    doc: str
    disruption: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One request to a kernel: an entry of the catalogue with its arguments."""

    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the world told a gene: the operation that it asked for, and the result."""

    operation: Operation
    result: Json


@dataclass(frozen=True, slots=True)
class Touch:
    """What an operation changes and what it makes, by name: things that last, not their values."""

    changes: frozenset[str]
    makes: frozenset[str]


Guard = Callable[[Operation], Optional[str]]
"""What an operation would touch of that which people protect, in words; None if nothing."""


class OperationRefused(Exception):
    """The world said no to one operation, for a reason a gene may handle."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Kernel(Protocol):
    """The port to one world. `Unavailable` (see ports) means the world itself is out of reach."""

    def observe(self) -> JsonObject:
        """The whole observable state now, as plain JSON; equal worlds give equal values."""

    def perform(self, operation: Operation) -> Json:
        """Do it and return what the catalogue promises. Raises `OperationRefused`."""

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What `undo` needs to take `operation` back, if it is performed next.

        Read from the state as it is now; it may be operations of no catalogue. Empty where
        there is nothing to undo.
        """


class LiveKernel(Kernel, Protocol):
    """A kernel whose world outlives the gene: what is done to it can be taken back exactly.

    Undoing is idempotent, and takes the inverses of a whole transaction at once, the last
    operation's first.
    """

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since the world was as `left`, a footprint, says."""

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put everything back but what is `spared`, read it again, and say what differs.

        Done again after it was cut short anywhere, it does the rest.
        """


class TwinKernel(Kernel, Protocol):
    """A kernel of a shadow world, whose time passes only when told to."""

    def advance(self, seconds: float) -> None:
        """Let `seconds` of the shadow's own time pass, traffic and timers included."""

    def reboot(self) -> tuple[str, ...]:
        """Start its subject again, which loses whatever is not kept; what was not had, in words."""

    def renew(self, thing: str) -> tuple[str, ...]:
        """Ask again for what a thing was lent for a time; what it loses, in words."""

    def fork(self) -> TwinKernel:
        """An independent copy of this shadow as it is now."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A neighbouring case of a failure: another observed state, and inputs to run in turn."""

    title: str
    observed: JsonObject
    inputs: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """A generated case for a contract: an observed state, and an input that fits it."""

    observed: JsonObject
    values: JsonObject


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a world and an input are like, whatever the names are that mean nothing.

    Two of one `form` differ in `names` only: plain name → the world's own. The form is the JSON of
    [observed, values] in plain names.
    """

    form: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one executable sentence. `detail` says what was found."""

    sentence: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Reboot:
    """A step of an ordeal: the subject of the shadow starts again."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A step of an ordeal: what `thing` was lent for a time is lent to it again, or is lost."""

    thing: str


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What a change must survive, in order: operations, seconds to wait, reboots, renewals.

    `impossible` says why nobody can try it yet.
    """

    title: str
    steps: tuple[Operation | float | Reboot | Renewal, ...] = ()
    impossible: str | None = None


class Repertoire(Protocol):
    """What a domain's genes may do (`catalogue`, by name), and the sentences it understands."""

    name: str
    catalogue: Mapping[str, OperationSpec]

    def problem(self, operation: Operation) -> str | None:
        """Why an operation's arguments cannot be right, in one line; None if they may be."""

    def phrases(self) -> tuple[str, ...]:
        """Every phrase of the domain, as it is told to people."""

    def executable(self, sentence: str, fields: Collection[str] | None = None) -> bool:
        """True when a phrase of the domain matches the sentence.

        With `fields`, the names of a contract's fields, also all that it speaks of is one.
        """


class Domain(Repertoire, Protocol):
    """Everything the core may ask of a domain whose worlds genes act on.

    `vocabulary` holds the kinds of resources that a topology may have in it, `builders` for each
    kind the name of the pathway that builds one, if the genome has it. `retirers` maps a kind of
    thing to the locus that removes one, and to its parameter.
    """

    vocabulary: Vocabulary
    builders: Mapping[str, str]
    retirers: Mapping[str, tuple[str, str]]

    def nearest(self, sentence: str) -> str | None:
        """The phrase most like a sentence that matches none, as it is told to people."""

    def judge(
        self,
        sentence: str,
        values: JsonObject,
        before: JsonObject,
        now: JsonObject,
        answers: Sequence[Answer] = (),
    ) -> Judgement | None:
        """Judge one sentence, its `{references}` taken from `values`.

        `before` is the state observed before the gene ran, `now` the present one, `answers` what
        the world told the gene in between. None if no phrase matches, and where nobody can tell.
        """

    def arrange(self, sentence: str, values: JsonObject, observed: JsonObject) -> JsonObject | None:
        """A state near the observed one in which the sentence holds; None if it has no arranger."""

    def situation(self, contract: GeneContract, rng: random.Random) -> Situation | None:
        """A state and an input for which the contract's gene must work; None if there is none."""

    def kinds(self, observed: JsonObject, value: Json) -> frozenset[str]:
        """The kinds that a value has in this world: `br0` is an `interface` and a `bridge`."""

    def touches(self, operation: Operation) -> Touch:
        """What a mutation with arguments that fit would change and make."""

    def guard(self, observed: JsonObject, protected: Mapping[str, Collection[str]]) -> Guard:
        """What keeps operations away from `protected`: names by kind, as the domain knows them.

        `observed` tells what else of the world carries them.
        """

    def shadow(self, observed: JsonObject) -> TwinKernel:
        """A shadow world built from an observed state."""

    def settled(self, observed: JsonObject) -> JsonObject:
        """The part of an observed state that a rollback must restore: no caches, no counters."""

    def objections(
        self, observed: JsonObject, taken: Sequence[str], made: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Why a world cannot have these resources on its own things `taken`, in words.

        `made` are the kinds of resources by their names.
        """

    def likeness(self, observed: JsonObject, values: JsonObject) -> Likeness:
        """What makes worlds of a fleet comparable, so that like ones are planned for once."""

    def unforeseen(self, before: JsonObject, after: JsonObject) -> frozenset[str]:
        """Paths in `settled` of what a shadow had to make up, such as `links.br1.mac`.

        `before` was observed in the real world, `after` in the shadow when all was done.
        """

    def variations(
        self, observed: JsonObject, values: JsonObject, rng: random.Random
    ) -> Sequence[Variation]:
        """Held-out cases near the one in which a gene failed on input `values`."""

    def ordeals(self, observed: JsonObject) -> Sequence[Ordeal]:
        """What a change that left the world as observed has to survive in the long run."""
