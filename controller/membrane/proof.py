"""The evidence that a draft satisfies every gate, bound to one tree and one base.

A proof is a value: the same draft on the same base gives the same proof anywhere, so it holds no
time and no name of a machine; whoever made it may sign it. It lives as a git note on the commit it
proves.
"""

from __future__ import annotations

from typing import Annotated, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controller.domains.world import JsonObject
from controller.signing_limits import SIGNATURE_CHARACTERS
from grammar.sg.terms import Risk


class GateResult(BaseModel):
    """What one gate found. `evidence` is a few lines for a reviewer.

    With `approval` the gate passed, and yet a person is to say that the draft may be merged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: str
    passed: bool
    evidence: tuple[str, ...] = ()
    approval: bool = False


class Proof(BaseModel):
    """All gates' results for `tree` as the next state of main after commit `base`.

    `risk` is that of what the draft changes (`membrane/exposure`); what nobody assessed has the
    highest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tree: str
    base: str
    gates: tuple[GateResult, ...]
    risk: Risk = Risk.CRITICAL
    signature: Annotated[str, Field(max_length=SIGNATURE_CHARACTERS)] | None = None

    def statement(self) -> bytes:
        """What is signed: all but the signature, as canonical JSON."""
        return rfc8785.dumps(self.model_dump(mode="json", exclude={"signature"}))

    @property
    def passed(self) -> bool:
        """True when there are gates and each passed."""
        return bool(self.gates) and all(gate.passed for gate in self.gates)

    def covers(self, tree: str, base: str) -> bool:
        """True for exactly the tree and base that were proved; anything else is stale."""
        return (self.tree, self.base) == (tree, base)

    def failures(self) -> tuple[str, ...]:
        """One line for each gate that did not pass."""
        return tuple(
            f"{gate.gate}: {'; '.join(gate.evidence) or 'failed'}"
            for gate in self.gates
            if not gate.passed
        )

    def reservations(self) -> tuple[str, ...]:
        """Why a person is to approve what passed: one line for each gate that asks for it."""
        return tuple(
            f"{gate.gate}: {'; '.join(gate.evidence)}"
            for gate in self.gates
            if gate.passed and gate.approval
        )

    def to_note(self) -> JsonObject:
        """The proof as the content of a note."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_note(cls, note: JsonObject | None) -> Self | None:
        """The proof in a note; None if there is none, or one that cannot be read."""
        if note is None:
            return None
        try:
            return cls.model_validate(note)
        except ValidationError:
            return None
