"""Promote a projection: the six steps of seed 000, each an event with its numbers.

    projection.built      from the full log, beside the one that is live
    projection.verified   every primary data point is within reach
    projection.compared   both answer real queries alike
    projection.promoted   the pointer is swapped
    projection.retired    the former one stays for the rollback window
    projection.dropped    its window is over

Level-triggered: main's phenotype says which allele is dominant at a projection locus, the pointer
which one is live. Where they differ, all steps are taken again, which is cheap for what is done
already. A revert of the merge, while the former one is kept, swaps back without building.
`keep_projection` looks after the one that is live.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

from controller.domains.world import Json, JsonObject
from controller.genome.genome import Genome
from controller.history.event import rfc3339
from controller.ports import Blocked
from controller.ports.projections import Pointer
from controller.stories.audit_projection import Compared, comparison, missing_points
from controller.stories.mainline import Main
from controller.stories.project import Builder, Projector, bring_up, opened, tell_reach
from grammar.sg.nodes import Family


def projection_loci(main: Main) -> tuple[str, ...]:
    """The projection loci that this genome keeps, by name."""
    name = main.config.projections.phenotype
    phenotype = main.genome.phenotypes.get(name or "")
    return tuple(
        sorted(
            expression.locus
            for expression in (phenotype.expresses if phenotype else ())
            if main.genome.loci[expression.locus].family is Family.PROJECTION
        )
    )


def wanted(main: Main, locus: str) -> Builder:
    """What main says should be live at a locus. Raises `Blocked` if it says nothing."""
    name = main.config.projections.phenotype
    stack = main.genome.stack(name or "", locus)
    if locus not in projection_loci(main) or not stack:
        known = ", ".join(projection_loci(main)) or "none"
        raise Blocked(
            f"there is no projection {locus}",
            f"projections: {known}; [projections] in germline.toml names their phenotype",
        )
    return Builder(main.genome.loci[locus], stack[0])


def builder_of(genome: Genome, locus: str, allele: str | None) -> Builder | None:
    """The allele that a pointer or a projection's name means, if the genome has it."""
    for sha, found in genome.alleles.get(locus, {}).items():
        if allele and sha.startswith(allele):
            return Builder(genome.loci[locus], found)
    return None


def steer(tools: Projector, main: Main, locus: str) -> bool:
    """Take a locus from what is live to what main wants; False if there is nothing to do."""
    target, pointer = wanted(main, locus), tools.shelf.pointer(locus)
    if not pointer.announced:
        _announce(tools, locus, pointer)
        return True
    if pointer.live == target.allele.sha or target.allele.sha in pointer.refused:
        return False
    if _kept(tools, pointer, target):
        return _swap(tools, main, target, pointer)
    return promote(tools, main, target)


def promote(tools: Projector, main: Main, target: Builder) -> bool:
    """Build, verify, compare, swap. True: it went live, or was refused, and the log says which."""
    shelf, locus = tools.shelf, target.locus
    pointer = shelf.pointer(locus)
    length = tools.chronicle.length()
    caught = bring_up(tools, target, length)
    if caught.failure is not None:
        return _refuse(tools, target, "built", [caught.failure.told])
    with closing(opened(tools, target)) as store:
        totals: JsonObject = dict(store.tally())
        _record(tools, target, "built", {"events": length, "taken": caught.events, "rows": totals})
        reached = missing_points(tools, target, store)
    told: JsonObject = {"subjects": reached.subjects, "points": reached.points}
    _record(tools, target, "verified", {**told, "missing": reached.missing})
    if reached.missing:
        reasons = [f"{name} is out of reach" for name in reached.fields]
        return _refuse(tools, target, "verified", reasons)
    live = builder_of(main.genome, locus, pointer.live)
    compared = Compared(0, 0, (), ())
    if live is not None and pointer.live != target.allele.sha:
        bring_up(tools, live, length)
        compared = comparison(tools, live, target)
    counts: JsonObject = {"queries": compared.queries, "differing": compared.differing}
    against = None if live is None else live.allele.sha
    _record(tools, target, "compared", {**counts, "against": against})
    if compared.differing:
        return _refuse(tools, target, "compared", [f"{name} differs" for name in compared.fields])
    return _swap(tools, main, target, pointer)


def _kept(tools: Projector, pointer: Pointer, target: Builder) -> bool:
    """True if the target is the former one, whole and within its window."""
    if pointer.previous != target.allele.sha or _over(tools, pointer):
        return False
    with closing(opened(tools, target)) as store:
        return store.cursor() > 0 and not store.erased()


def _swap(tools: Projector, main: Main, target: Builder, pointer: Pointer) -> bool:
    now = tools.clock.now()
    window = timedelta(hours=main.config.projections.window_hours)
    swapped = Pointer(
        live=target.allele.sha,
        previous=pointer.live if pointer.live != target.allele.sha else pointer.previous,
        since=rfc3339(now),
        window_ends=rfc3339(now + window),
        announced=False,
        rollback=pointer.previous == target.allele.sha,
    )
    tools.shelf.point(target.locus, swapped)
    _announce(tools, target.locus, swapped)
    with closing(opened(tools, target)) as store:
        tell_reach(tools, main, target, store)
    return True


def _announce(tools: Projector, locus: str, pointer: Pointer) -> None:
    """Say in the log what the pointer says; after a crash in between, this is made up for."""
    told: JsonObject = {"locus": locus, "allele": pointer.live, "from": pointer.previous}
    promoted = tools.chronicle.record(
        "projection.promoted", locus, {**told, "rollback": pointer.rollback}, None
    )
    if pointer.previous is not None:
        retired: JsonObject = {"locus": locus, "allele": pointer.previous}
        until = {"until": pointer.window_ends}
        tools.chronicle.record("projection.retired", locus, {**retired, **until}, promoted.id)
    tools.shelf.point(locus, replace(pointer, announced=True))


def _refuse(tools: Projector, target: Builder, step: str, reasons: Sequence[str]) -> bool:
    """Say why in words that hold nothing of anybody: what the log says in plain stays."""
    shown: list[Json] = [*reasons]
    _record(tools, target, "refused", {"step": step, "reasons": shown})
    pointer = tools.shelf.pointer(target.locus)
    reason = f"{step}: {reasons[0]}"
    refused = {**pointer.refused, target.allele.sha: reason}
    tools.shelf.point(target.locus, replace(pointer, refused=refused))
    return True


def drop_leftovers(tools: Projector, main: Main, locus: str) -> bool:
    """Drop what nobody needs any more: past its window, or never promoted and no longer wanted."""
    pointer = tools.shelf.pointer(locus)
    if pointer.live is None or not pointer.announced:
        return False
    over = pointer.previous is not None and _over(tools, pointer)
    needed = {pointer.live[:12], wanted(main, locus).allele.short}
    if pointer.previous is not None and not over:
        needed.add(pointer.previous[:12])
    unneeded = [short for short in tools.shelf.built(locus) if short not in needed]
    for short in unneeded:
        tools.shelf.drop(locus, short)
        dropped: JsonObject = {"locus": locus, "allele": short}
        tools.chronicle.record("projection.dropped", locus, dropped, None)
    if over:
        tools.shelf.point(locus, replace(pointer, previous=None))
    return bool(unneeded)


def _over(tools: Projector, pointer: Pointer) -> bool:
    return tools.clock.now() >= datetime.fromisoformat(pointer.window_ends)


def _record(tools: Projector, target: Builder, step: str, numbers: JsonObject) -> None:
    told: JsonObject = {"locus": target.locus, "allele": target.allele.sha, "model": target.model}
    tools.chronicle.record(f"projection.{step}", target.locus, {**told, **numbers}, None)
