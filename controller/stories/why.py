"""Why: the chain of events, commits and sources behind what main expresses now.

Answers for a locus, an allele (a prefix of its SHA-256) or an event. The links are the ones the
log keeps: every event names its cause; an allele's lineage names the event that prompted it;
a draft's merge names its commit.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from controller.arena.trial import UNCONFIRMED_OUTCOME
from controller.domains.world import JsonObject
from controller.genome.allele import Allele
from controller.genome.genome import Genome
from controller.history.event import Event

MAX_CHAIN = 200
"""Links followed backwards; a chain longer than a day of passes explains nothing."""


@dataclass(frozen=True, slots=True)
class Link:
    """One step of an explanation: an event (or commit) and what it means in plain words."""

    event: str
    time: str
    text: str
    data: JsonObject


def chain(events: Mapping[str, Event], last: str) -> tuple[Event, ...]:
    """The causes of an event, first cause first, itself last."""
    found: list[Event] = []
    current: str | None = last
    while current is not None and current in events and len(found) < MAX_CHAIN:
        found.append(events[current])
        current = events[current].cause
    return tuple(reversed(found))


def explain_allele(events: Sequence[Event], allele: Allele) -> tuple[Link, ...]:
    """Why an allele exists and is expressed: from the first cause to the latest merge."""
    by_id = {event.id: event for event in events}
    last = _risen(events, allele)
    if last is None:
        return ()
    return tuple(Link(e.id, e.time, say(e), e.data) for e in chain(by_id, last.id))


def _risen(events: Sequence[Event], allele: Allele) -> Event | None:
    """The merge that made an allele dominant, or, before that, the last event of its draft."""
    drafts = {
        str(e.data["draft"])
        for e in events
        if e.type == "draft.opened" and e.data.get("allele") == allele.sha
    }
    about = [e for e in events if e.type.startswith("draft.") and e.data.get("draft") in drafts]
    merged = [e for e in about if e.type == "draft.merged"]
    found = merged or about
    return found[-1] if found else None


def changed_lines(genome: Genome, allele: Allele) -> tuple[str, ...]:
    """The lines by which an allele differs from its parent, as `+ …` and `- …`."""
    alleles = genome.alleles.get(allele.locus, {})
    parents = [alleles[sha] for sha in allele.lineage.parents if sha in alleles]
    if not parents:
        return ()
    difference = difflib.unified_diff(
        parents[0].source.splitlines(), allele.source.splitlines(), lineterm="", n=0
    )
    return tuple(
        f"{line[0]} {line[1:]}"
        for line in difference
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    )


def say(event: Event) -> str:
    """One event in plain words."""
    data = event.data
    speak = _SPEECH.get(event.type)
    return speak(data) if speak is not None else event.type.replace(".", " ")


def _short(data: JsonObject, key: str) -> str:
    return str(data.get(key) or "")[:12]


def _say_finished(data: JsonObject) -> str:
    if data.get("immediate"):
        return "the gene returned success"
    return f"the gene failed: {data.get('error')}"


def _say_reported(data: JsonObject) -> str:
    output = data.get("output")
    seen = output.get("seen_from") if isinstance(output, dict) else None
    place = f", looking from {', '.join(map(str, seen))}" if isinstance(seen, list) and seen else ""
    return f"{data.get('locus')} found it {_health(data)}{place}"


def _health(data: JsonObject) -> str:
    return "healthy" if data.get("healthy") else "unhealthy"


def _say_judged(data: JsonObject) -> str:
    verdict = "converged" if data.get("healthy") else "did not converge"
    place = f", {data['world']}" if data.get("world") else ""
    return f"the trial {verdict} ({data.get('timescale')}{place})"


def _say_rolled_back(data: JsonObject) -> str:
    state = "the world is as it was" if data.get("restored") else f"left: {data.get('left')}"
    reason = f", since {data['reason']}" if data.get("reason") else ""
    late = "; the controller was late, which says nothing of the allele"
    told = late if data.get("outcome") == UNCONFIRMED_OUTCOME else ""
    return f"the transaction was rolled back{reason}; {state}{told}"


def _say_search(data: JsonObject) -> str:
    if data.get("found") is None:
        return f"the search found nothing in {data.get('tried')} candidates: {data.get('reason')}"
    edits = data.get("edits")
    told = "; ".join(map(str, edits)) if isinstance(edits, list) else ""
    twin = f"; {data['twin']}" if data.get("twin") else ""
    found = f"the search found {_short(data, 'found')}"
    return f"{found} after {data.get('tried')} candidates: {told}{twin}"


def _say_proved(data: JsonObject) -> str:
    gates = data.get("gates")
    count = len(gates) if isinstance(gates, list) else 0
    return f"{count} gates {'proved' if data.get('passed') else 'refused'} {data.get('draft')}"


def _say_tried(data: JsonObject) -> str:
    verdict = "passed" if data.get("passed") else f"failed: {data.get('error') or 'unhealthy'}"
    state = "the world is as it was" if data.get("restored") else f"left: {data.get('left')}"
    return f"the source {verdict}; {state}"


def _say_agent(data: JsonObject) -> str:
    cost = data.get("cost")
    used = f" for {cost['money']:g} and {cost['tokens']} tokens" if isinstance(cost, dict) else ""
    wrong = f": {data.get('error')}" if data.get("error") else ""
    draft = f" {data.get('draft')}" if data.get("draft") else ""
    return f"the agent ended{used}, {data.get('outcome')}{draft}{wrong}"


_SPEECH: dict[str, Callable[[JsonObject], str]] = {
    "expression.requested": lambda d: f"{d.get('locus')} was asked for in {d.get('world')}",
    "expression.started": lambda d: f"{_short(d, 'allele')} was expressed in {d.get('world')}",
    "expression.finished": _say_finished,
    "diagnostic.reported": _say_reported,
    "trial.judged": _say_judged,
    "transaction.rolled_back": _say_rolled_back,
    "transaction.confirmed": lambda _: "the change was confirmed",
    "allele.tried": lambda d: f"source {_short(d, 'allele')} was tried in {d.get('world')}",
    "allele.judged": _say_tried,
    "search.finished": _say_search,
    "person.needed": lambda d: f"a person is needed: {d.get('reason')}",
    "demand.refused": lambda d: f"it cannot start: {d.get('reason')}",
    "drift.observed": lambda d: f"the world drifted: {d.get('missing')}",
    "draft.opened": lambda d: f"{d.get('draft')} was opened",
    "draft.proved": _say_proved,
    "draft.merged": lambda d: f"{d.get('draft')} was merged as {_short(d, 'merge')}",
    "draft.refused": lambda d: f"{d.get('draft')} was refused: {d.get('reason')}",
    "draft.closed": lambda d: f"{d.get('draft')} was closed: {d.get('reason')}",
    "canary.started": lambda d: f"a healthy fleet was to change to {_short(d, 'allele')}",
    "canary.passed": lambda d: f"the canary kept {_short(d, 'allele')}: {d.get('reason')}",
    "canary.away": lambda d: f"the canary {d.get('world')} was out of reach: {d.get('reason')}",
    "canary.replaced": lambda d: f"another took the place of {d.get('world')}: {d.get('reason')}",
    "canary.failed": lambda d: f"{_short(d, 'allele')} failed: {d.get('reason')}",
    "rollout.failed": lambda d: f"{_short(d, 'allele')} failed: {d.get('reason')}",
    "rollout.ended": lambda d: f"{_short(d, 'allele')} is no longer watched: {d.get('reason')}",
    "draft.reverted": lambda d: f"a commit on main took {d.get('draft')} back",
    "draft.restored": lambda d: f"a commit on main brought {d.get('draft')} back",
    "backfill.decided": lambda d: f"a person decided about the past: {d.get('backfill_policy')}",
    "projection.promoted": lambda d: f"{_short(d, 'allele')} answers for {d.get('locus')} now",
    "projection.rebuilt": lambda d: f"{d.get('locus')} was built anew: {d.get('reason')}",
    "controller.paused": lambda d: f"the controller was paused: {d.get('reason')}",
    "controller.resumed": lambda d: f"the controller was let go on: {d.get('reason')}",
    "intent.evolved": lambda d: f"system {d.get('system')} demands more: {d.get('added')}",
    "agent.assigned": lambda d: f"an agent was assigned ({d.get('reason')}): {d.get('goal')}",
    "agent.finished": _say_agent,
    "breaker.tripped": lambda d: f"{d.get('breaker')} tripped: {d.get('reason')}",
    "consequence.started": lambda d: (
        f"{_short(d, 'allele')} was to bring about {d.get('consequence')} of {d.get('system')}"
    ),
    "consequence.finished": lambda d: (
        f"{d.get('consequence')} was brought about"
        if d.get("error") is None
        else f"{d.get('consequence')} was not brought about: {d.get('error')}"
    ),
    "fleet.started": lambda d: f"the hosts of {d.get('intent')} were asked for",
    "fleet.finished": lambda d: f"the hosts ended: {str(d.get('outcome')).replace('_', ' ')}",
    "pathway.started": lambda d: f"a run of {d.get('pathway')} began in {d.get('world')}",
    "pathway.finished": lambda d: f"the run ended: {str(d.get('outcome')).replace('_', ' ')}",
    "main.held": lambda d: f"main is held at {_short(d, 'commit')}: {d.get('reason')}",
    "main.vouched": lambda d: f"people's word on main reaches {_short(d, 'commit')}",
    "main.moved": lambda d: f"main moved to {_short(d, 'to')}: {d.get('title')}",
}
