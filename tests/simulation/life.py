"""One life of a controller: what is durable, the process that acts on it, and how it goes.

Everything random comes from the seed, time is virtual and there is one thread, so a life is the
same each time. A crash ends the process at some call of a port; the next one is built over what
is on the disk, as the wiring builds it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from controller.adapters.agent_processes import AgentProcesses
from controller.adapters.projection_shelf import ProjectionShelf
from controller.config import ProjectionsConfig
from controller.domains.network import NETWORK
from controller.domains.network.scenario import Scenario, draw
from controller.ports import Blocked, GeneOutcome, Grant, Serve, Unavailable
from controller.stories.brake import Braked
from controller.stories.chronicle import Chronicle
from controller.stories.collect import Desk
from controller.stories.converge import Controller
from controller.stories.enact import Hands
from controller.stories.engage import Staff
from controller.stories.express import Workbench
from controller.stories.merge import Membrane
from controller.stories.project import Projector
from controller.stories.serve_systems import Server
from controller.stories.undo import undo_overdue
from controller.stories.watch_systems import Systems
from tests.simulation.chance import Chance, Crash, Rates
from tests.simulation.clocks import Time, WallClock
from tests.simulation.evidence import Done, Pass
from tests.simulation.failing import (
    FailingIndex,
    FailingLog,
    FailingRepository,
    FailingSandbox,
    FailingSnapshots,
    FailingTransactions,
)
from tests.simulation.genomes import WORLDS, draw_genome
from tests.simulation.in_process_sandbox import InProcessSandbox
from tests.simulation.memory_log import MemoryIndex, MemoryLog, MemorySnapshots, Shelf
from tests.simulation.memory_repository import MemoryRepository
from tests.simulation.memory_transactions import Begun, MemoryTransactions, TimerOfTheStory
from tests.simulation.worlds import Place, SimulatedWorlds

ANA = "Ana <ana@example.org>"


@dataclass(slots=True)
class Process:
    """A running controller, and what it would close if it ended in peace."""

    controller: Controller
    chronicle: Chronicle
    systems: Systems

    def close(self) -> None:
        """End as a service does that is asked to stop."""
        self.systems.close()
        self.chronicle.close()


class Watched:
    """A sandbox that notes while a gene runs."""

    def __init__(self) -> None:
        self.running = False
        self._sandbox = InProcessSandbox()

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """See `ports.Sandbox`."""
        self.running = True
        try:
            return self._sandbox.call(source, input_json, grants, serve)
        finally:
            self.running = False

    def missing(self) -> tuple[str, ...]:
        """See `ports.Sandbox`."""
        return self._sandbox.missing()

    def close(self) -> None:
        """See `ports.Sandbox`."""


@dataclass(slots=True)
class Life:
    """What outlives crashes, and the process of the moment."""

    trace: list[str]
    chance: Chance
    time: Time
    clock: WallClock
    shelf: Shelf
    repository: MemoryRepository
    begun: dict[str, Begun]
    scenarios: dict[str, Scenario]
    places: dict[str, Place]
    process: Process | None = None
    passes: list[Pass] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    handed_in: list[str] = field(default_factory=list)
    wake_at: datetime | None = None
    sandbox: Watched = field(default_factory=Watched)

    @classmethod
    def begin(cls, seed: int) -> Life:
        """A genome on main, two worlds, an empty log."""
        rng, trace, time = random.Random(f"{seed}/genome"), list[str](), Time()
        clock = WallClock(time)
        files = draw_genome(rng)
        scenarios = {world: draw(rng.randrange(10_000)) for world in WORLDS}
        chance = Chance(random.Random(f"{seed}/faults"), Rates.draw(rng), lambda _: None)
        repository = MemoryRepository.create(files, "A genome", ANA, clock)
        places = {name: Place.of(name, one.world, time) for name, one in scenarios.items()}
        life = cls(trace, chance, time, clock, Shelf(), repository, {}, scenarios, places)
        chance.trace = life.tell
        for place in places.values():
            place.on_change = life.changed
        life.tell(f"seed {seed}: {chance.rates}")
        return life

    def changed(self, world: str, operation: str) -> None:
        """Something changed a world."""
        gene = self.sandbox.running
        self.done.append(Done(world, operation, self.log.length(), gene))
        self.tell(f"    {world}: {operation}{'' if gene else ' (by the controller)'}")

    @property
    def log(self) -> MemoryLog:
        """The log as people use it: it does not fail."""
        return MemoryLog(self.shelf, self.clock)

    def tell(self, line: str) -> None:
        """One more line of the trace."""
        self.trace.append(f"{self.time.passed_s:10.3f} {line}")

    def sleep(self, seconds: float) -> None:
        """Let time pass; the host undoes by itself what nobody confirmed in it."""
        self.clock.sleep(seconds)
        worlds = SimulatedWorlds(self.places, self.chance)
        journal = MemoryTransactions(self.begun, self.time)
        for name, ended in undo_overdue(worlds, journal):
            self.tell(f"* the timer undoes {name[:8]}: {ended}")

    def run_pass(self) -> Pass:
        """One pass of the process, a new one if the last one died."""
        first, began = self.log.length(), self.clock.now()
        before = sum(self.chance.counted.values())
        end, actions = "done", 0
        troubles, gaps = tuple[str, ...](), tuple[str, ...]()
        if self.process is None:
            self.process = self._start()
            self.tell("the controller starts")
        try:
            result = self.process.controller.run_pass()
            actions, troubles = result.actions, result.troubles
            gaps = tuple(f"{gap.obligation.consequence}: {gap.status}" for gap in result.gaps)
            self.wake_at = result.wake_at
        except Crash:
            end, self.process = "crashed", None
        except (Blocked, Unavailable) as trouble:
            end, troubles = "blocked", (trouble.reason,)
        faults = sum(self.chance.counted.values()) - before
        done = Pass(
            first, self.log.length(), began, self.clock.now(), end, actions, faults, troubles, gaps
        )
        self.passes.append(done)
        self.tell(f"pass {len(self.passes)} {end}: {actions} actions {'; '.join(troubles)}")
        return done

    def _start(self) -> Process:
        chance, clock = self.chance, self.clock
        log = FailingLog(self.log, chance)
        snapshots = FailingSnapshots(MemorySnapshots(self.shelf), chance)
        repository = FailingRepository(MemoryRepository(self.repository.refs, clock), chance)
        chronicle = Chronicle(log, clock, snapshots)
        sandbox = FailingSandbox(self.sandbox, chance)
        bench = Workbench(NETWORK, Braked(sandbox, chronicle.go_on))
        worlds = SimulatedWorlds(self.places, chance)
        transactions = FailingTransactions(MemoryTransactions(self.begun, self.time), chance)
        hands = Hands(bench, worlds, transactions, TimerOfTheStory(), chronicle, worlds)
        membrane = Membrane(bench, repository, chronicle)
        systems = Systems(chronicle, snapshots, clock)
        shelf = ProjectionShelf(Path("/nonexistent"), ProjectionsConfig)
        projector = Projector(sandbox, shelf, chronicle, clock)
        index = FailingIndex(MemoryIndex(log), chance)
        staff = Staff(AgentProcesses(), chronicle, index, clock)  # main configures no agent
        server = Server(bench.sandbox, systems, staff, repository)
        desk = Desk(staff, systems, membrane)
        controller = Controller(repository, hands, membrane, clock, projector, server, desk)
        return Process(controller, chronicle, systems)
