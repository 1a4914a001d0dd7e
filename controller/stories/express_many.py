"""Express one gene in many shadows with one process: what makes plans for a fleet affordable.

Only forecasts are made so. The gene is called again and again in the process that it has, so that
one which keeps something from call to call may deceive the forecast of the hosts that follow; it
deceives nobody about what is done, since every live expression has a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from controller import run_limits
from controller.domains.world import Json, JsonObject, Kernel
from controller.ports import Died, GeneOutcome, Grant, Returned, Serve
from controller.stories.express import Expressed, Expression, Workbench, express
from grammar.sg.nodes import GeneContract

_NEXT, _DONE = "plan_next_case", "plan_case_done"
_LOOP = f"""


_execute_one = execute


def execute(_nothing):
    import gene_sdk

    while (case := gene_sdk.{_NEXT}()) is not None:
        try:
            output, error = _execute_one(case), None
        except Exception as raised:
            output, error = None, type(raised).__name__ + ": " + str(raised)
        gene_sdk.{_DONE}(output, error)
    return "{{}}"
"""

Case = tuple[JsonObject, Kernel]
"""An input and the shadow that it is for."""


def express_many(
    bench: Workbench, contract: GeneContract, source: str, cases: Sequence[Case]
) -> list[Expressed]:
    """What becomes of a gene in each of the shadows, in order."""
    found: list[Expressed] = []
    for start in range(0, len(cases), run_limits.PLAN_BATCH_CASES):
        found += _batch(bench, contract, source, cases[start : start + run_limits.PLAN_BATCH_CASES])
    return found


def _batch(
    bench: Workbench, contract: GeneContract, source: str, cases: Sequence[Case]
) -> list[Expressed]:
    if len(cases) == 1:
        (values, kernel), *_ = cases
        return [express(bench, contract, source, values, kernel)]
    turns = _Turns(bench, contract, cases)
    grants = (*turns.grants, Grant(_NEXT, ()), Grant(_DONE, ("output", "error")))
    outcome = bench.sandbox.call(source + _LOOP, "{}", grants, turns.serve)
    done = turns.done
    left = cases[len(done) :]
    if not left:
        return done
    # it ended in the middle: the case that it ended in, and those behind it, are its own affair
    (values, kernel), *rest = left
    reason = outcome if isinstance(outcome, Died) else Died("protocol", "it left its loop")
    return [*done, turns.cut_short(reason), *_rest(bench, contract, source, rest)]


def _rest(
    bench: Workbench, contract: GeneContract, source: str, cases: Sequence[Case]
) -> list[Expressed]:
    return [express(bench, contract, source, values, kernel) for values, kernel in cases]


class _Turns:
    """Hands out the cases of a batch one after another, and serves the one whose turn it is."""

    def __init__(self, bench: Workbench, contract: GeneContract, cases: Sequence[Case]) -> None:
        self._bench, self._contract, self._cases = bench, contract, cases
        self._current = Expression(bench, contract, *cases[0])
        self._begun = 0
        self.grants = self._current.grants
        self.done: list[Expressed] = []

    @property
    def serve(self) -> Serve:
        """Serves the loop, and operations for the case whose turn it is."""
        return self._serve

    def cut_short(self, outcome: GeneOutcome) -> Expressed:
        """What the case comes to in which the process ended."""
        if self._begun == len(self.done):
            self._take_next()
        return self._current.concluded(outcome)

    def _take_next(self) -> JsonObject:
        values, kernel = self._cases[self._begun]
        if self._begun:
            self._current = Expression(self._bench, self._contract, values, kernel)
        self._begun += 1
        return values

    def _serve(self, name: str, arguments: JsonObject) -> Json:
        if name == _NEXT:
            if self._begun == len(self._cases) or self._begun != len(self.done):
                return None
            return json.dumps(self._take_next())
        if name == _DONE:
            output, error = arguments["output"], arguments["error"]
            ended: GeneOutcome = Died("exception", str(error))
            if isinstance(output, str):
                ended = Returned(output, 0.0)
            if self._begun == len(self.done) + 1:
                self.done.append(self._current.concluded(ended))
            return None
        return self._current.broker.serve(name, arguments)
