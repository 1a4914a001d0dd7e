"""What contracts demand, as a consequence graph: `verify:` and `feeds:` in the words of systems.

    when expression.finished                       a gene of a locus returned
        MUST check_fdb_stability  within: 3s       each diagnostic of its `verify:`
    when diagnostic.reported                       a diagnostic said how it is
        MUST trial.judged                          each locus that its `feeds:` names

Called by `germline show system contracts`. The obligations of each trial are kept by the ledger,
which folds them from the same events (`conductor/obligation.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from controller.conductor.graph.graph import Check, Expect, Graph, OnEvent, Rule
from grammar.sg.literal import literal_text
from grammar.sg.nodes import Feed, GeneContract, Verify
from grammar.sg.terms import Argument, Call, Reference
from grammar.system import nodes

CONTRACTS: Final = "contracts"
"""The name of the graph; a system of this name goes before it."""


def graph_of_contracts(contracts: Iterable[GeneContract]) -> Graph:
    """One rule for each contract that verifies or feeds, in the order of their names."""
    ordered = sorted(contracts, key=lambda one: one.name)
    verifying = [_verified(one.name, one.verify) for one in ordered if one.verify is not None]
    feeding = [_fed(one.name, one.feeds) for one in ordered if one.feeds]
    return Graph(CONTRACTS, rules=(*verifying, *feeding))


def _verified(locus: str, verify: Verify) -> Rule:
    body = tuple(_expected(locus, call, verify.within_ms) for call in verify.calls)
    return _rule(f"{locus} returned", "expression.finished", _is("expression", locus), body)


def _expected(locus: str, call: Call, within_ms: int) -> Expect:
    arguments = tuple(_passed(one) for one in call.arguments)
    consequence = nodes.Invocation(call.locus, arguments)
    return Expect(f"{locus} returned: {call.locus}", nodes.Level.MUST, consequence, within_ms)


def _fed(locus: str, feeds: tuple[Feed, ...]) -> Rule:
    body = tuple(
        Expect(
            f"{locus} reported: {feed.locus}",
            nodes.Level.MUST,
            nodes.Invocation(
                "trial.judged",
                (
                    nodes.Passed("locus", nodes.Path(feed.locus)),
                    nodes.Passed("timescale", nodes.Path(feed.timescale.value)),
                ),
            ),
        )
        for feed in feeds
    )
    return _rule(f"{locus} reported", "diagnostic.reported", _is("diagnostic", locus), body)


def _rule(id_: str, event: str, condition: nodes.Condition, body: tuple[Expect, ...]) -> Rule:
    return Rule(id_, OnEvent(event), (Check(f"{id_}: if", condition, condition, body),))


def _is(noun: str, locus: str) -> nodes.Condition:
    return nodes.Compare(nodes.Path(noun, ("locus",)), "==", locus)


def _passed(one: Argument) -> nodes.Passed:
    """A field of the contract is a field of what the expression was given or gave."""
    if isinstance(one.value, Reference):
        return nodes.Passed(one.name, nodes.Path("expression", (one.value.name,)))
    constant = one.value if isinstance(one.value, bool | int | str) else literal_text(one.value)
    return nodes.Passed(one.name, constant)
