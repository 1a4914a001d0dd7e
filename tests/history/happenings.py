"""Histories to fold: what a controller records, drawn at random but in a possible order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from controller.domains.world import JsonObject
from controller.history.event import Event, Occurrence, seal

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
STACK = ["a" * 64, "b" * 64]


def at(number: int, kind: str, subject: str, data: JsonObject, cause: str | None = None) -> Event:
    """The event that happened `number` seconds after noon."""
    moment = NOON + timedelta(seconds=number)
    return seal(Occurrence(kind, subject, data, moment, cause, "controller"))


def occurrence(event: Event) -> Occurrence:
    """What has to be appended for a log to hold this event."""
    return Occurrence(event.type, event.subject, event.data, event.at, event.cause, event.actor)


def history(seed: int, count: int) -> list[Event]:
    """Demands, trials, reports, drafts and moves of main, `count` of them."""
    rng, events = random.Random(seed), list[Event]()
    demands, trials, drafts = list[str](), list[str](), list[str]()
    for number in range(count):
        choices = ["expression.requested", "main.moved", "interaction.created"]
        choices += ["expression.started", "search.finished", "drift.observed"] * bool(demands)
        choices += [
            "expression.finished",
            "diagnostic.reported",
            "trial.judged",
            "transaction.confirmed",
            "transaction.rolled_back",
        ] * bool(trials)
        choices += ["draft.opened"]
        choices += ["draft.proved", "draft.merged", "draft.reverted"] * bool(drafts)
        kind = rng.choice(choices)
        data = _data(kind, number, rng, demands, trials, drafts)
        event = at(number, kind, "subject", data, rng.choice(events).id if events else None)
        events.append(event)
        if kind == "expression.requested":
            demands.append(event.id)
        elif kind == "expression.started":
            trials.append(event.id)
        elif kind == "draft.opened":
            drafts.append(str(data["draft"]))
    return events


def _data(
    kind: str,
    number: int,
    rng: random.Random,
    demands: list[str],
    trials: list[str],
    drafts: list[str],
) -> JsonObject:
    about: JsonObject = {"locus": "uplink", "phenotype": "lab", "world": "simulated"}
    match kind:
        case "expression.requested":
            return {**about, "input": {"bridge": "br0"}, "key": rng.choice("ab")}
        case "expression.started":
            return {
                **about,
                "demand": rng.choice(demands),
                "input": {"n": [1, 2.5, None, {"x": True}]},
                "stack": [*STACK],
                "allele": rng.choice(STACK),
            }
        case "search.finished":
            return {"demand": rng.choice(demands), "stack": [*STACK], "found": None}
        case "drift.observed":
            return {"demand": rng.choice(demands)}
        case "expression.finished":
            return {"trial": rng.choice(trials), "immediate": True, "output": {"ü": number}}
        case "diagnostic.reported":
            return {
                "trial": rng.choice(trials),
                "locus": "fdb",
                "healthy": rng.random() < 0.5,
                "output": {"seen_from": ["tor"]},
                "facets": ["fdb", "links"],
            }
        case "trial.judged":
            return {"trial": rng.choice(trials), "timescale": "convergence", "healthy": False}
        case "transaction.confirmed" | "transaction.rolled_back":
            return {"trial": rng.choice(trials)}
        case "main.moved":
            return {"from": None, "to": f"{number:040x}", "title": "moved"}
        case "draft.opened":
            name = f"draft/mutation/{rng.randrange(3)}"
            return {**about, "draft": name, "allele": rng.choice(STACK), "demand": None}
        case "draft.merged":
            return {"draft": rng.choice(drafts), "merge": f"{number:040x}"}
        case "draft.proved" | "draft.reverted":
            return {"draft": rng.choice(drafts)}
    return {"customer": f"c{number}"}
