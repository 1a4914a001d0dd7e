"""A brute-force judge of systems: every question is answered by reading the whole log again.

Written from ARCHITECTURE.md ("Systems"), not from the evaluator; quadratic and worse. It reads the
nodes of a `system` document, not the compiled graph.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from controller.history.event import Event
from grammar.system import nodes
from grammar.system.text import claim_text, path_text
from tests.conductor.systems.oracle_claims import Row, assertions, fails, violation
from tests.conductor.systems.oracle_clock import Calendar
from tests.conductor.systems.oracle_conditions import settled, tests
from tests.conductor.systems.oracle_owed import Owed, Pending, Situation
from tests.conductor.systems.oracle_world import (
    Where,
    World,
    field_of,
    holds,
    key_of,
    later,
    noun,
    own,
    passed,
    thing,
    value_of,
    verb,
)


class Judge:
    """One system, one log, one moment."""

    def __init__(self, system: nodes.System, events: list[Event], now: str, zone: str) -> None:
        self.system, self.now, self.zone = system, now, ZoneInfo(zone)
        self.members = system.members
        self.thresholds = {m.name: m.value for m in self.members if isinstance(m, nodes.Threshold)}
        self.owners = {
            m.name: {n for group in m.belongs_to for n in group.names}
            for m in self.members
            if isinstance(m, nodes.Entity)
        }
        self.rules = [m for m in self.members if isinstance(m, nodes.When | nodes.Every)]
        self.nouns = {*self.owners, *(o for many in self.owners.values() for o in many)}
        for rule in self.rules:
            if isinstance(rule, nodes.When):
                self.nouns.add(str(rule.event.root))
        self.troubles: list[Row] = []
        self.situations: list[Situation] = []
        self.pending: list[Pending] = []
        self.evolved: dict[str, str] = {}
        self.broken: dict[tuple[int, str], tuple[str, str]] = {}
        self.taken: list[Event] = []
        self.fired: set[tuple[int, str, str]] = set()
        self.clock = ""
        waiting: list[Event] = []
        for event in events:
            recorded = event.type in ("intent.evolved", "projection.advanced")  # by the controller
            if event.time > now and not recorded:
                waiting.append(event)
                continue
            come = [one for one in waiting if one.time <= event.time]
            for one in sorted(come, key=lambda one: (one.time, one.id)):
                self.take(one)
                waiting.remove(one)
            self.take(event)
        for event in waiting:
            self.trouble("event has happened", event, "must")

    def trouble(self, what: str, event: Event | Situation, level: str) -> None:
        name = event.id if isinstance(event, Event) else event.trigger
        self.troubles.append(("consistency", level, what, "", name, "", ""))

    # --- worlds ------------------------------------------------------------------------

    def world(self) -> World:
        """Everything so far, read again from the start."""
        words = {"acknowledged", "critical", "paid", "valid"}
        found = World(self.owners, words, {"engagement": ("customer",)})
        for position, event in enumerate(self.taken, start=1):
            found.take(event, position)
        return found

    # --- events ------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        if event.time <= self.clock:
            if any(event.id == one.id for one in self.taken):
                self.trouble("event is recorded once", event, "should")
                return
            if event.time < self.clock:
                self.trouble("event is in order", event, "should")
        elif self.clock:
            self.pass_time(event.time)
        else:
            self.start = event.time
        self.clock = max(self.clock, event.time)
        self.taken.append(event)
        self.unchanged(event)
        if event.type == "intent.evolved":
            self.evolve(event)
        world = self.world()
        self.meet(event, world)
        self.wake(event, world)
        for rule in self.rules:
            if isinstance(rule, nodes.When) and rule.for_ms is None:
                kind = path_text(rule.event)
                if kind == event.type:
                    name = own(event, noun(event))
                    case = Situation(noun(event), name, event.id, event, len(self.taken))
                    self.situations.append(case)
                    where = Where(world, event.time, event, case.kind, name, {})
                    self.follow(rule.body, case, where, "reaction")
        self.claims(event, world)

    def unchanged(self, event: Event) -> None:
        for one in self.members:
            if not (isinstance(one, nodes.Entity) and one.immutable and one.name == noun(event)):
                continue
            name, has = own(event, one.name), [n for group in one.has for n in group.names]
            if not name or verb(event) in ("deleted", "removed", "erased"):
                continue
            first: dict[str, Any] = {}
            for past in self.taken[:-1]:
                if noun(past) == one.name and own(past, one.name) == name:
                    if verb(past) in ("deleted", "removed", "erased"):
                        first = {}
                    else:
                        first = {**past.data, **first}
            changed = [n for n in sorted(has) if n in event.data and n in first]
            changed = [n for n in changed if event.data[n] != first[n]]
            if changed:
                args = f"{one.name}={name}, fields={changed}"
                row = ("consistency", "invariant", f"{one.name} is immutable", args)
                self.troubles.append((*row, event.id, event.time, ""))

    def evolve(self, event: Event) -> None:
        added = event.data.get("added")
        names = None if added is None else set(map(str, added))
        for case in self.situations:
            for owed in case.owed:
                if not owed.met and (names is None or owed.name in names):
                    owed.kind, owed.opened = "intent", event.time
        for one in assertions(self.system):
            text = f"{one.quantifier}({path_text(one.subject)}) {claim_text(one.claim)}"
            if names is None or text in names:
                self.evolved[text] = event.time

    # --- what follows ------------------------------------------------------------------

    def follow(self, body: Any, case: Situation, where: Where, kind: str) -> None:
        missing: dict[str, None] = {}
        self.each_step(body, case, where, kind, missing)
        for what in missing:
            self.trouble(f"{what} is known", case, "must")
        for _ in dict.fromkeys(where.troubles):
            self.trouble("mistyped", case, "must")

    def each_step(
        self, body: Any, case: Situation, where: Where, kind: str, missing: dict[str, None]
    ) -> None:
        for step in body:
            if isinstance(step, nodes.Obligation):
                self.owe(step, case, where, kind, missing)
            elif isinstance(step, nodes.If):
                self.check(step, case, where, kind, missing)
            elif isinstance(step, nodes.ForEach):
                for entity, name in list(where.world.things):
                    if entity != step.entity:
                        continue
                    inner = self.inside(where, {**where.bound, entity: name})
                    condition = step.condition
                    if condition is None or holds(
                        settled(condition, self.thresholds, entity), inner
                    ):
                        self.each_step(step.body, case, inner, kind, missing)

    def inside(self, where: Where, bound: dict[str, str]) -> Where:
        found = Where(where.world, where.now, where.event, where.kind, where.name, bound)
        found.troubles = where.troubles
        return found

    def check(
        self, step: nodes.If, case: Situation, where: Where, kind: str, missing: dict[str, None]
    ) -> None:
        condition = settled(step.condition, self.thresholds)
        crossing = [one.left for one in tests(condition) if isinstance(one, nodes.Crosses)]
        keys = [key for path in crossing if (key := key_of(path, where)) is not None]
        told = where.world.changes
        if crossing and not any(key in told for key in keys):
            if keys:
                self.pending = [
                    one
                    for one in self.pending
                    if one.step is not step or one.keys != keys or one.bound != where.bound
                ]
                self.pending.append(Pending(step, case, where.bound, keys))
        elif holds(condition, where):
            self.each_step(step.body, case, where, kind, missing)

    def owe(
        self,
        step: nodes.Obligation,
        case: Situation,
        where: Where,
        kind: str,
        missing: dict[str, None],
    ) -> None:
        found = self.owed(step, step.consequence, case, where, kind, missing)
        if step.fallback is not None:
            found.fallback = self.owed(step, step.fallback, case, where, kind, missing)
        case.owed.append(found)

    def owed(
        self,
        step: nodes.Obligation,
        call: nodes.Invocation,
        case: Situation,
        where: Where,
        kind: str,
        missing: dict[str, None],
    ) -> Owed:
        arguments: list[tuple[str, tuple[str, ...], Any]] = []
        keys: list[tuple[tuple[str, ...], str]] = []
        for place, one in enumerate(call.arguments):
            labels = [one.name] if one.name else []
            is_thing = False
            if isinstance(one.value, nodes.Path) and isinstance(one.value.root, str):
                last = (one.value.root, *one.value.fields)[-1]
                labels += [] if last in labels else [last]
                is_thing = last in self.nouns
            value = (
                value_of(one.value, where)
                if is_thing and isinstance(one.value, nodes.Path)
                else passed(one, where)
            )
            if is_thing and not keys and isinstance(value, str) and value:
                keys = [(tuple(labels), value)]
            elif is_thing and not keys and value is None and isinstance(one.value, nodes.Path):
                missing[path_text(one.value)] = None
            label = labels[0] if labels else f"argument {place + 1}"
            arguments.append((label, tuple(labels), value))
        stand_in = not keys
        if stand_in:
            keys = [((name,), value) for name, value in where.bound.items()]
            if case.name:
                keys.append(((case.kind,), case.name))
                for owner in self.owners.get(case.kind, ()) if case.event else ():
                    value = field_of(case.event, owner) if case.event else None
                    if isinstance(value, str) and value:
                        keys.append(((owner,), value))
        return Owed(
            call.name,
            step.level.value,
            arguments,
            keys,
            stand_in,
            where.now,
            step.within_ms,
            step.requires,
            len(self.taken),
            where.bound,
            kind,
        )

    # --- what satisfies ----------------------------------------------------------------

    def meet(self, event: Event, world: World) -> None:
        waiting = [
            (case, owed, one)
            for case in self.situations
            for owed in case.owed
            if not owed.met
            for one in (owed, owed.fallback)
            if one is not None
            and one.name in (event.type, event.type.replace(".", "_"))
            and self.fits(case, owed, one, event, world)
        ]
        led = [one for case, _, one in waiting if self.descends(event, case, len(self.taken))]
        for _, owed, one in waiting:
            if (
                any(one is other for other in led)
                or (not (led and one.stand_in) and self.names(one, event))
                or (one.stand_in and not event.subject and not event.data and not event.cause)
            ):
                owed.met = True

    def descends(self, event: Event, case: Situation, position: int) -> bool:
        """Whether causes lead back, event by earlier event, to what brought the case about."""
        if event.cause is None:
            return False
        if event.cause == case.trigger or case.openers.get(event.cause, position) < position:
            return True
        for index, earlier in enumerate(self.taken[: position - 1], start=1):
            if earlier.id == event.cause and index > case.position:
                return self.descends(earlier, case, index)
        return False

    def fits(self, case: Situation, owed: Owed, one: Owed, event: Event, world: World) -> bool:
        for _, labels, value in one.arguments:
            given = [v for name in labels if (v := field_of(event, name)) is not None]
            if value is not None and given and value not in given:
                return False
        if one is not owed and event.time <= later(one.opened, one.within or 0):
            return False
        where = Where(world, event.time, case.event, case.kind, case.name, one.bound)
        return all(
            event.data.get((path.root, *path.fields)[-1]) or value_of(path, where)
            for path in one.requires
        )

    def names(self, one: Owed, event: Event) -> bool:
        if not one.keys:
            return True
        entity, subject = thing(event)
        return any(
            any(field_of(event, label) == value for label in labels)
            or (not entity and subject == value)
            for labels, value in one.keys
        )

    def wake(self, event: Event, world: World) -> None:
        """Conditions that waited for a value which this event tells."""
        woken = [one for one in self.pending if any(key in world.changes for key in one.keys)]
        self.pending = [one for one in self.pending if one not in woken]
        for one in woken:
            case = one.situation
            case.openers.setdefault(event.id, len(self.taken))
            where = Where(world, event.time, case.event, case.kind, case.name, one.bound)
            missing: dict[str, None] = {}
            kind = "reaction" if case.event else "temporal"
            if holds(settled(one.step.condition, self.thresholds), where):
                self.each_step(one.step.body, case, where, kind, missing)
            for what in missing:
                self.trouble(f"{what} is known", case, "must")
            for _ in dict.fromkeys(where.troubles):
                self.trouble("mistyped", case, "must")

    # --- time --------------------------------------------------------------------------

    def pass_time(self, until: str) -> None:
        for moment, place, name, trigger in Calendar(
            self.rules, self.clock, self.zone, self.fired
        ).due(self.world(), until):
            rule = self.rules[place]
            kind = "" if isinstance(rule, nodes.Every) else str(rule.event.root)
            if isinstance(rule, nodes.Every) and isinstance(rule.at, nodes.Path):
                kind = str(rule.at.root)
            self.fired.add((place, name, trigger))
            case = Situation(kind, name or None, trigger or moment, None, len(self.taken))
            self.situations.append(case)
            world = self.world()
            world.changes = {}
            where = Where(world, moment, None, kind, case.name, {})
            self.follow(rule.body, case, where, "temporal")

    # --- claims ------------------------------------------------------------------------

    def claims(self, event: Event, world: World) -> None:
        """Since when each claim has been untrue, event by event; time alone is not looked at."""
        ever = "9999-12-31T23:59:59.999999Z"
        for place, one in enumerate(assertions(self.system)):
            names = {n for e, n in world.things if e == one.subject.root}
            names |= {n for p, n in self.broken if p == place}
            for name in names:
                if not fails(one, name, world, ever):
                    self.broken.pop((place, name), None)
                else:
                    self.broken.setdefault((place, name), (event.time, event.id))

    # --- gaps --------------------------------------------------------------------------

    def gaps(self) -> list[Row]:
        if self.clock:
            self.pass_time(self.now)
        found = list(self.troubles)
        for case in self.situations:
            for owed in case.owed:
                due = later(owed.opened, owed.within or 0)
                if not owed.met and (owed.within is None or self.now > due):
                    told = ", ".join(f"{label}={value}" for label, _, value in owed.arguments)
                    found.append((owed.kind, owed.level, owed.name, told, case.trigger, due, ""))
        world = self.world()
        for (place, name), (time, event) in self.broken.items():
            one = assertions(self.system)[place]
            if fails(one, name, world, self.now):
                found.append(violation(one, name, (time, event), world, self.taken, self.evolved))
        return sorted(found)
