"""Derive: tests that follow from a contract alone, run against an allele in shadow worlds.

    an input that `takes:` does not allow   is refused before the gene runs
    each `fails when:`                      a world in which the condition holds is arranged and
                                            the gene called directly: its outcome must be the one
                                            that the contract names, and the world as it was
    each `after:`, each call of `verify:`   judged in generated situations that satisfy `before:`
    each `unhealthy when:`                  a world with the symptom is arranged: the diagnostic
                                            must not call it healthy; nor a sound world unhealthy

`germline test` prints them; the proof of a draft has them as a gate. Situations come from the
domain and the seed, so the same allele with the same seed gives the same verdicts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from controller.arena.derived_test import DerivedTest, given, lowered, tested, told, untested
from controller.arena.malformed import malformed
from controller.domains.records.reacting import REACTIONS
from controller.domains.world import Domain, JsonObject, Judgement, Situation
from controller.genome.locus import input_problems, with_defaults
from controller.stories.derive_records import derive_records
from controller.stories.diagnose import Finding, diagnose
from controller.stories.express import Expressed, express
from controller.stories.rehearse import Stage
from grammar.sg.literal import value_of
from grammar.sg.nodes import FailureMode, Family, Sentence


@dataclass(frozen=True, slots=True)
class _Run:
    """What became of one situation: the call, and the diagnostics if it came to that."""

    situation: Situation
    done: Expressed
    findings: tuple[Finding, ...] | None


def derive(stage: Stage, source: str, examples: int, seed: str) -> tuple[DerivedTest, ...]:
    """Every test that the stage's contract yields, run on an allele's `source`."""
    if stage.contract.domain == REACTIONS.name:
        return derive_records(stage.bench.sandbox, stage.contract, source, examples, seed)
    situations = tuple(_situations(stage, examples, seed))
    if not situations:
        return (untested(f"{stage.contract.name} works", "takes", "no situation fits `before:`"),)
    tests = [*_inputs(stage, situations[0])]
    tests += [_failure(stage, source, mode, situations) for mode in stage.contract.fails_when]
    runs = [_run(stage, source, situation) for situation in situations]
    tests.append(_comes_back(stage, runs))
    tests += [_after(stage, sentence, runs) for sentence in stage.contract.after]
    tests += _verified(stage, runs)
    tests += [_symptom(stage, source, s, situations) for s in stage.contract.unhealthy_when]
    return tuple(tests)


def _situations(stage: Stage, examples: int, seed: str) -> Iterator[Situation]:
    domain = stage.bench.domain
    for number in range(examples):
        found = domain.situation(stage.contract, random.Random(f"{seed}/{number}"))
        if found is not None:
            yield Situation(found.observed, with_defaults(stage.contract, found.values))


# --- inputs -----------------------------------------------------------------------------


def _inputs(stage: Stage, situation: Situation) -> Iterator[DerivedTest]:
    for wrong in malformed(stage.contract, situation.values):
        problems = input_problems(stage.contract, wrong.values)
        name = f"{wrong.title[0].upper()}{wrong.title[1:]} is refused before the gene runs"
        yield tested(name, "takes", [] if problems else ["it was let through"], problems)


# --- fails when -------------------------------------------------------------------------


def _failure(
    stage: Stage, source: str, mode: FailureMode, situations: Sequence[Situation]
) -> DerivedTest:
    name = f"When {lowered(mode.condition.text)}, it says {mode.outcome} and changes nothing"
    wrong: list[str] = []
    fine: list[str] = []
    for situation in situations:
        arranged = _arranged(stage.bench.domain, mode.condition, situation)
        if arranged is None:
            continue
        case, condition = arranged
        shadow = stage.bench.domain.shadow(case.observed)
        before = stage.bench.domain.settled(shadow.observe())
        done = express(stage.bench, stage.contract, source, case.values, shadow)
        problems = _outcome_problems(mode.outcome, done)
        if stage.bench.domain.settled(shadow.observe()) != before:
            done_so = ", ".join(operation.name for operation in done.operations)
            problems.append(f"the world has changed: {done_so}")
        wrong += [f"{condition.detail}: {problem}" for problem in problems]
        fine.append(f"{condition.detail}: {done.error or mode.outcome}")
    if not fine:
        return untested(name, "fails when", _why_not(stage.bench.domain, mode.condition))
    return tested(name, "fails when", wrong, fine)


def _arranged(
    domain: Domain, sentence: Sentence, situation: Situation
) -> tuple[Situation, Judgement] | None:
    """The situation changed so that the sentence holds, if a phrase can do that."""
    observed = domain.arrange(sentence.text, situation.values, situation.observed)
    if observed is None:
        return None
    judged = domain.judge(sentence.text, situation.values, situation.observed, observed)
    if judged is None:
        judged = Judgement(sentence.text, holds=True, detail="arranged")
    return (Situation(observed, situation.values), judged) if judged.holds else None


def _outcome_problems(outcome: str, done: Expressed) -> list[str]:
    """What is wrong with what a gene said, which should have been `outcome`."""
    if not done.valid:
        return [f"it did not come back with an answer: {done.error}"]
    name, _, wanted = (part.strip() for part in outcome.partition("="))
    said = done.output.get(name)
    if not wanted:
        return [] if said not in (None, False, "") else [f"it says no {name}"]
    return [] if said == value_of(wanted) else [f"it says {name}={told(said)}"]


def _why_not(domain: Domain, sentence: Sentence) -> str:
    if not domain.executable(sentence.text):
        return "no phrase matches the sentence"
    return "the sentence's phrase could not arrange a world for it"


# --- after, verify ----------------------------------------------------------------------


def _run(stage: Stage, source: str, situation: Situation) -> _Run:
    shadow = stage.bench.domain.shadow(situation.observed)
    done = express(stage.bench, stage.contract, source, situation.values, shadow)
    verify = stage.contract.verify
    if verify is None or not done.immediate:
        return _Run(situation, done, None)
    shadow.advance(verify.within_ms / 1000)
    return _Run(
        situation,
        done,
        diagnose(
            stage.bench, stage.genome, stage.phenotype, stage.contract, situation.values, shadow
        ),
    )


def _comes_back(stage: Stage, runs: Sequence[_Run]) -> DerivedTest:
    """The contract's own form of success, in situations in which nothing stands in the way."""
    diagnoses = stage.contract.family is Family.DIAGNOSTIC
    name = "Its claim agrees with what it saw" if diagnoses else "It says that it succeeded"
    wrong = []
    for run in runs:
        problem = _claim_problem(stage, run.done) if diagnoses else _success_problem(run.done)
        if problem is not None:
            wrong.append(f"{given(run.situation.values)}: {problem}")
    return tested(name, "gives", wrong, [given(run.situation.values) for run in runs])


def _success_problem(done: Expressed) -> str | None:
    return done.error if not done.valid or done.output.get("success") is False else None


def _claim_problem(stage: Stage, done: Expressed) -> str | None:
    """Stricter than what a live diagnostic is believed by: here a symptom must have been seen."""
    if not done.valid:
        return done.error
    if done.output.get("healthy") is not False or done.output.get("error"):
        return None
    executable = stage.bench.domain.executable
    if not all(executable(sentence.text) for sentence in stage.contract.unhealthy_when):
        return None
    shown = any(judgement.holds for judgement in done.symptoms)
    return None if shown else "it says unhealthy, and nothing that it saw shows it"


def _after(stage: Stage, sentence: Sentence, runs: Sequence[_Run]) -> DerivedTest:
    name = f"Afterwards {lowered(sentence.text)}"
    if not stage.bench.domain.executable(sentence.text):
        return untested(name, "after", "no phrase matches the sentence")
    wrong: list[str] = []
    fine: list[str] = []
    for run in runs:
        judged = [j for j in run.done.after if j.sentence == sentence.text]
        if not run.done.after and run.done.error is not None:
            wrong.append(f"it did not get so far: {run.done.error}")
        wrong += [j.detail for j in judged if not j.holds]
        fine += [j.detail for j in judged if j.holds]
    if not fine and not wrong:
        return untested(name, "after", "nobody could tell")
    return tested(name, "after", wrong, fine)


def _verified(stage: Stage, runs: Sequence[_Run]) -> Iterator[DerivedTest]:
    verify = stage.contract.verify
    for index, call in enumerate(verify.calls if verify else ()):
        assert verify is not None
        name = f"{verify.within_ms / 1000:g} s later {call.locus} finds the world healthy"
        wrong = [
            f"{given(run.situation.values)}: {problem}"
            for run in runs
            if (problem := _finding_problem(run, index)) is not None
        ]
        yield tested(name, "verify", wrong, [given(run.situation.values) for run in runs])


def _finding_problem(run: _Run, index: int) -> str | None:
    if run.findings is None:
        return f"it did not get so far: {run.done.error}"
    finding = run.findings[index]
    if finding.healthy:
        return None
    found: JsonObject = {
        k: v for k, v in finding.output.items() if v not in (None, [], False, True)
    }
    return f"unhealthy: {told(found)}"


# --- unhealthy when ---------------------------------------------------------------------


def _symptom(
    stage: Stage, source: str, sentence: Sentence, situations: Sequence[Situation]
) -> DerivedTest:
    name = f"When {lowered(sentence.text)}, it does not say healthy"
    wrong: list[str] = []
    fine: list[str] = []
    for situation in situations:
        arranged = _arranged(stage.bench.domain, sentence, situation)
        if arranged is None:
            continue
        case, _condition = arranged
        shadow = stage.bench.domain.shadow(case.observed)
        done = express(stage.bench, stage.contract, source, case.values, shadow)
        if not done.valid:
            wrong.append(f"{given(case.values)}: {done.error}")
        elif done.output.get("healthy") is True:
            # One that was judged and may still say healthy: the symptom did not show.
            if not any(j.sentence == sentence.text for j in done.symptoms):
                wrong.append(f"{given(case.values)}: it says healthy")
        else:
            fine.append(f"{given(case.values)}: it says unhealthy")
    if not fine and not wrong:
        return untested(name, "unhealthy when", _why_not(stage.bench.domain, sentence))
    return tested(name, "unhealthy when", wrong, fine)
