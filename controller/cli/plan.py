"""`plan`: what asking for something would change, before anything is touched.

Exit code 2 if anything would change, 0 if nothing would, 1 if it could not be done.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from controller.cli.completion import asked_for, phenotypes, worlds
from controller.cli.screen import (
    complain,
    echo_json,
    folded,
    object_of,
    organism,
    picture_option,
    printable,
)
from controller.conductor.graph.branches import Branch, lines, svg
from controller.conductor.orchestration.telling import change_branch, counted, several, shortened
from controller.domains.world import JsonObject
from controller.stories.foresee import Foretold
from controller.stories.keep_rollouts import rollout_lines
from controller.stories.mainline import read_main
from controller.stories.plan import HostPlan, Planned, plan
from controller.stories.prune import with_pruning
from controller.stories.subjects import Asked, subjects_of

prune_option = click.option(
    "--prune", is_flag=True, help="Also remove what earlier runs of NAME made and it lacks now."
)
WOULD_CHANGE = 2
"""Exit code: something would change, or has drifted."""


@click.command("plan")
@click.argument("name", shell_complete=asked_for)
@click.option(
    "--on", "world", shell_complete=worlds, help="The world; an intent has hosts of its own."
)
@click.option("--input", "given", help="The input, a JSON object.")
@click.option(
    "--phenotype",
    shell_complete=phenotypes,
    help="Instead of the one that germline.toml gives the world.",
)
@prune_option
@picture_option
@click.pass_obj
def plan_command(
    path: str,
    name: str,
    world: str | None,
    given: str | None,
    phenotype: str | None,
    prune: bool,
    output: str,
) -> None:
    """Show what NAME would change: a locus, a pathway, a topology or an intent.

    The alleles that would act are run in a shadow of each observed world. + is created, ~ is
    changed, - is deleted, ? is known when it is done.
    """
    with organism(path) as opened:
        main = read_main(opened.repository, opened.hands.bench.domain)
        values = None if given is None else object_of(given)
        subjects = subjects_of(opened.hands, main, Asked(name, world, values, phenotype))
        subjects = tuple(with_pruning(opened.hands, main, one, consent=prune) for one in subjects)
        plans = plan(opened.hands.bench, main.genome, subjects, main.config.plan.ignore)
        opened.chronicle.refresh()
        ways = rollout_lines(
            main, opened.chronicle.ledger, {task.locus for p in plans for task in p.tasks}
        )
    show_plans(name, plans, output, ways)
    leave(plans)


def leave(plans: Sequence[HostPlan]) -> None:
    """End with the exit code that the plans mean."""
    troubled = [one for one in plans if one.problems]
    for one in troubled:
        where = one.subject.host or one.subject.world
        complain(f"{where}: {'; '.join(one.problems)}")
    if troubled:
        told = f"{len(troubled)} of {several(len(plans), 'world')} could not be planned for"
        complain(told, "nothing was touched; mend what is named above, and plan again")
        raise SystemExit(1)
    if any(one.changes for one in plans):
        raise SystemExit(WOULD_CHANGE)


def show_plans(name: str, plans: Sequence[HostPlan], output: str, ways: Sequence[str] = ()) -> None:
    """Print plans for people, for programs, or as a picture. `ways` is how its alleles reach
    the fleets that express others."""
    changes = [planned.change for one in plans for planned in one.changes]
    if output == "json":
        worlds: list[JsonObject] = [_json(one) for one in plans]
        told: JsonObject = {"name": name, "summary": counted(changes), "worlds": [*worlds]}
        echo_json({**told, "rollouts": [*ways]})
        return
    root = Branch(f"plan of {name}", tuple(_branch(one) for one in plans))
    if output == "svg":
        click.echo(svg(root))
        return
    click.echo("\n".join(map(printable, [root.text, *lines(root.below)])))
    click.echo(f"{several(len(plans), 'world')}: {counted(changes)}.")
    for way in ways:
        click.echo(folded(f"rollout: {way}", "    "))


def _branch(one: HostPlan) -> Branch:
    subject = one.subject
    head = f"{subject.host} ({subject.world})" if subject.host else subject.world
    if one.problems:
        problems = tuple(Branch(f"! {shortened(text)}") for text in one.problems)
        return Branch(f"{head}: cannot be done", problems)
    kept = tuple(Branch(shortened(f"kept: {path} (--prune removes it)")) for path in subject.kept)
    if not one.changes:
        return Branch(f"{head}: nothing would change", kept)
    below = (change_branch(planned.change, _who(planned)) for planned in one.changes)
    return Branch(f"{head} as {subject.phenotype}", (*below, *kept))


def _who(planned: Planned) -> list[str]:
    return [f"{one.locus} {one.allele[:12]} (step {one.place})" for one in planned.by]


def _json(one: HostPlan) -> JsonObject:
    subject = one.subject
    return {
        "world": subject.world,
        "host": subject.host or None,
        "phenotype": subject.phenotype,
        "input": subject.values,
        "changes": [
            {**p.change.to_json(), "by": [_task_json(task) for task in p.by]} for p in one.changes
        ],
        "tasks": [_task_json(task) for task in one.tasks],
        "kept": [*subject.kept],
        "problems": [*one.problems],
    }


def _task_json(task: Foretold) -> JsonObject:
    return {
        "step": task.place,
        "locus": task.locus,
        "allele": task.allele,
        "error": task.error,
        "operations": [{"name": o.name, "arguments": dict(o.arguments)} for o in task.operations],
    }
