"""Prune: what somebody asks for, with the removal of what its earlier runs left, if they consent.

What is still wanted is found by running the new pathway in a shadow: a thing that none of its
tasks is about was made by an earlier run alone.
"""

from __future__ import annotations

from dataclasses import replace

from controller.conductor.orchestration.difference import things
from controller.conductor.orchestration.pruning import leftovers, removing
from controller.conductor.orchestration.resolving import texts
from controller.stories.enact import Hands
from controller.stories.mainline import Main
from controller.stories.plan import Subject, plan


def with_pruning(hands: Hands, main: Main, subject: Subject, *, consent: bool) -> Subject:
    """The subject, its pathway removing what is left over, or naming it as `kept`."""
    name, world = subject.pathway.name, subject.world
    runs = [
        run
        for run in hands.chronicle.ledger.runs.values()
        if run.name == name and hands.chronicle.ledger.demands[run.demand].demand.world == world
    ]
    if subject.problem or not any(run.made for run in runs):
        return subject
    (told,) = plan(hands.bench, main.genome, (subject,), ())
    if told.problems:
        return subject
    wanted = {text for task in told.tasks for text in texts(task.values)}
    there = things(hands.bench.domain.settled(subject.observed))
    left = leftovers(runs, there, wanted)
    if not left or not (consent or main.config.plan.prune):
        return replace(subject, kept=left)
    retirers = hands.bench.domain.retirers
    return replace(subject, pathway=removing(subject.pathway, left, there, retirers))
