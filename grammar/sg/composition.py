"""Contracts above the gene: pathways, topologies, intents, and the values that they pass on.

Levels 1 to 4 of seed 003, section 5. Spans tell where a node was written; they take no part
in comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Union

from grammar.sg.terms import Field, Literal, Reference, Risk
from grammar.source import Span


@dataclass(frozen=True, slots=True)
class Template:
    """`storage.{vlan}`: text with at least one reference in it, and more than that."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """`[{nic.1}, {nic.2}]`: a list that holds a reference somewhere; others are constants."""

    items: tuple[Value, ...]


Value = Union[Reference, Template, Listed, Literal]
"""What a pathway, topology or intent passes on."""


@dataclass(frozen=True, slots=True)
class Given:
    """`name = value`: an argument of a step or of a call, or `name value` of a resource."""

    name: str
    value: Value
    span: Span | None = field(default=None, compare=False, repr=False)
    place: Span | None = field(default=None, compare=False, repr=False)
    """`span` is that of the name, `place` that of the value."""


class Remedy(StrEnum):
    """A line of `on failure:` (seed 003, section 5)."""

    ROLLBACK = "rollback completed steps"
    PRESERVE = "preserve what works"
    PARTIAL = "report partial"
    FAILED = "report what failed"


@dataclass(frozen=True, slots=True)
class Ask:
    """A line of `verify:`: a diagnostic locus with arguments."""

    locus: str
    arguments: tuple[Given, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AskEach:
    """`for vlan in [100, 200]:` in `verify:`, with what to ask for each item."""

    variable: str
    over: Value
    body: tuple[Ask | AskEach, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    place: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Probes:
    """What must be healthy when `within_ms` have passed since the last step."""

    asks: tuple[Ask | AskEach, ...]
    within_ms: int
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """A step that expresses a gene's locus."""

    locus: str
    arguments: tuple[Given, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Follow:
    """`-> pathway`: a step that follows another pathway."""

    pathway: str
    arguments: tuple[Given, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """`for vlan in {vlans}:` with what to do for each item, in order."""

    variable: str
    over: Value
    body: tuple[Action, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    place: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arm:
    """`false -> mac_preserve`: what to do if the value is this one.

    `target` is a gene or a pathway. The arm with `otherwise` is for all other values.
    """

    value: Literal
    target: str
    arguments: tuple[Given, ...] = ()
    otherwise: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)
    place: Span | None = field(default=None, compare=False, repr=False)
    """`span` is that of the target, `place` that of the value."""


@dataclass(frozen=True, slots=True)
class Choose:
    """`when step 1.healthy:` with an arm for each value that asks for something."""

    step: int
    result: str
    arms: tuple[Arm, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


Action = Union[Run, Follow, Repeat, Choose]


@dataclass(frozen=True, slots=True)
class Step:
    """A numbered action."""

    number: int
    action: Action
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Need:
    """`step 3 needs step 2`."""

    step: int
    needs: int
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pathway:
    """A sequence of loci with a behaviour of its own. It binds loci, never alleles."""

    name: str
    risk: Risk
    does: str
    takes: tuple[Field, ...] = ()
    steps: tuple[Step, ...] = ()
    requires: tuple[Need, ...] = ()
    verify: Probes | None = None
    on_failure: tuple[Remedy, ...] = ()
    domain: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Resource:
    """A named thing that a topology or an intent has: its kind and its properties."""

    name: str
    kind: str
    properties: tuple[Given, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    place: Span | None = field(default=None, compare=False, repr=False)
    """`span` is that of the name, `place` that of the kind."""


@dataclass(frozen=True, slots=True)
class Topology:
    """What a kind of machine has, said once for all machines of the kind."""

    name: str
    does: str
    has: tuple[Resource, ...] = ()
    takes: tuple[Field, ...] = ()
    verify: Probes | None = None
    on_failure: tuple[Remedy, ...] = ()
    domain: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A name that stands for something defined elsewhere."""

    name: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HostSet:
    """`50 hypervisors:`: how many hosts, each being a topology, from which groups.

    `phenotypes` are the deployments that may serve, `groups` those of the inventory that the
    hosts are taken from, `networks` the intent's networks that they are on.
    """

    name: str
    count: int
    topology: Named
    phenotypes: tuple[Named, ...] = ()
    groups: tuple[Named, ...] = ()
    networks: tuple[Named, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants to exist: how many hosts of which topologies, on which networks.

    A network is a `Resource` without a kind.
    """

    name: str
    does: str
    networks: tuple[Resource, ...] = ()
    has: tuple[HostSet, ...] = ()
    on_failure: tuple[Remedy, ...] = ()
    domain: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
