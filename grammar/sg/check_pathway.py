"""Whether a pathway's steps fit the loci and pathways that they name. Called by check.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from grammar.nearest import did_you_mean, nearest
from grammar.remarks import Remarks, somewhere
from grammar.sg.calls import check_arguments, check_probes, in_loop
from grammar.sg.circles import circles
from grammar.sg.composition import Action, Arm, Choose, Follow, Given, Pathway, Repeat, Run
from grammar.sg.literal import fits, literal_text
from grammar.sg.nodes import GeneContract
from grammar.sg.scope import Scope, given_by_step, item_type
from grammar.sg.terms import Field, TypeRef
from grammar.source import Span

Gives = Mapping[str, TypeRef]


class PathwayCheck:
    """Checks one pathway after the other against all genes and pathways."""

    def __init__(self, genes: Mapping[str, GeneContract], pathways: Mapping[str, Pathway]) -> None:
        self._genes = genes
        self._pathways = pathways

    def check(self, remarks: Remarks, pathway: Pathway) -> None:
        """Check steps and `verify:` of a pathway."""
        scope = Scope("pathway", {field.name: field.type for field in pathway.takes})
        steps: dict[int, Gives | None] = {}
        for step in pathway.steps:
            if remarks.full:
                return
            inner = replace(scope, steps=dict(steps))
            self._action(remarks, inner, step.action)
            steps[step.number] = self._gives(step.action)
        check_probes(remarks, replace(scope, steps=steps), pathway.verify, self._genes)

    def _gives(self, action: Action) -> Gives | None:
        """What later steps may use; None where it is not known."""
        if isinstance(action, Run):
            gene = self._genes.get(action.locus)
            return None if gene is None else {field.name: field.type for field in gene.gives}
        return {}

    def _action(self, remarks: Remarks, scope: Scope, action: Action) -> None:
        if isinstance(action, Repeat):
            kind = item_type(remarks, scope, action.over, action.place)
            inner = in_loop(remarks, scope, action.variable, kind, action.span)
            for one in action.body:
                self._action(remarks, inner, one)
        elif isinstance(action, Choose):
            self._choose(remarks, scope, action)
        else:
            takes = self._takes(remarks, action)
            name = action.locus if isinstance(action, Run) else action.pathway
            self._arguments(remarks, scope, name, action.arguments, takes, action.span)

    def _arguments(
        self,
        remarks: Remarks,
        scope: Scope,
        name: str,
        arguments: Sequence[Given],
        takes: tuple[Field, ...] | None,
        span: Span | None,
    ) -> None:
        if takes is not None:
            check_arguments(remarks, scope, name, arguments, takes, span)

    def _takes(self, remarks: Remarks, action: Run | Follow) -> tuple[Field, ...] | None:
        """What the named locus or pathway takes; None after a complaint."""
        span = somewhere(action.span)
        if isinstance(action, Run):
            gene = self._genes.get(action.locus)
            if gene is not None:
                return gene.takes
            if action.locus in self._pathways:
                arrow = f"a pathway has an arrow before its name: `-> {action.locus}`"
                remarks.say("SG-E230", f"`{action.locus}` is a pathway", span, arrow)
                return None
            hint = _meant(action.locus, self._genes, self._pathways)
            remarks.say("SG-E222", f"unknown locus `{action.locus}`", span, hint)
            return None
        pathway = self._pathways.get(action.pathway)
        if pathway is not None:
            return pathway.takes
        if action.pathway in self._genes:
            plain = f"a gene is named without an arrow: `{action.pathway}`"
            remarks.say("SG-E230", f"`{action.pathway}` is a gene", span, plain)
            return None
        hint = did_you_mean(action.pathway, self._pathways, "there is no pathway of this name")
        remarks.say("SG-E229", f"unknown pathway `{action.pathway}`", span, hint)
        return None

    def _choose(self, remarks: Remarks, scope: Scope, choose: Choose) -> None:
        kind = given_by_step(remarks, scope, choose.step, choose.result, choose.span)
        for arm in choose.arms:
            if kind is not None and not arm.otherwise and not fits(arm.value, kind):
                shown = literal_text(arm.value)
                hint = f"`{choose.result}` is of type `{kind}`"
                message = f"`{choose.result}` is never `{shown}`"
                remarks.say("SG-E226", message, somewhere(arm.place), hint)
            takes = self._target(remarks, arm)
            self._arguments(remarks, scope, arm.target, arm.arguments, takes, arm.span)

    def _target(self, remarks: Remarks, arm: Arm) -> tuple[Field, ...] | None:
        found = self._genes.get(arm.target) or self._pathways.get(arm.target)
        if found is None:
            known = (*self._genes, *self._pathways)
            hint = did_you_mean(arm.target, known, "no gene or pathway has this name")
            remarks.say("SG-E222", f"unknown locus `{arm.target}`", somewhere(arm.span), hint)
        return None if found is None else found.takes


def _meant(
    name: str, genes: Mapping[str, GeneContract], pathways: Mapping[str, Pathway]
) -> str | None:
    near = nearest(name, pathways)
    otherwise = f"did you mean the pathway `-> {near}`?" if near else "no gene has this name"
    return did_you_mean(name, genes, otherwise)


def say_circles(pathways: Mapping[str, Pathway], remarks_of: Mapping[str, Remarks]) -> None:
    """Complain about pathways that follow each other in a circle, once for each circle."""
    edges = {name: dict(_followed(found)) for name, found in pathways.items()}
    graph = {name: [one for one in found if one in pathways] for name, found in edges.items()}
    for circle in circles(graph):
        last, first = circle[-1], circle[0]
        hint = f"the way is {' -> '.join((*circle, first))}; take one of them out"
        remarks_of[last].say(
            "SG-E240", f"pathway `{first}` follows itself", somewhere(edges[last][first]), hint
        )


def _followed(pathway: Pathway) -> Iterator[tuple[str, Span | None]]:
    """Every name that a step of the pathway may follow, with its place."""
    waiting: list[Action] = [step.action for step in reversed(pathway.steps)]
    while waiting:
        action = waiting.pop()
        if isinstance(action, Follow):
            yield action.pathway, action.span
        elif isinstance(action, Repeat):
            waiting.extend(reversed(action.body))
        elif isinstance(action, Choose):
            yield from ((arm.target, arm.span) for arm in action.arms)
