"""Watch: every system of main held against the log, and the gaps that this shows.

Asked by the pass (`converge`) and by `germline gaps`. Each system is followed by a fold of its own,
begun at its newest snapshot; a commit that changes a system begins another fold from the first
event, which is how a new rule finds what it asks of the past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from controller.conductor.graph import clock
from controller.conductor.graph.calendar import moment
from controller.conductor.graph.compile import compile_system
from controller.conductor.graph.drawing import drawn
from controller.conductor.graph.evaluator import Evaluator
from controller.conductor.graph.finding import due, gaps_of, is_owed, owed
from controller.conductor.graph.folding import SystemFold
from controller.conductor.graph.graph import Graph
from controller.conductor.graph.program import Program
from controller.conductor.graph.state import State
from controller.conductor.obligation import Gap, Obligation
from controller.conductor.recorded import is_reserved
from controller.domains.records.phrases import event_types
from controller.domains.records.reach import follows
from controller.genome.surroundings import thresholds_of
from controller.history.enrichment import is_enrichment
from controller.history.event import rfc3339
from controller.history.sealed import FORGOTTEN, TOMBSTONE
from controller.ports import Clock, Snapshots
from controller.stories.chronicle import Chronicle
from controller.stories.follow import Follower
from controller.stories.mainline import Main
from grammar.sg.nodes import Family


@dataclass(frozen=True, slots=True)
class Watched:
    """One system of main, and what is open of it."""

    evaluator: Evaluator
    follower: Follower[State]

    def gaps(self, now: str) -> tuple[Gap, ...]:
        """What of it is unmet."""
        return gaps_of(self.evaluator, self.follower.state, now)

    def owed(self, now: str) -> tuple[Gap, ...]:
        """The consequences that are open, whether they are due or not."""
        return owed(self.evaluator, self.follower.state, now)

    def owes(self, obligation: Obligation) -> bool:
        """Whether this very consequence is open still."""
        return is_owed(self.evaluator, self.follower.state, obligation)

    def drawn(self, now: str) -> list[str]:
        """Its open cases as trees, line by line."""
        return list(drawn(self.evaluator, self.follower.state, now))

    def next_due(self, now: str) -> str | None:
        """When the next deadline passes or the next timer is due, if one is known."""
        state, openings = self.follower.state, self.evaluator.program.openings
        moments = [due(openings[one.expect], one) for one in state.open()]
        moments += filter(None, [clock.next_moment(self.evaluator.program, state, now)])
        return min((each for each in moments if each > now), default=None)


class Systems:
    """The systems of main as it was when it was last looked at."""

    def __init__(self, chronicle: Chronicle, snapshots: Snapshots, clock: Clock) -> None:
        self._chronicle = chronicle
        self._snapshots = snapshots
        self._clock = clock
        self._watched: dict[str, Watched] = {}
        self._seen: tuple[str, str] | None = None
        self._made_of: tuple[tuple[Graph, ...], tuple[str, ...], str] | None = None

    def look(self, main: Main) -> tuple[Watched, ...]:
        """Every system of main, brought up to date. Raises `Corrupt`."""
        seen = main.commit, self._chronicle.form()
        if seen != self._seen:
            made_of = graphs_of(main), projected_types(main), seen[1]
            if made_of != self._made_of:
                self.close()
                self._watched = self._begin(*made_of)
            self._seen, self._made_of = seen, made_of
        for one in self._watched.values():
            one.follower.catch_up()
        return tuple(self._watched.values())

    def next_due(self, main: Main) -> datetime | None:
        """When to look again although nothing happens."""
        now = self.now()
        found = (one.next_due(now) for one in self.look(main))
        return min((moment(each) for each in found if each is not None), default=None)

    def close(self) -> None:
        """Leave snapshots for the next process, where they would save much."""
        for one in self._watched.values():
            one.follower.close()

    def now(self) -> str:
        """The present, as gaps are judged by it."""
        return rfc3339(self._clock.now())

    def _begin(
        self, graphs: tuple[Graph, ...], projected: tuple[str, ...], form: str
    ) -> dict[str, Watched]:
        programs = {graph.name: Program(graph) for graph in graphs}
        watched = {}
        for graph in graphs:
            others = [program for name, program in programs.items() if name != graph.name]
            fold = SystemFold(graph, form, _foreign(others, projected), self.now)
            follower = Follower(fold, self._chronicle, self._snapshots)
            watched[graph.name] = Watched(fold.evaluator, follower)
        return watched


def graphs_of(main: Main) -> tuple[Graph, ...]:
    """The graph of every system, in the order of their names."""
    thresholds, zone = thresholds_of(main.files), main.config.time_zone
    systems = main.genome.systems
    compiled = (compile_system(systems[name], thresholds, zone).value for name in sorted(systems))
    return tuple(graph for graph in compiled if graph is not None)


def added_since(before: Main | None, main: Main) -> dict[str, list[str]]:
    """What main newly demands, by system: ids of consequences and claims that were not there."""
    old = {} if before is None else {graph.name: graph.ids() for graph in graphs_of(before)}
    new = {
        graph.name: [one for one in graph.ids() if one not in old.get(graph.name, ())]
        for graph in graphs_of(main)
    }
    return {name: added for name, added in new.items() if added}


def projected_types(main: Main) -> tuple[str, ...]:
    """The types of events that projections follow: whatever else they are, they are known."""
    contracts = main.genome.loci.values()
    return tuple(
        kind
        for contract in contracts
        if contract.family is Family.PROJECTION
        for kind in event_types(sentence.text for sentence in contract.after)
    )


def _foreign(others: list[Program], projected: tuple[str, ...]) -> Callable[[str], bool]:
    def foreign(kind: str) -> bool:
        return (
            is_reserved(kind)
            or kind in (TOMBSTONE, FORGOTTEN)
            or is_enrichment(kind)
            or follows(projected, kind)
            or any(program.plan(kind).known for program in others)
        )

    return foreign
