"""Genes called in this very process: for sources that this project wrote, and their mutants.

It protects from nothing. A simulation calls thousands of genes of its own examples, each of them a
known text or an edit of one; what is hostile is run by `ProcessSandbox`, here and everywhere else.
What a gene sees is the same: JSON in and out, `gene_sdk`, and the modules that are allowed.
"""

from __future__ import annotations

import builtins
import json
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from controller.arena.admission import ALLOWED_MODULES
from controller.domains.world import OperationRefused
from controller.gene_limits import GENE_OPERATIONS, GENE_OUTPUT_BYTES, GENE_SOURCE_BYTES
from controller.ports import Died, GeneOutcome, Grant, Returned, Serve

_FILE = "<gene>"


class _Over(BaseException):
    """The call is over, whatever the gene makes of it."""


class _Refused(Exception):
    """What a gene knows as `gene_sdk.Refused`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InProcessSandbox:
    """Answers `ports.Sandbox` for sources that are trusted."""

    def call(
        self, source: str, input_json: str, grants: Sequence[Grant], serve: Serve
    ) -> GeneOutcome:
        """See `ports.Sandbox`."""
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > GENE_SOURCE_BYTES:
            return Died("syntax", f"its source has {size} bytes, more than {GENE_SOURCE_BYTES}")
        call = _Call(grants, serve)
        outcome = call.run(source, input_json)
        if call.trouble is not None:
            raise call.trouble
        return call.ended or outcome

    def missing(self) -> tuple[str, ...]:
        """See `ports.Sandbox`."""
        return ("everything: genes are called in this process",)

    def close(self) -> None:
        """See `ports.Sandbox`."""


class _Call:
    """One call. `trouble` is what `serve` raised, `ended` how the gene was ended from outside."""

    def __init__(self, grants: Sequence[Grant], serve: Serve) -> None:
        self._serve = serve
        self._served = 0
        self.trouble: BaseException | None = None
        self.ended: Died | None = None
        self._sdk = types.ModuleType("gene_sdk")
        self._sdk.__dict__["Refused"] = _Refused
        for grant in grants:
            self._sdk.__dict__[grant.operation] = self._operation(grant)

    def run(self, source: str, input_json: str) -> GeneOutcome:
        code = _compiled(source)
        if isinstance(code, Died):
            return code
        before = {name: sys.modules.get(name) for name in ("gene_sdk", "gene")}
        module = types.ModuleType("gene")
        permitting = {**vars(builtins), "__import__": _import}
        module.__dict__.update(json=json, gene_sdk=self._sdk, __builtins__=permitting)
        sys.modules.update(gene_sdk=self._sdk, gene=module)
        try:
            exec(code, module.__dict__)
            execute = module.__dict__.get("execute")
            if not callable(execute):
                return Died("syntax", "it does not define execute(input_json)")
            return _checked(execute(input_json))
        except (Exception, _Over) as failure:  # noqa: BLE001 - a gene may raise anything
            return Died("exception", _described(failure))
        finally:
            _restore(before)

    def _operation(self, grant: Grant) -> Callable[..., Any]:
        def perform(*positional: Any, **named: Any) -> Any:
            if len(positional) > len(grant.parameters):
                raise TypeError(f"{grant.operation} takes at most {len(grant.parameters)}")
            arguments = dict(zip(grant.parameters, positional, strict=False))
            for name in named:
                if name not in grant.parameters or name in arguments:
                    raise TypeError(f"{grant.operation} cannot be given {name}")
            return self._answer(grant.operation, {**arguments, **named})

        return perform

    def _answer(self, operation: str, arguments: dict[str, Any]) -> Any:
        asked = json.loads(json.dumps(arguments, allow_nan=False))
        if self.trouble is not None or self.ended is not None:
            raise _Over
        if self._served == GENE_OPERATIONS:
            self.ended = Died("protocol", f"it called more than {GENE_OPERATIONS} operations")
            raise _Over
        self._served += 1
        try:
            return json.loads(json.dumps(self._serve(operation, asked)))
        except OperationRefused as refused:
            raise _Refused(refused.reason) from None
        except BaseException as trouble:  # noqa: BLE001 - it is raised when the gene has ended
            self.trouble = trouble
            raise _Over from None


@lru_cache(maxsize=20_000)
def _compiled(source: str) -> types.CodeType | Died:
    try:
        return compile(source, _FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as wrong:
        line = wrong.lineno if isinstance(wrong, SyntaxError) else None
        told = wrong.msg if isinstance(wrong, SyntaxError) else str(wrong)
        return Died("syntax", f"{type(wrong).__name__}: {told}" + _at(line))


def _checked(output: object) -> GeneOutcome:
    if not isinstance(output, str):
        return Died("output", f"execute returned {type(output).__name__}, not a string")
    try:
        size = len(output.encode())
    except UnicodeEncodeError as wrong:
        return Died("output", f"UnicodeEncodeError: {wrong}")
    if size > GENE_OUTPUT_BYTES:
        return Died("output", f"execute returned {size} bytes, more than {GENE_OUTPUT_BYTES}")
    return Returned(output, 1.0)


def _described(failure: BaseException) -> str:
    line, trace = None, failure.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    said = str(failure)
    return type(failure).__name__ + (f": {said}" if said else "") + _at(line)


def _at(line: int | None) -> str:
    return "" if line is None else f" (line {line})"


def _import(
    name: str, scope: Any = None, names: Any = None, wanted: Sequence[str] = (), level: int = 0
) -> types.ModuleType:
    by_the_interpreter = isinstance(wanted, list)
    if not by_the_interpreter and (level or name.partition(".")[0] not in ALLOWED_MODULES):
        raise ImportError(f"a gene cannot import {name}")
    return builtins.__import__(name, scope, names, wanted, level)


def _restore(before: Mapping[str, types.ModuleType | None]) -> None:
    for name, module in before.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module
