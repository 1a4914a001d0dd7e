"""A proof as statuses of a commit: one for each gate, and one for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from controller import forge_limits
from controller.membrane.proof import Proof

CheckState = Literal["pending", "success", "failure", "cancelled"]
CONTEXT: Final = "germline/"
WHOLE: Final = CONTEXT + "proof"


@dataclass(frozen=True, slots=True)
class Check:
    """A commit's status under one name (`context`), with one line of explanation."""

    context: str
    state: CheckState
    description: str


def checks_of(proof: Proof | None) -> tuple[Check, ...]:
    """The statuses of a commit with this proof, or with none that covers it."""
    if proof is None:
        return (Check(WHOLE, "pending", "waits to be held against the gates"),)
    passed = sum(gate.passed for gate in proof.gates)
    told = f"{passed} of {len(proof.gates)} gates passed on base {proof.base[:12]}"
    each = (
        Check(
            CONTEXT + gate.gate.replace(" ", "-"),
            "success" if gate.passed else "failure",
            _cut("; ".join(gate.evidence)),
        )
        for gate in proof.gates
    )
    return (Check(WHOLE, "success" if proof.passed else "failure", told), *each)


def cancelled(check: Check, successor: str) -> Check:
    """A status of a commit that nobody will judge any more."""
    return Check(check.context, "cancelled", _cut(f"superseded by {successor[:12]}"))


def _cut(text: str) -> str:
    bound = forge_limits.FORGE_CHECK_CHARACTERS
    line = " ".join(text.split())
    return line if len(line) <= bound else line[: bound - 1] + "…"
