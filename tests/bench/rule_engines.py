"""Rule engines from PyPI, given the same five rules and the same bytes, where they are installed.

They link a response to its trigger by name alone; none of them follows causes or keeps deadlines.
No other engine there joins two facts: `rule-engine` and `business-rules` test one value at a time.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec

from tests.bench.responses import RESPONSES


def installed() -> dict[str, Callable[[Path], int]]:
    """What to call for the number of gaps in a file, by the name of the engine."""
    found = {"clips": ("clipspy", by_clips), "durable": ("durable_rules", by_durable)}
    return {name: act for module, (name, act) in found.items() if importlib.util.find_spec(module)}


def by_clips(file: Path) -> int:
    """CLIPS compiles rules to a Rete network; what is owed is a fact until it is met."""
    import clips

    environment = clips.Environment()
    environment.build("(deftemplate owed (slot name) (slot of))")
    environment.build("(deftemplate event (slot name) (slot of))")
    environment.build(
        "(defrule met ?e <- (event (name ?n) (of ?x)) ?o <- (owed (name ?n) (of ?x))"
        " => (retract ?o))"
    )
    owed, happened = environment.find_template("owed"), environment.find_template("event")
    with file.open("rb") as lines:
        for event in map(msgspec.json.decode, lines):
            if event["type"] in RESPONSES:
                owed.assert_fact(name=RESPONSES[event["type"]][0], of=event["subject"])
            else:
                fact = happened.assert_fact(name=event["type"], of=event["subject"])
                environment.run()
                fact.retract()
    return sum(fact.template.name == "owed" for fact in environment.facts())


_numbers = count()


def by_durable(file: Path) -> int:
    """durable_rules joins two events of a kind and takes both away."""
    from durable.lang import c, get_pending_events, m, post, ruleset, when_all

    name = f"shop{next(_numbers)}"
    with ruleset(name):
        for kind, (response, _) in RESPONSES.items():

            @when_all(
                c.owed << (m.type == kind),
                c.met << (m.type == response) & (m.subject == c.owed.subject),
            )
            def met(_: object) -> None:
                """Both are taken away."""

    with file.open("rb") as lines:
        for event in map(msgspec.json.decode, lines):
            told = {part: event[part] for part in ("id", "type", "subject")}
            post(name, told)
    return len(get_pending_events(name))
