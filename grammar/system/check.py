"""Whether a system speaks of what it declares. Called by grammar.sg.check for each system.

A system need not declare everything: projections add attributes, other systems add entities. A
word that is not declared is noted; one that is very much like a declared one is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grammar.nearest import SLIP, nearest
from grammar.remarks import Remarks, somewhere
from grammar.source import Span
from grammar.system import nodes
from grammar.system.measures import THRESHOLD, check_measures
from grammar.system.paths import in_condition, in_path, loops, obligations, paths_of

_BUILT_IN = ("intent", THRESHOLD)
"""Names that begin a path and are no entity."""


def check_system(
    remarks: Remarks, system: nodes.System, thresholds: Mapping[str, nodes.Constant]
) -> None:
    """Check entities, events, attributes, thresholds, fallbacks and comparisons of a system.

    `thresholds` are those that the system may name besides its own.
    """
    check_measures(remarks, system, thresholds)
    work = _Check(remarks, system, thresholds)
    for member in system.members:
        if remarks.full:
            return
        work.member(member)


class _Check:
    def __init__(
        self,
        remarks: Remarks,
        system: nodes.System,
        thresholds: Mapping[str, nodes.Constant],
    ) -> None:
        self.remarks = remarks
        found = [one for one in system.members if isinstance(one, nodes.Entity)]
        self.entities: Mapping[str, nodes.Entity] = {one.name: one for one in found}
        own = {one.name for one in system.members if isinstance(one, nodes.Threshold)}
        self.thresholds = {*thresholds, *own}
        self.consequences = {
            one.consequence.name
            for member in system.members
            if isinstance(member, nodes.When | nodes.Every)
            for one in obligations(member.body)
        }

    def member(self, member: nodes.Member) -> None:
        """Check one member."""
        if isinstance(member, nodes.Entity):
            for group in member.belongs_to:
                for name in group.names:
                    self._entity(name, somewhere(group.span))
        elif isinstance(member, nodes.Always):
            for assertion in member.assertions:
                self._path(assertion.subject)
                self._paths(in_condition(assertion.claim))
        elif isinstance(member, nodes.When | nodes.Every):
            self._trigger(member)
            self._paths(paths_of(member.body))
            for loop in loops(member.body):
                self._entity(loop.entity, somewhere(loop.span))
                self._attributes(loop)
            for obligation in obligations(member.body):
                self._fallback(obligation)

    def _trigger(self, member: nodes.When | nodes.Every) -> None:
        if isinstance(member, nodes.Every):
            if isinstance(member.at, nodes.Path):
                self._path(member.at)
        elif isinstance(member.event.root, str) and member.event.fields:
            if member.event.root not in _BUILT_IN:
                self._entity(member.event.root, somewhere(member.event.span))
        else:
            self._paths(in_path(member.event))

    def _paths(self, paths: Iterator[nodes.Path]) -> None:
        for path in paths:
            if path != nodes.SUBJECT:
                self._path(path)

    def _path(self, path: nodes.Path) -> None:
        if not isinstance(path.root, str) or not path.fields:
            return
        span = somewhere(path.span)
        if path.root == THRESHOLD:
            self._declared("threshold", path.fields[0], self.thresholds, span)
        elif path.root in self.entities:
            self._attribute(self.entities[path.root], path.fields[0], span)
        elif path.root not in _BUILT_IN:
            self._slip(path.root, span)

    def _attribute(self, entity: nodes.Entity, name: str, span: Span) -> None:
        own = [one.removesuffix("[]") for group in entity.has for one in group.names]
        owners = [one for group in entity.belongs_to for one in group.names]
        owners += [near for one in owners if (near := nearest(one, self.entities, SLIP))]
        self._declared(f"attribute of `{entity.name}`", name, {*own, *owners}, span)

    def _attributes(self, loop: nodes.ForEach) -> None:
        """In the condition of a loop, `interactions.count` speaks of the loop's entity."""
        entity = self.entities.get(loop.entity)
        for path in in_condition(loop.condition) if loop.condition else ():
            if path.root in self.entities or path.root in _BUILT_IN:
                self._path(path)
            elif isinstance(path.root, str) and entity is not None:
                self._attribute(entity, path.root, somewhere(path.span))

    def _entity(self, name: str, span: Span) -> None:
        self._declared("entity", name, set(self.entities), span)

    def _slip(self, name: str, span: Span) -> None:
        """A path may begin with a name that nobody declares, but not with a slip of one."""
        near = nearest(name, sorted(self.entities), SLIP)
        if near is not None and name not in (near, f"{near}s"):
            self.remarks.say("SG-E252", f"there is no entity `{name}`", span, _meant(near))

    def _declared(self, noun: str, name: str, known: set[str], span: Span) -> None:
        if name in known:
            return
        near = nearest(name, sorted(known), SLIP)
        message = f"there is no {noun} `{name}`"
        if near is not None and name != f"{near}s":
            self.remarks.say("SG-E252", message, span, _meant(near))
        else:
            hint = "declare it, so that its spelling can be checked"
            self.remarks.say("SG-E292", f"{message} in the system", span, hint)

    def _fallback(self, obligation: nodes.Obligation) -> None:
        fallback = obligation.fallback
        if fallback is None:
            return
        span = somewhere(fallback.span)
        if fallback.name == obligation.consequence.name:
            hint = "name what shall happen instead"
            message = f"`{fallback.name}` falls back on itself"
            self.remarks.say("SG-E253", message, span, hint)
            return
        near = nearest(fallback.name, sorted(self.consequences), SLIP)
        if near is not None and near != fallback.name:
            message = f"there is no consequence `{fallback.name}`"
            self.remarks.say("SG-E252", message, span, _meant(near))


def _meant(near: str) -> str:
    return f"did you mean `{near}`?"
