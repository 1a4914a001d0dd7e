"""The story of one incident, told from the log and checked against the kernel.

    1  a person asks for the uplink to move; the gene returns success
    2  diagnostics come due and disagree
    3  rollback; the fallback stack fails on the same input
    4  the search engine finds a repair in the twin
    5  a draft, its proof, the merge
    6  the healed allele is expressed; diagnostics agree
    7  why
    8  git revert, and revert of the revert

Steps 1 to 6 are one stretch of the log: the controller does them, the story reads along.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from controller import limits
from controller.conductor.ledger import DraftRecord
from controller.demo.engine import Engine
from controller.demo.setting import LOCUS, PERSON, PHENOTYPE, Setting
from controller.demo.telling import BAD, GOOD, Narrator, evidence, tables
from controller.domains.world import Kernel
from controller.genome.allele import Allele
from controller.history.event import Event
from controller.ports import Unavailable
from controller.stories.diagnose import Finding, diagnose
from controller.stories.mainline import Main, read_main
from controller.stories.request import request
from controller.stories.why import changed_lines, explain_allele
from controller.wiring import Organism

CHAPTERS = {
    "expression.started": "The gene is expressed",
    "diagnostic.reported": "Its contract's verification comes due",
    "transaction.rolled_back": "The transaction rolls back, the fallback stack is tried",
    "search.finished": "The search engine mutates the failing allele in the twin",
    "draft.opened": "A draft is opened and proved",
    "draft.merged": "After the merge the healed allele is expressed",
}
"""The first event of each kind that opens a chapter."""


@dataclass(slots=True)
class Story:
    """The actors, and how much of the log has been told."""

    organism: Organism
    setting: Setting
    engine: Engine
    narrator: Narrator
    told: int = 0
    chapters: int = 0
    seen: set[str] = field(default_factory=set)

    def play(self) -> bool:
        """Tell it all. True if the last diagnostics, taken from the kernel, are healthy."""
        self.narrator.line(f"world: {self.setting.world}")
        self.narrator.quote(tables(self._kernel(), self._bridge))
        demand = self._ask()
        self._until(lambda: self._rests(demand), "the controller works", chapters=True)
        healed = self._healed_draft()
        if healed is not None:
            self._explain(healed)
            self._revert_and_back(demand, healed)
        return self._last_look(demand)

    @property
    def _bridge(self) -> str:
        return str(self.setting.scenario.input["bridge"])

    def _kernel(self) -> Kernel:
        return self.organism.hands.worlds.kernel(self.setting.world)

    def _main(self) -> Main:
        return read_main(self.organism.repository, self.organism.hands.bench.domain)

    def _ask(self) -> str:
        given = self.setting.scenario.input
        told = ", ".join(f"{key} {value}" for key, value in given.items())
        self.narrator.line(f"a person asks for {LOCUS}: {told}")
        return request(
            self.organism.chronicle,
            self.organism.hands.worlds,
            self._main(),
            LOCUS,
            self.setting.world,
            given,
            PHENOTYPE,
            f"person:{PERSON}",
        )

    # --- waiting and telling ------------------------------------------------------------

    def _until(self, done: Callable[[], bool], what: str, *, chapters: bool = False) -> None:
        """Let the controller work until `done`, telling what it records."""
        deadline = time.monotonic() + limits.DEMO_STEP_SECONDS
        with self.narrator.waiting(what):
            for _ in range(limits.DEMO_STEP_TURNS * 100):
                self.engine.turn()
                self._tell(chapters=chapters)
                if done():
                    return
                if time.monotonic() > deadline:
                    break
        raise Unavailable(f"{what}: no end after {limits.DEMO_STEP_SECONDS:.0f} s", "try again")

    def _tell(self, *, chapters: bool) -> None:
        self.organism.chronicle.refresh()
        for event in self.organism.log.since(self.told):
            self.told += 1
            if chapters:
                self._open_chapter(event)
            self.narrator.event(event)
            self._show_evidence(event)

    def _open_chapter(self, event: Event) -> None:
        title = CHAPTERS.get(event.type)
        if title is not None and event.type not in self.seen:
            self.seen.add(event.type)
            self.chapters += 1
            self.narrator.chapter(self.chapters, title)

    def _show_evidence(self, event: Event) -> None:
        if event.type == "trial.judged" and not event.data.get("healthy"):
            trial = self.organism.chronicle.ledger.trials[str(event.data["trial"])]
            for report in trial.reports:
                self.narrator.quote(evidence(report.locus, report.output))
        if event.type == "expression.finished" and event.data.get("immediate"):
            self.narrator.quote(tables(self._kernel(), self._bridge))
        if event.type == "draft.proved":
            gates = event.data["gates"]
            assert isinstance(gates, list)
            for gate in gates:
                assert isinstance(gate, dict)
                mark = "passed" if gate["passed"] else "FAILED"
                told = gate["evidence"]
                first = told[0] if isinstance(told, list) and told else ""
                self.narrator.quote([f"{mark}  {gate['gate']}: {first}"])

    # --- what has happened --------------------------------------------------------------

    def _rests(self, demand: str) -> bool:
        """True when the demand is satisfied under main as it is, or nothing more will happen."""
        ledger = self.organism.chronicle.ledger
        record = ledger.demands[demand]
        if record.handed_over is not None or record.refusal is not None:
            return True
        if ledger.main != self.organism.repository.main():
            return False
        left = self.organism.controller.gaps()
        return bool(record.trials) and all(gap.needs_person for gap in left)

    def _healed_draft(self) -> DraftRecord | None:
        merged = [d for d in self.organism.chronicle.ledger.drafts.values() if d.state == "merged"]
        return merged[-1] if merged else None

    def _allele(self, draft: DraftRecord) -> Allele:
        return self._main().genome.alleles[LOCUS][draft.allele]

    def _explain(self, draft: DraftRecord) -> None:
        self.chapters += 1
        self.narrator.chapter(self.chapters, f"germline why {LOCUS}")
        main, allele = self._main(), self._allele(draft)
        self.narrator.line(f"{LOCUS} expresses {allele.short}; it differs from its parent by")
        self.narrator.quote(changed_lines(main.genome, allele))
        self.narrator.line("because")
        for link in explain_allele(list(self.organism.log.since(0)), allele):
            self.narrator.quote([f"{link.event[:8]}  {link.text}"])

    # --- git revert ---------------------------------------------------------------------

    def _revert_and_back(self, demand: str, draft: DraftRecord) -> None:
        assert draft.merge is not None
        self.chapters += 1
        self.narrator.chapter(self.chapters, "git revert, and the revert reverted")
        self._git("revert", "--no-edit", "-m", "1", draft.merge)
        self._until(lambda: self._expresses(demand, draft.allele, other=True), "after the revert")
        self._git("revert", "--no-edit", "HEAD")
        self._until(lambda: self._expresses(demand, draft.allele, other=False), "after the second")

    def _git(self, *arguments: str) -> None:
        name, _, email = PERSON.removesuffix(">").partition(" <")
        self.narrator.line(f"$ git {' '.join(arguments)}")
        subprocess.run(
            ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", *arguments],
            cwd=self.setting.repository,
            check=True,
            capture_output=True,
        )

    def _expresses(self, demand: str, allele: str, *, other: bool) -> bool:
        """True when the latest trial of the demand is confirmed, by `allele` or by another."""
        if not self._rests(demand):
            return False
        ledger = self.organism.chronicle.ledger
        trials = ledger.trials_of(ledger.demands[demand])
        return bool(trials) and (trials[-1].allele != allele) is other

    # --- the end ------------------------------------------------------------------------

    def _last_look(self, demand: str) -> bool:
        """Ask the kernel, not the log."""
        self.narrator.line("")
        self.narrator.line("The last look, at the kernel itself:")
        self.narrator.quote(tables(self._kernel(), self._bridge))
        findings = self._findings()
        for finding in findings:
            state = "healthy" if finding.healthy else f"unhealthy: {finding.output}"
            self.narrator.line(f"{finding.locus}: {state}", GOOD if finding.healthy else BAD)
        ledger = self.organism.chronicle.ledger
        record = ledger.demands[demand]
        trials = ledger.trials_of(record)
        done = bool(trials) and trials[-1].end == "confirmed"
        if record.handed_over is not None:
            self.narrator.line(record.handed_over, BAD)
        return done and all(finding.healthy for finding in findings)

    def _findings(self) -> tuple[Finding, ...]:
        main = self._main()
        return diagnose(
            self.organism.hands.bench,
            main.genome,
            PHENOTYPE,
            main.genome.loci[LOCUS],
            self.setting.scenario.input,
            self._kernel(),
        )
