"""What must be true of every life, said again without the code that is to make it true.

A checker reads what was recorded, the refs and the worlds at the end; it knows nothing of ledgers,
folds, triage or graphs. Each gives a line for every wrong that it finds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from controller import host_limits, limits
from controller.history.event import Event
from tests.simulation.evidence import Evidence, Pass

ENDS: Final = ("transaction.confirmed", "transaction.rolled_back")
WINDOW: Final = timedelta(seconds=3)
"""The window of the only contract that is verified, as its text has it."""
CANARY_WINDOW: Final = timedelta(seconds=host_limits.CANARY_WINDOW_SECONDS)
CANARY_ENDS: Final = ("canary.passed", "canary.failed", "rollout.ended")
COOLDOWN: Final = timedelta(seconds=limits.COOLDOWN_PER_GAP_SECONDS)
PASSES_TO_CLOSE: Final = 2
"""Passes without a fault, after its window, in which a transaction must be closed."""

Checker = Callable[[Evidence], Iterator[str]]


def every_cause_is_in_the_log_before_its_effect(evidence: Evidence) -> Iterator[str]:
    """Nothing is recorded as led to by what is not there."""
    seen = set[str]()
    for event in evidence.events:
        if event.cause is not None and event.cause not in seen:
            yield f"{_name(event)} is caused by {event.cause[:8]}, which is not before it"
        seen.add(event.id)


def every_event_is_in_the_log_once(evidence: Evidence) -> Iterator[str]:
    """What was handed in, however often, is there, and nothing is there twice."""
    counted = Counter(event.id for event in evidence.events)
    yield from (f"{name[:8]} is in the log {n} times" for name, n in counted.items() if n > 1)
    yield from (f"{name[:8]} was handed in and lost" for name in {*evidence.handed_in} - {*counted})


def every_transaction_is_closed_once(evidence: Evidence) -> Iterator[str]:
    """Each trial that began was confirmed or rolled back, and only once; judged at most once, and
    once more as a canary."""
    ends, judged = Counter[str](), Counter[str]()
    for event in evidence.events:
        ends[_trial(event)] += event.type in ENDS
        judged[_trial(event)] += event.data.get("timescale") == "convergence"
    for event in evidence.events:
        if event.type == "expression.started":
            if ends[event.id] != 1:
                yield f"the trial {event.id[:8]} was closed {ends[event.id]} times"
            if judged[event.id] > 1 + _is_canary(evidence, event):
                yield f"the trial {event.id[:8]} was judged {judged[event.id]} times"
    for name in evidence.open_transactions:
        yield f"the journal holds inverses of {name[:8]} still"


def no_transaction_outlives_its_window(evidence: Evidence) -> Iterator[str]:
    """Once its window is over, a transaction is closed by the second pass that nothing hindered."""
    closed = {_trial(e): n for n, e in enumerate(evidence.events) if e.type in ENDS}
    finished = {_trial(e): e for e in evidence.events if e.type == "expression.finished"}
    for event in evidence.events:
        if event.type != "expression.started":
            continue
        last = finished.get(event.id, event)
        number = evidence.events.index(last)
        overdue = [
            one
            for one in evidence.passes
            if one.first > number
            and one.last <= closed.get(event.id, len(evidence.events))
            and one.began > last.at + WINDOW + _is_canary(evidence, event) * CANARY_WINDOW
            and _unhindered(evidence, one)
        ]
        if len(overdue) > PASSES_TO_CLOSE:
            yield f"the trial {event.id[:8]} was open for {len(overdue)} passes after its window"


def every_merge_is_recorded_once(evidence: Evidence) -> Iterator[str]:
    """Each merge on main is in the log once, and each in the log is one of a draft."""
    recorded = Counter(e.data["merge"] for e in evidence.events if e.type == "draft.merged")
    for merge in evidence.merges:
        if recorded[merge] != 1:
            yield f"the merge {merge[:8]} is in the log {recorded[merge]} times"
    yield from (f"{m!s:.8} is no merge on main" for m in recorded if m not in evidence.merges)


def the_log_knows_where_main_is(evidence: Evidence) -> Iterator[str]:
    """The last move in the log led to where main is now."""
    moves = [
        e.data.get("to") or e.data.get("merge")
        for e in evidence.events
        if e.type in ("main.moved", "draft.merged")
    ]
    if moves[-1:] != [evidence.main]:
        yield f"main is at {evidence.main[:8]}, the log has {moves[-1:]}"


def no_draft_is_forgotten(evidence: Evidence) -> Iterator[str]:
    """A branch that is left is one that was proved and waits for a person."""
    proved = {str(e.data["commit"]): e for e in evidence.events if e.type == "draft.proved"}
    for name, commit in evidence.drafts.items():
        proof = proved.get(commit)
        if proof is None or not proof.data["passed"] or proof.data["base"] != evidence.main:
            yield f"the draft {name} is left without a proof on main"


def attempts_are_few_and_apart(evidence: Evidence) -> Iterator[str]:
    """At one gap at most so many attempts, with a pause between, until a person is asked.

    A person who changes main, and with it perhaps what is expressed, begins a new count.
    """
    count, last = Counter[str](), dict[str, Event]()
    for event in evidence.events:
        key = str(event.data.get("gap"))
        if event.type == "person.needed":
            count[key] = 0
            last.pop(key, None)
        if event.type in ("main.moved", "draft.merged"):
            count.clear()
        if event.type != "consequence.started":
            continue
        if key in last and event.at < last[key].at + COOLDOWN:
            yield f"{_name(event)} follows the last attempt after {event.at - last[key].at}"
        count[key] += 1
        last[key] = event
        if count[key] > limits.MAX_AGENTS_PER_GAP:
            yield f"{_name(event)} is attempt {count[key]} at one gap"


def consequences_do_not_go_too_deep(evidence: Evidence) -> Iterator[str]:
    """No more than so many consequences led to one another."""
    depth = dict[str, int]()
    for event in evidence.events:
        above = depth.get(event.cause or "", 0)
        depth[event.id] = above + (event.type == "consequence.started")
        if depth[event.id] > limits.MAX_AGENT_DEPTH and event.type == "consequence.started":
            yield f"{_name(event)} is {depth[event.id]} deep"


def searches_are_few(evidence: Evidence) -> Iterator[str]:
    """For one demand on one stack no more than so many searches."""
    counted = Counter(
        (event.data["demand"], str(event.data["stack"]))
        for event in evidence.events
        if event.type == "search.finished"
    )
    for (demand, _), count in counted.items():
        if count > limits.MAX_SEARCHES_PER_DEMAND:
            yield f"{count} searches for {demand!s:.8} on one stack"


def nothing_is_brought_about_that_has_happened(evidence: Evidence) -> Iterator[str]:
    """No attempt is begun for a trigger that something has followed from already.

    A fallback is not met by what came before its time.
    """
    place = {event.id: number for number, event in enumerate(evidence.events)}
    happened = defaultdict[tuple[str, str], list[int]](list)
    for number, event in enumerate(evidence.events):
        happened[event.type, event.subject].append(number)
        if event.type != "consequence.started" or event.data["trigger"] not in place:
            continue
        trigger = evidence.events[place[str(event.data["trigger"])]]
        consequence = str(event.data["consequence"])
        since = trigger.at + _patience(evidence, trigger.type, consequence)
        for one in happened[consequence, trigger.subject]:
            if one > place[trigger.id] and evidence.events[one].at >= since:
                yield f"{_name(event)} is begun although {_name(evidence.events[one])} was there"


def passes_are_bounded(evidence: Evidence) -> Iterator[str]:
    """A pass ends by itself before its bound, which is there for those that go in circles."""
    for number, one in enumerate(evidence.passes):
        if one.actions >= limits.MAX_ACTIONS_PER_PASS:
            yield f"pass {number + 1} took {one.actions} actions"


def nothing_acts_while_paused(evidence: Evidence) -> Iterator[str]:
    """A pass that begins paused does nothing; one that is paused ends with what it is doing."""
    paused = _paused(evidence)
    for number, one in enumerate(evidence.passes):
        made = [n for n in range(one.first, one.last) if _is_ours(evidence.events[n]) and paused[n]]
        begun = [n for n in made if evidence.events[n].type.endswith(".started")]
        if paused[one.first] and made:
            yield f"pass {number + 1} recorded {_name(evidence.events[made[0]])} while paused"
        if len(begun) > 1:
            yield f"pass {number + 1} went on after the pause: {_name(evidence.events[begun[1]])}"
    acted = Counter(done.length for done in evidence.done if paused[done.length] and done.gene)
    for length, count in acted.items():
        if count > 1 or not any(one.first < length <= one.last for one in evidence.passes):
            yield f"genes did {count} things to a world while paused"


def a_quiet_world_comes_to_rest(evidence: Evidence) -> Iterator[str]:
    """With nothing failing and nobody acting there is an end, and after it nothing is done."""
    if not evidence.settled:
        yield f"no rest after {len(evidence.passes) - evidence.quiet_from} quiet passes"
    for number, one in enumerate(evidence.passes[-2:], len(evidence.passes) - 1):
        if one.actions or one.first != one.last or one.end != "done":
            yield f"pass {number} of a world at rest {one.end}: {one.actions} actions"


def no_demand_is_forgotten(evidence: Evidence) -> Iterator[str]:
    """The newest demand about each thing is met, waits for a reason in the log, or was told."""
    newest = {e.subject: e for e in evidence.events if e.type == "expression.requested"}
    for demand in newest.values():
        about = [event for event in evidence.events if _demand(evidence, event) == demand.id]
        decided = (*ENDS, "demand.refused", "person.needed")
        ends = [event for event in about if event.type in decided]
        opened = {e.data["draft"] for e in about if e.type == "draft.opened"}
        drafted = not opened.isdisjoint(evidence.drafts)
        met = bool(ends) and ends[-1].type == "transaction.confirmed"
        told = bool(ends) and ends[-1].type in ("demand.refused", "person.needed")
        if not (met or told or drafted):
            yield f"the demand {demand.id[:8]} is forgotten: {[e.type for e in about][-4:]}"
        if met:
            yield from _shows(evidence, demand)


def no_trigger_is_forgotten(evidence: Evidence) -> Iterator[str]:
    """What must follow from an event has followed, or a person was told of it."""
    after = defaultdict[tuple[str, str], int](lambda: -1)
    for number, event in enumerate(evidence.events):
        after[event.type, event.subject] = number
    told = {e.data.get("trigger") for e in evidence.events if e.type == "person.needed"}
    for rule in evidence.rules:
        if rule.level != "must":
            continue
        kinds = [kind for kind in (rule.consequence, rule.fallback) if kind]
        for number, event in enumerate(evidence.events):
            if event.type != rule.trigger or event.id in told:
                continue
            if all(after[kind, event.subject] < number for kind in kinds):
                yield f"no {rule.consequence} followed {_name(event)}, and nobody was told"


def no_second_world_is_changed_before_the_canary_has_kept_it(evidence: Evidence) -> Iterator[str]:
    """While a canary has a change, no other world of its fleet does."""
    for number, started in enumerate(evidence.events):
        if started.type != "canary.started" or not started.data["demands"]:
            continue
        busy: dict[str, str] = {}
        for event in evidence.events[number:]:
            if event.type in CANARY_ENDS and event.data["rollout"] == started.id:
                break
            if event.type == "expression.started" and _is_of(started, event):
                busy[event.id] = str(event.data["world"])
            elif event.type in ENDS:
                busy.pop(_trial(event), None)
            if len({*busy.values()}) > started.data["preferred"]:
                yield f"{', '.join(sorted({*busy.values()}))} have {_name(started)} at a time"
                break


CHECKERS: Final[tuple[Checker, ...]] = (
    every_cause_is_in_the_log_before_its_effect,
    every_event_is_in_the_log_once,
    every_transaction_is_closed_once,
    no_transaction_outlives_its_window,
    every_merge_is_recorded_once,
    the_log_knows_where_main_is,
    no_draft_is_forgotten,
    attempts_are_few_and_apart,
    consequences_do_not_go_too_deep,
    searches_are_few,
    nothing_is_brought_about_that_has_happened,
    passes_are_bounded,
    nothing_acts_while_paused,
    a_quiet_world_comes_to_rest,
    no_demand_is_forgotten,
    no_trigger_is_forgotten,
    no_second_world_is_changed_before_the_canary_has_kept_it,
)


def complaints(evidence: Evidence) -> tuple[str, ...]:
    """All that any checker finds wrong."""
    return tuple(
        f"{checker.__name__}: {wrong}" for checker in CHECKERS for wrong in checker(evidence)
    )


def _patience(evidence: Evidence, trigger: str, consequence: str) -> timedelta:
    """How long it takes until a consequence may meet what a trigger demands."""
    rules = [rule for rule in evidence.rules if rule.trigger == trigger]
    if any(rule.consequence == consequence for rule in rules):
        return timedelta()
    late = [rule.within_s or 0 for rule in rules if rule.fallback == consequence]
    return timedelta(seconds=max(late, default=0))


def _is_canary(evidence: Evidence, trial: Event) -> bool:
    """True for a trial of a change that was begun with a canary."""
    starts = (event for event in evidence.events if event.type == "canary.started")
    return any(_is_of(started, trial) for started in starts)


def _is_of(started: Event, trial: Event) -> bool:
    demands = started.data["demands"]
    assert isinstance(demands, list)
    same = started.data["allele"] == trial.data["allele"]
    return same and trial.data["demand"] in demands


def _name(event: Event) -> str:
    return f"{event.type} {event.id[:8]}"


def _trial(event: Event) -> str:
    return str(event.data.get("trial", ""))


def _demand(evidence: Evidence, event: Event) -> str:
    """The demand that an event is about, by itself or by its trial."""
    if "demand" in event.data:
        return str(event.data["demand"])
    started = next((e for e in evidence.events if e.id == _trial(event)), None)
    return "" if started is None else str(started.data["demand"])


def _is_ours(event: Event) -> bool:
    return event.actor == "controller" or event.actor.startswith("gene:")


def _paused(evidence: Evidence) -> list[bool]:
    """For each number of events, whether a controller was paused when the log had so many."""
    states = [False]
    for event in evidence.events:
        now = {"controller.paused": True, "controller.resumed": False}.get(event.type, states[-1])
        states.append(now)
    return states


def _unhindered(evidence: Evidence, one: Pass) -> bool:
    calm = one.end == "done" and not one.faults and not one.troubles
    return calm and not _paused(evidence)[one.first]


def _shows(evidence: Evidence, demand: Event) -> Iterator[str]:
    """Whether the world is as a demand that was met wants it."""
    given, world = demand.data["input"], str(demand.data["world"])
    assert isinstance(given, dict)
    ports = _ports(evidence, world, str(given["bridge"]))
    if str(given["to_nic"]) not in ports or str(given["from_nic"]) in ports:
        yield f"{world} does not show {demand.id[:8]}: ports {sorted(ports)}, wanted {given}"


def _ports(evidence: Evidence, world: str, bridge: str) -> set[str]:
    seen = evidence.worlds[world]
    host = next(node for node in _records(seen["nodes"]) if node["name"] == seen["host"])
    return {str(link["name"]) for link in _records(host["links"]) if link.get("master") == bridge}


def _records(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value
