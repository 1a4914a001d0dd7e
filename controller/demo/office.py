"""A sales office: what happens there, day by day, drawn from a seed. Told by the CRM story.

Pure: a seed and a first day give the same lines, in the form that `germline events append
--format json` takes, each with its own time. On working days people talk to customers, deals move
and scores are told; at weekends there is silence. What the office's own systems make of it is not
in here: who is alerted and what is recalculated follows from these events.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from controller.domains.world import Json, JsonObject

REPS: Final = {"ana": ("09:00", "phone", True), "ben": ("17:30", "email", False)}
"""Who cares for customers: when they like to be asked, how they are reached, whether they have
deals under way."""
MANAGER: Final = "mira"
STAGES: Final = ("lead", "qualified", "proposal", "negotiation")
SENTIMENTS: Final = {"positive": 5, "neutral": 4, "negative": 1}
NOTES: Final = (
    "asked for a price",
    "wants to see it at work",
    "compares us with Globex",
    "needs it before the summer",
    "has an offer from Initech",
    "is content",
)
COMPANIES: Final = ("Harbour Freight", "Lindqvist Mills", "Northern Dairy", "Ostrava Steel")
_SATURDAY: Final = 5
_DEALS_A_DAY: Final = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """One event to be handed in: when it happens, and the JSON that says so."""

    at: datetime
    json: bytes


@dataclass(slots=True)
class Office:
    """The office from its first day on; `customers` are those that it has."""

    rng: random.Random
    customers: list[str] = field(default_factory=list)
    interactions: int = 0
    stages: dict[str, int] = field(default_factory=dict)

    def opening(self, at: datetime, customers: int) -> Iterator[Line]:
        """The first morning: reps join, customers are entered and given to a rep, a minute each."""
        for name, (preferred, means, busy) in REPS.items():
            about: JsonObject = {"preferred_time": preferred, "contact_preferences": means}
            yield line(at, "rep.joined", f"rep:{name}", {**about, "has_active_deals": busy})
        for number in range(customers):
            moment = at + timedelta(minutes=1 + number)
            yield from self.customer(moment, authorised_by=MANAGER, rep=[*REPS][number % len(REPS)])

    def customer(
        self, at: datetime, rep: str | None = None, authorised_by: str | None = None
    ) -> Iterator[Line]:
        """A customer is entered; with `rep`, somebody cares for it from then on."""
        name = f"c{len(self.customers) + 1}"
        self.customers.append(name)
        data: JsonObject = {
            "company": self.rng.choice(COMPANIES),
            "email": f"{name}@example.org",
            "encryption_key": f"vault/{name}",
            "name": f"Customer {name}",
        }
        managed: JsonObject = {"has_account_manager": True, "primary_account_manager": MANAGER}
        yield line(at, "customer.created", f"customer:{name}", {**data, **managed})
        if rep is not None:
            yield assigned(at, name, rep, authorised_by)

    def day(self, morning: datetime) -> tuple[Line, ...]:
        """What happens on the day that begins at `morning`, in the order of time."""
        if morning.weekday() >= _SATURDAY:
            return ()
        found = list(self._talks(morning))
        if self.rng.random() < _DEALS_A_DAY:
            found.extend(self._deal(morning))
        return tuple(sorted(found, key=lambda one: one.at))

    def talk(self, at: datetime, customer: str, sentiment: str) -> Line:
        """Somebody talks to a customer."""
        self.interactions += 1
        data: JsonObject = {
            "customer": customer,
            "interaction": f"i{self.interactions}",
            "minutes": self.rng.randint(2, 40),
            "notes": self.rng.choice(NOTES),
            "sentiment": sentiment,
            "type": self.rng.choice(("call", "meeting", "letter")),
        }
        return line(at, "interaction.created", f"customer:{customer}", data)

    def _talks(self, morning: datetime) -> Iterator[Line]:
        for _ in range(self.rng.randint(1, 2)):
            (sentiment,) = self.rng.choices([*SENTIMENTS], [*SENTIMENTS.values()])
            yield self.talk(self._moment(morning), self.rng.choice(self.customers), sentiment)

    def _deal(self, morning: datetime) -> Iterator[Line]:
        """A deal moves a stage on; after the last one its contract is signed."""
        customer = self.rng.choice(self.customers)
        about, deal = f"customer:{customer}", f"{customer}-deal"
        stage = self.stages.get(deal, 0)
        self.stages[deal] = (stage + 1) % (len(STAGES) + 1)
        at, value = self._moment(morning), self.rng.randint(4, 90) * 1000
        data: JsonObject = {"customer": customer, "deal": deal, "value": value}
        if stage == len(STAGES):
            yield line(at, "deal.signed", about, {**data, "stage": "won"})
            return
        yield line(at, "deal.updated", about, {**data, "stage": STAGES[stage]})
        score: JsonObject = {"customer": customer, "deal_score": f"{deal}-{stage}"}
        told: JsonObject = {"explanation": f"it is in {STAGES[stage]}", "score": 20 * (stage + 1)}
        yield line(at, "deal_score.recorded", about, {**score, **told})

    def _moment(self, morning: datetime) -> datetime:
        return morning + timedelta(minutes=self.rng.randint(70, 480))


def assigned(at: datetime, customer: str, rep: str, authorised_by: str | None) -> Line:
    """A rep cares for a customer from now on; may it be told what was said before?"""
    data: JsonObject = {"rep": rep}
    if authorised_by is not None:
        data["data_access_authorisation"] = f"by {authorised_by}"
    return line(at, "customer.assigned_rep", f"customer:{customer}", data)


def line(at: datetime, kind: str, subject: str, data: dict[str, Json]) -> Line:
    """An event as whoever hands it in writes it."""
    told = {"type": kind, "subject": subject, "time": at.isoformat(), "data": data}
    return Line(at, json.dumps(told, sort_keys=True).encode())
