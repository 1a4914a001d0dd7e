"""What an operation's parameters may be filled with, chosen by the kinds of the catalogue.

Called by the edits that write or change calls. Values come from the input's fields, from
variables, from queries of the catalogue (one deep) and from a few constants; never from the
observed state, for a repair must work for the next input too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from controller.domains.world import OperationSpec, Parameter
from controller.limits import MUTATION_COMBINATIONS, MUTATION_FILLINGS

_CONSTANTS = {
    "bool": ("True", "False"),
    "boolean": ("True", "False"),
    "int": ("0", "1"),
    "integer": ("0", "1"),
    "number": ("0", "1"),
    "float": ("0.0", "1.0"),
}
_WORD = re.compile(r"[a-z0-9]+")


class Source(Enum):
    """Where an argument comes from."""

    FIELD = auto()
    EACH = auto()
    LOCAL = auto()
    CONSTANT = auto()
    QUERY = auto()
    EACH_OF_QUERY = auto()


@dataclass(frozen=True, slots=True)
class Origin:
    """An argument: a field's or variable's name, a constant's text, a query with arguments."""

    source: Source
    name: str
    kind: str
    arguments: tuple[Origin, ...] = ()

    @property
    def looped(self) -> bool:
        """True when it stands for each element of a list in turn."""
        return self.source in (Source.EACH, Source.EACH_OF_QUERY)

    @property
    def words(self) -> str:
        """The argument as a sentence names it."""
        if self.source is Source.FIELD:
            return "{" + self.name + "}"
        if self.source is Source.QUERY:
            return f"{self.name}({', '.join(a.words for a in self.arguments)})"
        return loop_name(self.kind) if self.looped else self.name


@dataclass(frozen=True, slots=True)
class Filling:
    """A call: (parameter, argument) for those that are given. `misfit` grows with oddity."""

    operation: OperationSpec
    arguments: tuple[tuple[Parameter, Origin], ...]
    misfit: int

    @property
    def loop(self) -> Origin | None:
        """The argument that is looped over, if there is one."""
        return next((origin for _, origin in self.arguments if origin.looped), None)

    @property
    def words(self) -> str:
        """The call as a sentence tells it: `for each address of {bridge}, announce(…)`."""
        call = f"{self.operation.name}({', '.join(o.words for _, o in self.arguments)})"
        loop = self.loop
        if loop is None:
            return call
        of = ", ".join(a.words for a in loop.arguments)
        if not of:
            of = "{" + loop.name + "}" if loop.source is Source.EACH else f"{loop.name}()"
        return f"for each {loop_name(loop.kind)} of {of}, {call}"


@dataclass(frozen=True, slots=True)
class Material:
    """What a call can be made of: the kinds of each input field, and the catalogue.

    `lists` are the fields whose value is a list; their kinds are those of an element.
    """

    kinds: Mapping[str, frozenset[str]]
    lists: frozenset[str]
    catalogue: Mapping[str, OperationSpec]

    def single(self, kind: str, fields: Sequence[str]) -> list[Origin]:
        """The fields, of those named, whose value can stand for a kind."""
        return [
            Origin(Source.FIELD, name, kind)
            for name in fields
            if name not in self.lists and kind in self.kinds.get(name, ())
        ]

    def each(self, kind: str, fields: Sequence[str]) -> list[Origin]:
        """The list fields, of those named, whose elements can stand for a kind."""
        return [
            Origin(Source.EACH, name, kind)
            for name in fields
            if name in self.lists and kind in self.kinds.get(name, ())
        ]


def loop_name(kind: str) -> str:
    """The variable that holds one value of a kind."""
    return re.sub(r"\W", "_", kind) or "item"


def constants(kind: str) -> list[Origin]:
    """The constants worth trying for a kind."""
    return [Origin(Source.CONSTANT, text, kind) for text in _CONSTANTS.get(kind, ())]


def fillings(
    spec: OperationSpec,
    material: Material,
    fields: Sequence[str],
    local: Mapping[str, str],
) -> list[Filling]:
    """Ways to call an operation where `fields` can be reached, the most natural first.

    `local` maps the variables in scope that hold a value of a kind to that kind. At most one
    argument is looped over or asked for, at most one optional parameter is given.
    """
    choices = [_choices(parameter, material, fields, local) for parameter in spec.parameters]
    combined = itertools.islice(itertools.product(*choices), MUTATION_COMBINATIONS)
    found = []
    for combination in combined:
        given = [
            (parameter, origin)
            for parameter, origin in zip(spec.parameters, combination, strict=True)
            if origin is not None
        ]
        extra = sum(parameter.optional for parameter, _ in given)
        if extra <= 1 and sum(bool(o.arguments) or o.looped for _, o in given) <= 1:
            found.append(Filling(spec, tuple(given), _misfit(given)))
    return sorted(found, key=lambda filling: filling.misfit)[:MUTATION_FILLINGS]


def _choices(
    parameter: Parameter, material: Material, fields: Sequence[str], local: Mapping[str, str]
) -> list[Origin | None]:
    kind = parameter.kind
    direct = material.single(kind, fields)
    direct += [Origin(Source.LOCAL, name, kind) for name, held in local.items() if held == kind]
    direct += constants(kind)
    if parameter.optional:
        return [None, *direct]
    each = material.each(kind, fields)
    return [*direct, *each, *_queries(kind, material, fields)]


def _queries(kind: str, material: Material, fields: Sequence[str]) -> Iterator[Origin]:
    """The queries that answer with a kind, with every way to ask them from fields."""
    for name, spec in sorted(material.catalogue.items()):
        if spec.mutates or spec.returns not in (kind, f"{kind}[]"):
            continue
        source = Source.QUERY if spec.returns == kind else Source.EACH_OF_QUERY
        required = [p for p in spec.parameters if not p.optional]
        choices = [[*material.single(p.kind, fields), *constants(p.kind)] for p in required]
        for arguments in itertools.islice(itertools.product(*choices), MUTATION_FILLINGS):
            yield Origin(source, name, kind, arguments)


def _misfit(given: Sequence[tuple[Parameter, Origin]]) -> int:
    """How odd a call looks: a value used twice, a query about something else, foreign names."""
    names = [origin.name for _, origin in given if origin.source is Source.FIELD]
    odd = 2 * (len(names) - len(set(names)))
    for parameter, origin in given:
        odd += sum(bool(names) and asked.name not in names for asked in origin.arguments)
        odd += len(origin.arguments) > 1
        if origin.source is Source.FIELD and not _alike(parameter, origin.name):
            odd += 1
    return odd + any(origin.looped or origin.arguments for _, origin in given)


def _alike(parameter: Parameter, name: str) -> bool:
    words = set(_WORD.findall(name.lower().replace("_", " ")))
    return bool(words & {parameter.name.lower(), parameter.kind.lower()})
