"""Derive, for genes of the log: what their contracts alone demand, tried without any log.

    an input that `takes:` does not allow   is refused before the gene runs
    a consequence's gene                    is called with drawn triggers and pasts: it must come
                                            back, and append its consequence where it says that it
                                            succeeded
    a projection                            is held against the whole log when it is promoted, so
                                            nothing of it is tried here

Called by `derive`. The situations come from the seed, so the same allele gives the same verdicts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from controller.arena.derived_test import DerivedTest, given, lowered, tested, untested
from controller.arena.malformed import malformed
from controller.conductor.recorded import is_reserved
from controller.domains.records.reacting import REACTIONS, Reaction
from controller.domains.world import Json, JsonObject
from controller.genome.locus import input_problems, read_output, with_defaults
from controller.ports import Died, Sandbox
from controller.stories.broker import Broker, grants
from grammar.sg.nodes import Family, GeneContract

_TYPES = ("interaction.created", "deal.updated", "customer.created", "note.taken")
_WORDS = ("ana", "lead", "positive", "negative", "c7", "")


@dataclass(frozen=True, slots=True)
class _Situation:
    """An input, the event that asks for the consequence, and what happened before."""

    values: JsonObject
    trigger: JsonObject | None
    past: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """What became of one: `error` if it did not come back with an answer, what it appended if it
    succeeded, None if it refused."""

    situation: _Situation
    error: str | None
    appended: tuple[str, ...] | None


def derive_records(
    sandbox: Sandbox, contract: GeneContract, source: str, examples: int, seed: str
) -> tuple[DerivedTest, ...]:
    """Every test that the contract of a gene of the log yields, run on an allele's `source`."""
    drawn = (_situation(contract, random.Random(f"{seed}/{number}")) for number in range(examples))
    situations = [one for one in drawn if one is not None]
    if not situations:
        why = "it takes a record, and none can be drawn"
        return (untested(f"{contract.name} works", "takes", why),)
    tests = [*_inputs(contract, situations[0])]
    if contract.family is Family.PROJECTION:
        why = "`germline projection verify` and `compare` hold it against the log"
        tests.append(untested("It builds and answers", "gives", why))
    else:
        tests += _reactions([_run(sandbox, contract, source, one) for one in situations], contract)
    for sentence in contract.after:
        name = f"Afterwards {lowered(sentence.text)}"
        tests.append(untested(name, "after", "it is looked at when a projection is verified"))
    return tuple(tests)


def _inputs(contract: GeneContract, situation: _Situation) -> Iterator[DerivedTest]:
    for wrong in malformed(contract, situation.values):
        problems = input_problems(contract, wrong.values)
        name = f"{wrong.title[0].upper()}{wrong.title[1:]} is refused before the gene runs"
        yield tested(name, "takes", [] if problems else ["it was let through"], problems)


def _reactions(runs: list[_Run], contract: GeneContract) -> Iterator[DerivedTest]:
    told = [given(run.situation.values) or "no input" for run in runs]
    wrong = [f"{one}: {run.error}" for one, run in zip(told, runs, strict=True) if run.error]
    yield tested("It comes back, and says whether it succeeded", "gives", wrong, told)
    name = f"Where it succeeded, it appended {contract.name}"
    succeeded = [run for run in runs if run.appended is not None]
    if not succeeded:
        yield untested(name, "gives", "it refused in every situation that was drawn")
        return
    wrong = [
        f"it appended {', '.join(run.appended) or 'nothing'}"
        for run in succeeded
        if run.appended is not None and contract.name not in run.appended
    ]
    yield tested(name, "gives", wrong, [f"{len(succeeded)} of {len(runs)} situations"])


def _run(sandbox: Sandbox, contract: GeneContract, source: str, on: _Situation) -> _Run:
    kernel = Reaction(
        lambda thing, attribute: None,  # noqa: ARG005
        lambda thing, limit: list(on.past[-limit:]),  # noqa: ARG005
        is_reserved,
        on.trigger,
    )
    operations = tuple(REACTIONS.catalogue.values())
    broker = Broker(REACTIONS, kernel, operations, None)
    outcome = sandbox.call(source, json.dumps(on.values), grants(operations), broker.serve)
    if isinstance(outcome, Died):
        return _Run(on, f"{outcome.kind}: {outcome.reason}", None)
    output = read_output(contract, outcome.output)
    if isinstance(output, tuple):
        return _Run(on, output[0], None)
    if output.get("success") is False:
        return _Run(on, None, None)
    flat = tuple(one.type.replace(".", "_") for one in kernel.appended)
    return _Run(on, None, flat)


def _situation(contract: GeneContract, rng: random.Random) -> _Situation | None:
    """None where a field is of a type that the contract declares itself."""
    values: JsonObject = {}
    for field in contract.takes:
        if field.required:
            single = _value(field.type.name, rng)
            if single is None:
                return None
            values[field.name] = (
                [single] * (field.type.least or 1) if field.type.is_list else single
            )
    past = tuple(_event(rng, number) for number in range(rng.randint(0, 4)))
    trigger = _event(rng, len(past)) if rng.random() < 0.8 else None
    return _Situation(with_defaults(contract, values), trigger, past)


def _value(kind: str, rng: random.Random) -> Json:
    match kind:
        case "string":
            return f"c{rng.randint(1, 9)}"
        case "bool":
            return rng.random() < 0.5
        case "int":
            return rng.randint(1, 9)
        case "float":
            return rng.random()
    return None


def _event(rng: random.Random, number: int) -> JsonObject:
    """Something that happened to a customer, as a gene is given it."""
    fields = ("sentiment", "stage", "rep", "notes", "data_access_authorisation")
    data: JsonObject = {name: rng.choice(_WORDS) for name in fields if rng.random() < 0.5}
    about: JsonObject = {"type": rng.choice(_TYPES), "subject": f"customer:c{rng.randint(1, 3)}"}
    return {"id": f"{number:064x}", **about, "time": f"2026-01-01T00:00:{number:02}Z", "data": data}
