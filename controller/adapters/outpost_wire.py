"""What a controller and a host say to each other: one request, one answer, both JSON.

`host_world` writes requests and reads answers, `controller.outpost` does the reverse on the host,
where there is no library but the standard one. Everything is held to its form before it is used:
an answer comes from another machine. Whatever has another form raises `ValueError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from controller.domains.world import Answer, Json, JsonObject, Operation
from controller.host_limits import HOST_REQUEST_BYTES
from controller.ports import Blocked, ControllerError, Died, GeneOutcome, Returned, Unavailable
from controller.ports.outposts import Errand, Ran, Refusal

FORM: Final = 1
"""Version of what is said. The runtime is shipped with it, so both ends agree."""
_TRANSACTION = re.compile(r"[0-9a-f]{16,64}")


@dataclass(frozen=True, slots=True)
class Request:
    """What a host is to do: `observe`, `run`, `confirm` or `undo`.

    `vantages` and `roles` are as in `config.WorldConfig`, of the host's own namespaces.
    """

    do: str
    vantages: Mapping[str, str]
    roles: Mapping[str, str]
    transaction: str | None = None
    confirm_within_s: float = 0.0
    errand: Errand | None = None
    reason: str = ""


def request_to_bytes(request: Request) -> bytes:
    """As it is sent."""
    errand = request.errand
    return _bytes(
        {
            "form": FORM,
            "do": request.do,
            "vantages": dict(request.vantages),
            "roles": dict(request.roles),
            "transaction": request.transaction,
            "confirm_within_s": request.confirm_within_s,
            "reason": request.reason,
            "errand": None if errand is None else _errand(errand),
        }
    )


def _errand(errand: Errand) -> JsonObject:
    return {
        "source": errand.source,
        "values": errand.values,
        "operations": [*errand.operations],
        "protected": {kind: [*names] for kind, names in errand.protected.items()},
        "observing": errand.observing,
        "named": [*errand.named],
    }


def request_from_bytes(data: bytes) -> Request:
    """As it arrives."""
    match _object(data):
        case {
            "form": 1,
            "do": str(do),
            "vantages": dict(vantages),
            "roles": dict(roles),
            "transaction": (str() | None) as transaction,
            "confirm_within_s": (int() | float()) as seconds,
            "reason": str(reason),
            "errand": errand,
        }:
            if transaction is not None and not _TRANSACTION.fullmatch(transaction):
                raise ValueError("no transaction can have this name")
            read = None if errand is None else _read_errand(errand)
            named, known = _names(vantages), _names(roles)
            return Request(do, named, known, transaction, float(seconds), read, reason)
    raise ValueError("it is no request of this form")


def _read_errand(value: Json) -> Errand:
    match value:
        case {
            "source": str(source),
            "values": dict(values),
            "operations": list(operations),
            "protected": dict(protected),
            "observing": bool(observing),
            "named": list(named),
        }:
            kept = {kind: texts_from_json(names) for kind, names in protected.items()}
            return Errand(source, values, _texts(operations), kept, observing, _texts(named))
    raise ValueError("it is no gene call of this form")


# --- answers ----------------------------------------------------------------------------


def answer_to_bytes(answer: Json) -> bytes:
    """What became of a request."""
    return _bytes({"form": FORM, "answer": answer})


def trouble_to_bytes(trouble: ControllerError) -> bytes:
    """Why nothing became of it."""
    kind = "unavailable" if isinstance(trouble, Unavailable) else "blocked"
    return _bytes({"form": FORM, "trouble": kind, "reason": trouble.reason, "hint": trouble.hint})


def answer_from_bytes(data: bytes, host: str) -> Json:
    """What a host answered. Raises its trouble, with the host's name."""
    match _object(data):
        case {"form": 1, "answer": answer}:
            return answer
        case {"form": 1, "trouble": str(kind), "reason": str(reason), "hint": str(hint)}:
            failed = Unavailable if kind == "unavailable" else Blocked
            raise failed(f"{host}: {reason}", hint)
    raise ValueError("it is no answer of this form")


def ran_to_json(ran: Ran) -> JsonObject:
    """A gene call's end, as it is sent."""
    outcome: JsonObject
    if isinstance(ran.outcome, Died):
        outcome = {"died": ran.outcome.kind, "reason": ran.outcome.reason}
    else:
        outcome = {"returned": ran.outcome.output, "cpu_ms": ran.outcome.cpu_ms}
    return {
        "outcome": outcome,
        "before": ran.before,
        "now": ran.now,
        "served": [_operation(done) for done in ran.served],
        "performed": [_operation(done) for done in ran.performed],
        "answers": [[_operation(a.operation), a.result] for a in ran.answers],
        "refused": [[one.name, one.reason] for one in ran.refused],
    }


def ran_from_json(value: Json) -> Ran:
    """As it arrives."""
    match value:
        case {
            "outcome": dict(outcome),
            "before": dict(before),
            "now": dict(now),
            "served": list(served),
            "performed": list(performed),
            "answers": list(answers),
            "refused": list(refused),
        }:
            return Ran(
                _outcome(outcome),
                before,
                now,
                tuple(_read_operation(done) for done in served),
                tuple(_read_operation(done) for done in performed),
                tuple(_read_answer(answer) for answer in answers),
                tuple(_read_refusal(one) for one in refused),
            )
    raise ValueError("it is no end of a gene call")


def _outcome(value: JsonObject) -> GeneOutcome:
    match value:
        case {"died": str(kind), "reason": str(reason)}:
            return Died(kind, reason)
        case {"returned": str(output), "cpu_ms": (int() | float()) as cpu_ms}:
            return Returned(output, float(cpu_ms))
    raise ValueError("it is no outcome of a gene call")


def _operation(operation: Operation) -> JsonObject:
    return {"name": operation.name, "arguments": dict(operation.arguments)}


def _read_operation(value: Json) -> Operation:
    match value:
        case {"name": str(name), "arguments": dict(arguments)}:
            return Operation(name, arguments)
    raise ValueError("it is no operation")


def _read_answer(value: Json) -> Answer:
    match value:
        case [operation, result]:
            return Answer(_read_operation(operation), result)
    raise ValueError("it is no answer to an operation")


def _read_refusal(value: Json) -> Refusal:
    match value:
        case [str(name), str(reason)]:
            return Refusal(name, reason)
    raise ValueError("it is no refusal")


def texts_from_json(value: Json) -> tuple[str, ...]:
    """A list of lines, as it arrives."""
    if not isinstance(value, list):
        raise ValueError("it is no list of lines")
    return _texts(value)


def _texts(values: list[Json]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise ValueError("it is no list of lines")
    return texts


def _names(values: JsonObject) -> dict[str, str]:
    return dict(zip(values, _texts([*values.values()]), strict=True))


def _object(data: bytes) -> JsonObject:
    if len(data) > HOST_REQUEST_BYTES:
        raise ValueError(f"it has more than {HOST_REQUEST_BYTES} bytes")
    try:
        value = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


def _bytes(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
