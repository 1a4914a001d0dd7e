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

from controller.adapters.members import Members, texts
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
    said = _said(data)
    transaction = None if said.json("transaction") is None else said.text("transaction")
    if transaction is not None and not _TRANSACTION.fullmatch(transaction):
        raise ValueError("no transaction can have this name")
    errand = None if said.json("errand") is None else _read_errand(said.object("errand"))
    return Request(
        said.text("do"),
        _names(said.object("vantages")),
        _names(said.object("roles")),
        transaction,
        said.number("confirm_within_s"),
        errand,
        said.text("reason"),
    )


def _read_errand(value: Json) -> Errand:
    told = Members(value)
    protected = told.object("protected")
    return Errand(
        told.text("source"),
        told.object("values"),
        told.texts("operations"),
        {kind: texts(names) for kind, names in protected.items()},
        told.flag("observing"),
        told.texts("named"),
    )


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
    said = _said(data)
    if said.has("answer"):
        return said.json("answer")
    failed = Unavailable if said.text("trouble") == "unavailable" else Blocked
    raise failed(f"{host}: {said.text('reason')}", said.text("hint"))


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
    told = Members(value)
    return Ran(
        _outcome(told.object("outcome")),
        told.object("before"),
        told.object("now"),
        tuple(_read_operation(done) for done in told.items("served")),
        tuple(_read_operation(done) for done in told.items("performed")),
        tuple(_read_answer(answer) for answer in told.items("answers")),
        tuple(_read_refusal(one) for one in told.items("refused")),
    )


def _outcome(value: Json) -> GeneOutcome:
    told = Members(value)
    if told.has("died"):
        return Died(told.text("died"), told.text("reason"))
    return Returned(told.text("returned"), told.number("cpu_ms"))


def _operation(operation: Operation) -> JsonObject:
    return {"name": operation.name, "arguments": dict(operation.arguments)}


def _read_operation(value: Json) -> Operation:
    told = Members(value)
    return Operation(told.text("name"), told.object("arguments"))


def _read_answer(value: Json) -> Answer:
    operation, result = _pair(value)
    return Answer(_read_operation(operation), result)


def _read_refusal(value: Json) -> Refusal:
    name, reason = texts([*_pair(value)])
    return Refusal(name, reason)


def _pair(value: Json) -> tuple[Json, Json]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("it is no pair")
    return value[0], value[1]


def _names(values: JsonObject) -> dict[str, str]:
    return dict(zip(values, texts([*values.values()])))


def _said(data: bytes) -> Members:
    if len(data) > HOST_REQUEST_BYTES:
        raise ValueError(f"it has more than {HOST_REQUEST_BYTES} bytes")
    try:
        said = Members(json.loads(data))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if said.json("form") != FORM:
        raise ValueError("it is of another form")
    return said


def _bytes(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
