"""The story of a seed: a storm of faults and people, then quiet, then what is to be judged."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from unittest.mock import patch

from controller import limits
from controller.stories import follow
from tests.simulation.evidence import Evidence
from tests.simulation.genomes import CIRCLE, LATER, RULES, SYSTEM_FILE
from tests.simulation.life import Life
from tests.simulation.memory_log import events_of
from tests.simulation.people import People

QUIET_PASSES = 120
"""Passes until a quiet world has come to rest: each wait is one, and there are many waits."""
LONG_S = 4 * 3600.0
"""Longer than any clock was set back, so that what was put by until its time has come."""
JUMPS_S = (-3600.0, -120.0, -5.0, 5.0, 90.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Story:
    """A life that was lived, and what it left."""

    seed: int
    evidence: Evidence
    trace: tuple[str, ...]
    counted: dict[str, int]

    @property
    def fingerprint(self) -> str:
        """Equal for equal lives: of every event, commit and line of the trace."""
        told = "\n".join([*(event.id for event in self.evidence.events), *self.trace])
        return hashlib.sha256(told.encode()).hexdigest()


def play(seed: int) -> Story:
    """Live the life of a seed."""
    rng = random.Random(f"{seed}/story")
    with patch.object(follow, "SNAPSHOT_EVENTS", rng.choice((3, 20, 100_000))):
        life = Life.begin(seed)
        people = People(life, rng)
        life.chance.meanwhile = lambda: people.act(meanwhile=True)
        _storm(life, people, rng)
        quiet_from = len(life.passes)
        people.go_home()
        settled = _quiet(life)
    evidence = _evidence(life, quiet_from, settled)
    return Story(seed, evidence, tuple(life.trace), dict(life.chance.counted))


def _storm(life: Life, people: People, rng: random.Random) -> None:
    for _ in range(rng.randrange(10, 30)):
        for _ in range(rng.choice((0, 1, 1, 2))):
            people.act()
        _wait(life, rng)
        if life.chance.rates.jump and rng.random() < life.chance.rates.jump:
            seconds = rng.choice(JUMPS_S)
            life.tell(f"* the clock jumps {seconds:+} s")
            life.clock.jump(seconds)
        if rng.random() < life.chance.rates.lost_wake:
            life.tell("a wake-up is lost")
            continue
        life.chance.calm = False
        life.run_pass()
        life.chance.calm = True


def _wait(life: Life, rng: random.Random) -> None:
    seconds = rng.choice((0.0, 0.3, 3.0, 10.0, limits.CONTROLLER_WAKE_SECONDS))
    if life.wake_at is not None:
        due = (life.wake_at - life.clock.now()).total_seconds()
        if 0 <= due < limits.CONTROLLER_WAKE_SECONDS and rng.random() < 0.7:
            seconds = due
    life.sleep(seconds)


def _quiet(life: Life) -> bool:
    """True when two passes, with a long time before each, found nothing to do."""
    life.tell("quiet")
    rested = 0
    for _ in range(QUIET_PASSES):
        done = life.run_pass()
        due = None
        if life.wake_at is not None:
            due = (life.wake_at - life.clock.now()).total_seconds()
        if done.actions or done.end != "done":
            rested = 0
            life.sleep(limits.CONTROLLER_WAKE_SECONDS if due is None else max(0.0, due))
        elif due is not None:
            life.sleep(max(0.0, due))
        elif rested == 2:
            return True
        else:
            rested += 1
            life.sleep(LONG_S)
    return False


def _evidence(life: Life, quiet_from: int, settled: bool) -> Evidence:
    refs = life.repository.refs
    said = refs.trees[refs.commits[refs.main].tree][SYSTEM_FILE].decode()
    rules = tuple(rule for rule in (*RULES, CIRCLE, LATER) if rule.text() in said)
    worlds = {name: place.live_on().observe() for name, place in life.places.items()}
    merges = []
    at = refs.commits[refs.main]
    while at.parents:
        merges += [at.id] if len(at.parents) == 2 else []
        at = refs.commits[at.parents[0]]
    return Evidence(
        events=events_of(life.shelf),
        passes=tuple(life.passes),
        quiet_from=quiet_from,
        settled=settled,
        done=tuple(life.done),
        worlds=worlds,
        rules=rules,
        open_transactions=tuple(life.begun),
        drafts=dict(refs.drafts),
        main=refs.main,
        merges=tuple(merges),
        handed_in=tuple(life.handed_in),
    )
