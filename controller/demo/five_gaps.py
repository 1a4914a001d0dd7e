"""A month of a sales office, in which each of the five kinds of gap appears and ends.

    1  the office opens                       what must follow is brought about by genes
    2  a working week                         no gap
    3  reaction     nobody cares for a customer; the dominant gene fails, its fallback does it
    4  reaction     what only a person may allow is handed to one
    5  temporal     an alert that nobody sees, a manager who does not answer
    6  consistency  events in a form that no rule knows; a commit says how to read them
    7  consistency  a projection that is not what its events make of it is built anew
    8  quality      answers come too late; a person has another allele answer
    9  intent       a rule of day 30 asks of the whole past, and the past is made up for
    10 intent       another one waits for a person's word on the past

Called by `germline demo --story crm`. Every chapter looks for the gap that it tells of and for its
end, in what the controller itself says; if one is not there, the story ends with that.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.conductor.obligation import PRIORITY, GapKind
from controller.demo.days import Days
from controller.demo.gap_telling import account
from controller.demo.month import Astray, Month
from controller.demo.office import MANAGER, Line, Office, assigned, line
from controller.demo.setting import PERSON
from controller.demo.telling import BAD, Narrator
from controller.domains.world import JsonObject
from controller.history.event import Event
from controller.stories.backfill import decide_backfill
from grammar.system.nodes import Backfill

SYSTEM = "systems/customer_platform.sg"
PHENOTYPE = "phenotypes/crm.sg"
CUSTOMERS = 4
TALKS_AT_MOST = 20
"""Bad talks after which a customer has no engagement left to lose."""
A_MOMENT = timedelta(seconds=1)

UPCAST = """
[[upcasts]]              # the old telephone system
type = "call_logged"
becomes = "interaction.created"
rename = { call = "interaction", mood = "sentiment", about = "notes" }
defaults = { type = "call" }
"""
ACKNOWLEDGE = "    must: acknowledge_to_rep(interaction)\n      within: 5s\n"
NEW_RULES = """
    must: check_competitor_mentions(customer)

    should: summarise_topics(customer)
"""
SEQUENTIAL = "    backfill_policy: sequential\n"
CARDS = """    backfill_policy: human_decision
  }

  when customer.created {
    must: send_welcome_card(customer)
"""


@dataclass(slots=True)
class FiveGaps(Month):
    """The chapters."""

    def play(self) -> bool:
        """Tell it all. True if everything ended as told."""
        try:
            for tell in self._story():
                tell()
        except Astray as astray:
            self.narrator.line(f"but {astray}", BAD)
            return False
        return True

    def _story(self) -> tuple[Callable[[], None], ...]:
        return (
            *(self._opening, self._week, self._nobody_cares, self._permission),
            *(self._silence, self._old_telephone, self._careless_hand, self._late_answers),
            *(self._new_rule, self._word_on_the_past, self._reckoning),
        )

    # --- ordinary days --------------------------------------------------------------------

    def _opening(self) -> None:
        self.chapter("A sales office opens; its system says what must follow from what")
        self.days.hand_in(self.office.opening(self.moment(1, 8, 5), CUSTOMERS))
        self.tell(f"two reps, {CUSTOMERS} customers; what the system demands of them")
        self.narrator.quote(account(self.brought(0)[:CUSTOMERS]))
        self.no_gaps()

    def _week(self) -> None:
        self.chapter("A working week: what must follow follows")
        since = self.length()
        handed = self.ordinary(1, 5)
        brought = self.brought(since)
        for event in handed[:3]:
            self.narrator.quote([event.json.decode()[:66] + " …"])
        self.tell(f"{len(handed)} events were handed in, genes recorded {len(brought)} more")
        self.narrator.quote(account(brought[:4]))
        self.no_gaps()

    # --- reaction -------------------------------------------------------------------------

    def _nobody_cares(self) -> None:
        self.chapter("Reaction gap: an event without its consequence")
        self.days.hand_in(self.office.customer(self.moment(8, 10)))
        self.days.until(self.moment(8, 10, 5))
        since, who = self.length(), self.office.customers[-1]
        self.days.hand_in([self.office.talk(self.days.clock.now(), who, "positive")])
        self.tell(f"a new customer, {who}, calls; no rep cares for it yet")
        self.narrator.quote(account(self.days.events(since)))
        self.days.skip(timedelta(seconds=6))
        self.shown_gaps(GapKind.REACTION, "acknowledge_to_rep")
        since = self.length()
        self.days.until(self.days.clock.now() + timedelta(seconds=30))
        self.tell("the phenotype has a fallback for it, which is tried after 30 s")
        self.see_it_ended(GapKind.REACTION, "acknowledge_to_rep", since)

    def _permission(self) -> None:
        self.chapter("Reaction gap: what only a person may allow")
        who, since = self.office.customers[-1], self.length()
        self.days.hand_in([assigned(self.moment(8, 11), who, "ben", None)])
        self.tell(f"{who} is given to ben; nobody authorised that he reads its history")
        self.narrator.quote(account(self.days.events(since)))
        (gap,) = self.shown_gaps(GapKind.REACTION, "share_history")
        if not gap.needs_person:
            raise Astray("no person is asked")
        since = self.length()
        self.days.until(self.moment(8, 11, 40))
        self.tell(f"{MANAGER} signs, and hands the history over herself")
        signed = {"data_access_authorisation": f"by {MANAGER}", "recipient": "ben"}
        self.days.now_happens("share_history", f"customer:{who}", **signed)
        self.see_it_ended(GapKind.REACTION, "share_history", since)

    # --- temporal -------------------------------------------------------------------------

    def _silence(self) -> None:
        self.chapter("Temporal gaps: something should have happened by now")
        who = self.office.customers[1]
        raised = self._bad_talks(who, "alert.raised", self.moment(9, 9, 10))
        self.tell(f"{who} is unhappy; its engagement crosses churn_warning, its rep is alerted")
        self.narrator.line("but the rep is out, and nobody looks at the alert")
        self.days.until(raised + timedelta(hours=4) - A_MOMENT)
        self.days.skip(2 * A_MOMENT)
        self.shown_gaps(GapKind.TEMPORAL, "re_alert")
        since = self.length()
        self.days.run_pass()
        self.see_it_ended(GapKind.TEMPORAL, "re_alert", since)
        alert = [event for event in self.days.events() if event.type == "alert.raised"][-1]
        self.days.now_happens("alert.acknowledged", alert.subject)
        now = self.days.clock.now() + timedelta(minutes=10)
        told = self._bad_talks(who, "notify_account_manager", now)
        self.tell(f"it crosses churn_critical; {MANAGER} is told, and does not answer for a day")
        self.days.until(told + timedelta(hours=24) - A_MOMENT)
        self.days.skip(2 * A_MOMENT)
        self.shown_gaps(GapKind.REACTION, "await_manager_acknowledgment")
        since = self.length()
        self.days.run_pass()
        self.see_it_ended(GapKind.REACTION, "await_manager_acknowledgment", since)

    def _bad_talks(self, who: str, until: str, at: datetime) -> datetime:
        """Talks that go badly, until something of a type is recorded; when it was."""
        since = self.length()
        for number in range(TALKS_AT_MOST):
            moment = at + timedelta(minutes=7 * number)
            self.days.hand_in([self.office.talk(moment, who, "negative")])
            if any(event.type == until for event in self.days.events(since)):
                return moment
        raise Astray(f"{TALKS_AT_MOST} bad talks lead to no {until}")

    # --- consistency, quality -------------------------------------------------------------

    def _old_telephone(self) -> None:
        self.chapter("Consistency gap: events that cannot be applied")
        who = self.office.customers[2]
        for number, mood in enumerate(("neutral", "positive")):
            at = self.moment(11, 9, 30 + number)
            data: JsonObject = {"customer": who, "call": f"p{number}", "mood": mood}
            data |= {"about": "is content", "minutes": 5}
            self.days.hand_in([line(at, "call_logged", f"customer:{who}", data)])
        self.tell(f"an old telephone system hands in two calls of {who} in a form of its own")
        self.shown_gaps(GapKind.CONSISTENCY, "call_logged is known")
        since = self.length()
        toml = self.days.main().files["germline.toml"].decode()
        commit = self.days.commit("germline.toml", toml, toml + UPCAST, "Read the old calls")
        self.narrator.line(f"a person commits {commit[:12]}: how to read them; the log stays")
        self.narrator.quote(UPCAST.strip().splitlines())
        self.days.run_pass()
        self.see_it_ended(GapKind.CONSISTENCY, "call_logged is known", since)
        self.no_gaps()

    def _careless_hand(self) -> None:
        self.chapter("Consistency gap: a projection that lies")
        self.days.until(self.moment(12, 10))
        who = self.office.customers[2]
        lie = f"DELETE FROM rows WHERE tbl = 'interactions' AND key LIKE '{who}/%'"
        count = self.days.tamper(lie)
        self.tell(f"somebody deletes {count} rows of `customers` by hand, past the log")
        self.shown_gaps(GapKind.CONSISTENCY, "projection")
        since = self.length()
        self.days.until(self.moment(12, 11, 5))
        self.days.run_pass()
        self.tell("a projection is recounted once an hour: it is found, and built anew")
        self.see_it_ended(GapKind.CONSISTENCY, "projection", since)

    def _late_answers(self) -> None:
        self.chapter("Quality gap: it works, but not well enough")
        live = self._live()
        self.days.hand_in([self._measured(self.moment(15, 9, 40), "640ms")])
        self.tell(f"the office's monitor measured what `customers` ({live}) takes to answer")
        self.shown_gaps(GapKind.QUALITY, "invariant response_time")
        self.narrator.line("no gene answers for a bound: this gap is a person's")
        since = self.length()
        other = next(
            name[:12] for name in self.days.main().genome.alleles["customers"] if name[:12] != live
        )
        before, after = f"customers {live}", f"customers {other}"
        commit = self.days.commit(PHENOTYPE, before, after, "Customers as a graph")
        self.narrator.line(f"a person commits {commit[:12]}: `{after}` in {PHENOTYPE}")
        self.days.run_pass()
        self.days.hand_in([self._measured(self.moment(15, 10, 10), "180ms")])
        self.see_it_ended(GapKind.QUALITY, "invariant response_time", since)

    def _live(self) -> str:
        live = self.days.organism.projector.shelf.pointer("customers").live
        if live is None:
            raise Astray("nothing answers for customers")
        return live[:12]

    def _measured(self, at: datetime, value: str) -> Line:
        return line(at, "measurement.recorded", "response_time", {"value": value})

    # --- intent ---------------------------------------------------------------------------

    def _new_rule(self) -> None:
        self.chapter("Intent gap: a rule of day 30 asks of the whole past")
        handed = self.ordinary(22, 29)
        self.tell(f"after a quiet week, {len(handed)} more events of ordinary days")
        self.no_gaps()
        self.days.until(self.moment(30, 9, 15))
        self.days.commit(SYSTEM, ACKNOWLEDGE, ACKNOWLEDGE + NEW_RULES, "Mind the competition")
        self.tell("a person commits two lines to what follows from `interaction.created`:")
        self.narrator.quote([one.strip() for one in NEW_RULES.splitlines() if one])
        since = self.length()
        self.days.notice()
        found = self.shown_gaps(GapKind.INTENT, "check_competitor_mentions")
        talks = sum(event.type == "interaction.created" for event in self._read_as_today())
        if len(found) != talks:
            raise Astray(f"{talks} interactions are recorded")
        self.days.run_pass()
        self._in_order(since)
        self.see_it_ended(GapKind.INTENT, "check_competitor_mentions", since)
        self.no_gaps()

    def _read_as_today(self) -> list[Event]:
        return list(self.days.organism.chronicle.since(0))

    def _in_order(self, since: int) -> None:
        """Look that what is more severe was seen to first."""
        levels = {"check_competitor_mentions": "must", "summarise_topics": "should"}
        begun = [e for e in self.days.events(since) if e.type == "consequence.started"]
        names = [name for e in begun if (name := str(e.data["consequence"])) in levels]
        ranks = [[*PRIORITY].index(levels[name]) for name in names]
        if ranks != sorted(ranks) or set(names) != set(levels):
            raise Astray(f"they were seen to in the order {names}")
        musts = ranks.count(ranks[0])
        self.tell(
            f"worked off by priority: {musts} calls for the musts, then {len(ranks) - musts} for "
            "the shoulds; one answer about a customer serves all its interactions"
        )

    def _word_on_the_past(self) -> None:
        self.chapter("Intent gap: a person's word on the past")
        self.days.until(self.moment(30, 11))
        self.days.commit(SYSTEM, SEQUENTIAL, CARDS, "A card for each new customer")
        self.tell("another rule, committed under `backfill_policy: human_decision`:")
        self.narrator.quote([one.strip() for one in CARDS.splitlines() if one])
        self.days.run_pass()
        found = self.shown_gaps(GapKind.INTENT, "send_welcome_card")
        if len(found) != len(self.office.customers) or not all(one.needs_person for one in found):
            raise Astray("it does not wait for a person")
        since = self.length()
        self.narrator.line("$ germline backfill customer_platform prospective_only")
        server = self.days.organism.controller.server
        by = f"person:{PERSON}"
        decide_backfill(server, self.days.main(), "customer_platform", Backfill.PROSPECTIVE, by)
        self.days.run_pass()
        self.see_it_ended(GapKind.INTENT, "send_welcome_card", since)

    # --- the end --------------------------------------------------------------------------

    def _reckoning(self) -> None:
        self.chapter("The month in numbers")
        missing = [kind.value for kind in GapKind if kind not in self.ended]
        if missing:
            raise Astray(f"no gap of kind {', '.join(missing)} appeared")
        events = self.days.events()
        started = sum(event.type == "consequence.started" for event in events)
        failed = sum(bool(e.data.get("error")) for e in events if e.type == "consequence.finished")
        persons = sum(event.type == "person.needed" for event in events)
        told = ", ".join(f"{kind.value} {count}" for kind, count in self.ended.items())
        self.narrator.line(f"gaps shown and ended: {told}")
        self.narrator.line(
            f"{started} attempts of genes, {failed} failed, {persons} handed to a person"
        )
        verified = self.days.organism.log.verify()
        self.narrator.line(f"{verified} events, every id and every commit of the log verified")
        self.no_gaps()


def five_gaps(days: Days, narrator: Narrator, seed: int) -> FiveGaps:
    """The story of a seed, ready to be played."""
    return FiveGaps(days, narrator, Office(random.Random(seed)), days.clock.now())
