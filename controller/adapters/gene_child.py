"""What runs in a gene's own process: the source, once, and the report of how it ended.

The zygote calls `live` in a freshly forked, locked process. Nothing here protects anybody: the
gene can rewrite all of it. It makes the ordinary case pleasant, with a module `gene_sdk` made
from the grants, and turns whatever goes wrong into one line of text.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from controller.adapters import gene_wire as wire
from controller.gene_limits import GENE_MESSAGE_BYTES, GENE_OUTPUT_BYTES, GENE_REASON_CHARACTERS

_FILE = "<gene>"
_NOTHING = "import json\ndef execute(text):\n    return json.dumps({})\n"
_OUT_OF_MEMORY = wire.frame(
    wire.DIED, wire.to_json({"kind": "memory", "reason": "it needed more memory than a gene has"})
)


class Refused(Exception):
    """An operation was not performed; `reason` says why. Genes know it as `gene_sdk.Refused`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Ended(Exception):
    """The gene is over: kind and reason as in `controller.ports.Died`."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


def live(descriptor: int, modules: frozenset[str], *, rehearse: bool) -> None:
    """Read one request from `descriptor`, run it, write how it ended. Then exit the process."""
    if rehearse:
        _rehearse(modules)
    request = json.loads(_read_frame(descriptor))
    sdk = _sdk(descriptor, request["grants"])
    sys.modules["gene_sdk"] = sdk
    try:
        output = _run(request["source"], request["input"], _gene_module(sdk, modules))
        last_word = wire.frame(wire.RETURNED, output)
    except _Ended as end:
        reason = end.reason[:GENE_REASON_CHARACTERS]
        last_word = wire.frame(wire.DIED, wire.to_json({"kind": end.kind, "reason": reason}))
        if end.kind == "memory":
            last_word = _OUT_OF_MEMORY
    _write(descriptor, last_word)


def _rehearse(modules: frozenset[str]) -> None:
    """Go through the motions once, while nobody waits: it makes the pages of memory this process's
    own (fork(2) copies each when it is first written), a third of what a call takes."""
    request = json.loads(
        wire.to_json({"source": _NOTHING, "input": "", "grants": [["nothing", []]]})
    )
    sdk = _sdk(-1, request["grants"])
    wire.frame(wire.RETURNED, _run(request["source"], request["input"], _gene_module(sdk, modules)))


# --- running ----------------------------------------------------------------------------


def _run(source: str, input_json: str, module: types.ModuleType) -> bytes:
    """The output of `execute(input_json)` as UTF-8. Raises `_Ended`."""
    code = _attempt("syntax", compile, source, _FILE, "exec", dont_inherit=True)
    _attempt("exception", exec, code, module.__dict__)
    execute = module.__dict__.get("execute")
    if not callable(execute):
        raise _Ended("syntax", "it does not define execute(input_json)")
    output = _attempt("exception", execute, input_json)
    if not isinstance(output, str):
        raise _Ended("output", f"execute returned {type(output).__name__}, not a string")
    encoded: bytes = _attempt("output", str.encode, output, "utf-8")
    if len(encoded) > GENE_OUTPUT_BYTES:
        size = f"{len(encoded)} bytes, more than {GENE_OUTPUT_BYTES}"
        raise _Ended("output", f"execute returned {size}")
    return encoded


def _attempt(kind: str, step: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The step's value, or `_Ended` with this kind. Where a gene's failure becomes an outcome."""
    try:
        return step(*arguments, **named)
    except _Ended:
        raise
    except BaseException as failure:  # noqa: BLE001 - hostile code may raise anything
        if isinstance(failure, MemoryError) and kind != "syntax":  # the parser's own limit
            raise _Ended("memory", "") from None
        if step is _described:  # its own __str__ failed
            raise _Ended(kind, f"{type(failure).__name__} while describing its failure") from None
        raise _Ended(kind, _attempt(kind, _described, failure)) from None


def _described(failure: BaseException) -> str:
    """`KeyError: 'x' (line 7)`, the line being the last one of the gene that was running."""
    line = None
    if isinstance(failure, SyntaxError):
        message, line = str(failure.msg), failure.lineno
    else:
        message = str(failure)
        trace = failure.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _FILE:
                line = trace.tb_lineno
            trace = trace.tb_next
    text = type(failure).__name__ + (f": {message}" if message else "")
    place = f" (line {line})" if line is not None else ""
    text = text[: GENE_REASON_CHARACTERS - len(place)] + place
    return text.encode("utf-8", "replace").decode("utf-8")


# --- what a gene sees -------------------------------------------------------------------


def _gene_module(sdk: types.ModuleType, modules: frozenset[str]) -> types.ModuleType:
    """The module that the source becomes, with `json` and `gene_sdk` at hand."""
    module = types.ModuleType("gene")
    permitting = dict(vars(builtins))
    permitting["__import__"] = _importer(modules)
    module.__dict__.update(json=json, gene_sdk=sdk, __builtins__=permitting)
    sys.modules["gene"] = module  # dataclasses look a class's module up by name
    return module


def _importer(modules: frozenset[str]) -> Callable[..., types.ModuleType]:
    genuine = builtins.__import__

    def gene_import(
        name: str, scope: Any = None, names: Any = None, wanted: Sequence[str] = (), level: int = 0
    ) -> types.ModuleType:
        by_the_interpreter = isinstance(wanted, list)  # PyImport_Import; a statement has a tuple
        if not by_the_interpreter and (level or name.partition(".")[0] not in modules):
            raise ImportError(f"a gene cannot import {name}")
        return genuine(name, scope, names, wanted, level)

    return gene_import


def _sdk(descriptor: int, grants: Sequence[tuple[str, Sequence[str]]]) -> types.ModuleType:
    """The module `gene_sdk`: a function for each granted operation, and `Refused`."""
    sdk = types.ModuleType("gene_sdk", "The operations that this gene may perform.")
    sdk.__dict__["Refused"] = Refused
    for operation, parameters in grants:
        sdk.__dict__[operation] = _operation(descriptor, operation, tuple(parameters))
    return sdk


def _operation(descriptor: int, operation: str, parameters: tuple[str, ...]) -> Callable[..., Any]:
    def perform(*positional: Any, **named: Any) -> Any:
        if len(positional) > len(parameters):
            raise TypeError(f"{operation} takes at most {len(parameters)} arguments")
        arguments = dict(zip(parameters, positional))
        for name, value in named.items():
            if name not in parameters:
                raise TypeError(f"{operation} has no parameter {name}")
            if name in arguments:
                raise TypeError(f"{operation} got {name} twice")
            arguments[name] = value
        return _request(descriptor, operation, arguments)

    perform.__name__ = perform.__qualname__ = operation
    return perform


def _request(descriptor: int, operation: str, arguments: dict[str, Any]) -> Any:
    """Ask the controller to perform an operation. Raises `Refused`."""
    payload = wire.to_json({"operation": operation, "arguments": arguments})
    if len(payload) > GENE_MESSAGE_BYTES:
        raise ValueError(f"{operation} was called with {len(payload)} bytes of arguments")
    _write(descriptor, wire.frame(wire.CALL, payload))
    answer = json.loads(_read_frame(descriptor))
    if "refused" in answer:
        raise Refused(answer["refused"])
    return answer["result"]


# --- the socket -------------------------------------------------------------------------


def _read_frame(descriptor: int) -> bytes:
    """The next frame's payload. The controller sends one at a time and waits for its answer."""
    received = bytearray()
    size = wire.HEADER.size
    while len(received) < size:
        chunk = os.read(descriptor, max(wire.READ_BYTES, size - len(received)))
        if not chunk:
            _exit()
        received += chunk
        if len(received) >= wire.HEADER.size:
            size = wire.HEADER.size + wire.HEADER.unpack_from(received)[1]
    return bytes(received[wire.HEADER.size :])


def _write(descriptor: int, data: bytes) -> None:
    unsent = memoryview(data)
    while unsent:
        unsent = unsent[os.write(descriptor, unsent) :]


def _exit() -> NoReturn:
    """The controller has hung up; nobody is left to report to."""
    os._exit(0)
