"""Prune: what earlier runs made and nobody wants any more, and the steps that remove it. Pure.

Only what runs of the same name made in the same world is ever removed, the latest first, and only
with consent; anything else that is there is somebody's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from controller.conductor.orchestration.run import RunRecord
from controller.domains.world import JsonObject
from grammar.sg.composition import Given, Need, Pathway, Run, Step

Retirers = Mapping[str, tuple[str, str]]
"""Kind of thing → the locus that removes one, and the name of its parameter."""


def leftovers(
    runs: Iterable[RunRecord], there: Mapping[str, JsonObject], wanted: Collection[str]
) -> tuple[str, ...]:
    """Paths of what the runs made that is still there and is not `wanted`, the latest first."""
    made = dict.fromkeys(path for run in runs for path in run.made)
    return tuple(
        path for path in reversed(made) if path in there and path.partition(".")[2] not in wanted
    )


def removing(
    pathway: Pathway, paths: Iterable[str], there: Mapping[str, JsonObject], retirers: Retirers
) -> Pathway:
    """The pathway with steps behind all others that remove things, one after another."""
    steps, needs = list(pathway.steps), list(pathway.requires)
    for path in paths:
        retirer = retirers.get(str(there[path].get("kind")))
        if retirer is None:
            continue
        locus, parameter = retirer
        number = len(steps) + 1
        needs += [Need(number, earlier.number) for earlier in steps]
        given = Given(parameter, path.partition(".")[2])
        steps.append(Step(number, Run(locus, (given,))))
    return replace(pathway, steps=tuple(steps), requires=tuple(needs))
