"""When clocks' rules are due, and states that lasted, by trying every one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grammar.system import nodes
from tests.conductor.systems.oracle_world import World, later, plain


@dataclass
class Calendar:
    """Rules, the moment of the last event, the zone, and which states have fired already."""

    rules: Sequence[nodes.When | nodes.Every]
    clock: str
    zone: ZoneInfo
    fired: set[tuple[int, str, str]]

    def due(self, world: World, until: str) -> list[tuple[str, int, str, str]]:
        """Every moment after the clock and up to `until` at which a rule is due."""
        found: list[tuple[str, int, str, str]] = []
        for place, rule in enumerate(self.rules):
            if isinstance(rule, nodes.Every):
                if isinstance(rule.at, nodes.Path):
                    for (entity, name), one in world.things.items():
                        at = one.attributes.get(rule.at.fields[0])
                        if entity == rule.at.root and isinstance(at, str) and at[2:3] == ":":
                            found += [
                                (m, place, name, "") for m in self.moments(rule.period, at, until)
                            ]
                else:
                    found += [(m, place, "", "") for m in self.moments(rule.period, rule.at, until)]
            elif rule.for_ms is not None:
                word, meant = plain(rule.event.fields[0])
                for (entity, name), one in world.things.items():
                    said = one.words.get(word)
                    if entity != rule.event.root or not one.recorded or said is None:
                        continue
                    moment = later(said.time, rule.for_ms)
                    fresh = (place, name, said.event) not in self.fired
                    if said.holds == meant and moment <= until and fresh:
                        found.append((moment, place, name, said.event))
        return sorted(found)

    def moments(self, period: Any, at: str | None, until: str) -> list[str]:
        """Found by trying every minute: a day has one `at`, wherever its clock jumps."""
        found = []
        begin = datetime.fromisoformat(self.clock).replace(second=0, microsecond=0)
        end = datetime.fromisoformat(until)
        if period == "hour":
            one = begin.replace(minute=0)
            while one <= end:
                found.append(one)
                one += timedelta(hours=1)
        else:
            hour, minute = map(int, (at or "00:00").split(":"))
            day = begin.astimezone(self.zone).date() - timedelta(days=1)
            while day <= end.astimezone(self.zone).date():
                if period == "day" or day.weekday() == 0:
                    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    found.append(local.astimezone(UTC))
                day += timedelta(days=1)
        texts = [one.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for one in found]
        return [text for text in texts if self.clock < text <= until]
