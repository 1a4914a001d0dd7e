"""Try a source: one trial in a world for a source that main need not know, and everything undone.

`germline express --allele` asks for it. What a person wants to see of a source is what a demand
would see of an allele: its operations in that world, its postconditions, its diagnostics after the
contract's window. It counts for no allele's fitness, and nothing of it stays: only a draft makes a
source one that main expresses. A process that dies in the middle leaves an open transaction, which
the next pass undoes like any other.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.conductor.orchestration.fused import contract_at, may_be_fused
from controller.conductor.orchestration.resolving import Unresolvable
from controller.domains.world import JsonObject, Kernel
from controller.genome.allele import name_of
from controller.ports import Blocked, Clock
from controller.stories.diagnose import Finding, diagnose
from controller.stories.enact import Hands, confirm_within_s, transact
from controller.stories.express import Expressed, unmet
from controller.stories.mainline import Main
from controller.stories.rehearse_fused import UNJUDGED
from controller.stories.request import checked, contract_of, phenotype_for
from controller.stories.undo import undo
from grammar.sg.nodes import GeneContract

TRIED = "allele.tried"
JUDGED = "allele.judged"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of it. `left` is what could not be undone, in words."""

    allele: str
    done: Expressed
    findings: tuple[Finding, ...]
    left: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True when the gene did its work, and every diagnostic agrees."""
        return self.done.immediate and all(finding.healthy for finding in self.findings)

    def as_json(self) -> JsonObject:
        """The outcome, as it is recorded and printed."""
        return {
            "allele": self.allele,
            "passed": self.passed,
            "immediate": self.done.immediate,
            "output": self.done.output,
            "error": self.done.error,
            "operations": [
                {"name": one.name, "arguments": dict(one.arguments)} for one in self.done.operations
            ],
            "refused": [asdict(one) for one in self.done.refused],
            "findings": [
                {"locus": one.locus, "healthy": one.healthy, "output": one.output}
                for one in self.findings
            ],
            "restored": not self.left,
            "left": list(self.left),
        }


def try_source(
    hands: Hands,
    main: Main,
    clock: Clock,
    locus: str,
    world: str,
    values: JsonObject,
    phenotype: str | None,
    source: str,
    actor: str,
) -> Tried:
    """Run it once, judge it, undo it. Raises `Blocked` for what cannot be tried at all."""
    contract = contract_of(main, locus)
    given = checked(contract, values)
    judged_in = phenotype_for(main, world, phenotype)
    wrong = admit(source, ALLOWED_MODULES)
    if wrong:
        raise Blocked(f"this source is no gene: {wrong[0]}", "; ".join(wrong[1:]))
    kernel = hands.worlds.kernel(world)
    before = kernel.observe()
    missing = unmet(hands.bench.domain, contract.before, given, before, before)
    if missing:
        reason = "; ".join(f"{one.sentence} — {one.detail}" for one in missing)
        raise Blocked(f"{locus} cannot start: {reason}", "its `before:` does not hold")
    if locus in main.genome.pathways:
        contract = _judged(main, locus, given)
    allele = name_of(source)
    about: JsonObject = {
        "locus": locus,
        "phenotype": judged_in,
        "world": world,
        "allele": allele,
        "input": given,
    }
    trial = hands.chronicle.record(TRIED, allele[:12], about, None, actor).id
    patience_s = confirm_within_s(contract, hands.worlds.kernel(world))
    done = transact(hands, contract, source, given, world, trial, patience_s=patience_s)
    findings = _findings(hands, main, clock, contract, judged_in, given, kernel, done)
    ended = undo(hands.worlds, hands.transactions, trial, "it was only tried")
    tried = Tried(allele, done, findings, ended.problems)
    hands.chronicle.record(JUDGED, allele[:12], {"tried": trial, **tried.as_json()}, trial)
    hands.transactions.forget(trial)
    hands.timer.disarm(trial)
    return tried


def _judged(main: Main, name: str, given: JsonObject) -> GeneContract:
    """A pathway's contract with what its steps' diagnostics are asked. Raises `Blocked`."""
    if not may_be_fused(main.genome, main.genome.pathways[name]):
        hint = f"germline express {name} follows the steps"
        raise Blocked(UNJUDGED.format(name), hint)
    try:
        return contract_at(main.genome, name, given)
    except Unresolvable as wrong:
        raise Blocked(f"{name} does not fit this input: {wrong}") from wrong


def _findings(
    hands: Hands,
    main: Main,
    clock: Clock,
    contract: GeneContract,
    phenotype: str,
    given: JsonObject,
    kernel: Kernel,
    done: Expressed,
) -> tuple[Finding, ...]:
    """What diagnostics see when the contract's window has passed, if it came to that."""
    if contract.verify is None or not done.immediate:
        return ()
    clock.sleep(contract.verify.within_ms / 1000)
    return diagnose(hands.bench, main.genome, phenotype, contract, given, kernel)
