"""Who has signed what, and what that gives: pure values, in the words of ssh-keygen(1).

A signature is made in a *namespace*, by a key; `policy/allowed_signers` says which *principals* a
key speaks for, in which namespaces and when; `policy/signing.toml` says which principals are
people. Both are read from the base of a draft, so that no draft can add its own signer. Stories ask
an adapter for signatures (`ports.signing.Notary`) and the verdict for what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator

from controller.domains.world import JsonObject
from controller.membrane.draft import PEOPLE_ONLY
from controller.signing_limits import SIGNATURE_CHARACTERS

SIGNERS_PATH: Final = "policy/allowed_signers"
SIGNING_PATH: Final = "policy/signing.toml"

COMMITS: Final = "git"
"""The namespace of commits, as git signs them."""
PROOFS: Final = "germline-proof"
APPROVALS: Final = "germline-approval"

CommitId = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class SigningPolicy(BaseModel):
    """`[signing]` of `policy/signing.toml`. `people` are the principals that are persons."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: bool = False
    people: tuple[StrictStr, ...] = ()

    @model_validator(mode="after")
    def _leaves_a_way(self) -> Self:
        if self.required and not self.people:
            raise ValueError("`required` with no `people`: nobody could ever change a contract")
        return self


NOBODY: Final = SigningPolicy.model_construct(required=True, people=())
"""Where the policy cannot be read: signatures are asked for, and nobody's is one of a person."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that counts, by a key (its fingerprint) that speaks for these principals."""

    principals: tuple[str, ...]
    key: str

    @property
    def name(self) -> str:
        """Whom to name: the first principal."""
        return self.principals[0]

    def person(self, policy: SigningPolicy) -> str | None:
        """The principal that is a person by this policy, if one is."""
        return next((name for name in self.principals if name in policy.people), None)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A signature that does not count, or none; `reason` completes "it …"."""

    reason: str


Signature = Signed | Rejected
NOT_SIGNED: Final = Rejected("is not signed")


class Approval(BaseModel):
    """A person's word that a commit may become the next state of main after a base.

    `approves` is the draft's tip, `base` the tree of main that it was cut from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    draft: str
    approves: CommitId
    base: CommitId
    signature: Annotated[str, Field(max_length=SIGNATURE_CHARACTERS)] = ""

    def statement(self) -> bytes:
        """What is signed: all but the signature, as canonical JSON."""
        return rfc8785.dumps(self.model_dump(mode="json", exclude={"signature"}))

    def to_note(self) -> JsonObject:
        """The approval as it is kept."""
        return self.model_dump(mode="json")

    @classmethod
    def from_note(cls, note: JsonObject) -> Self | None:
        """The approval in a note; None for one that cannot be read."""
        try:
            return cls.model_validate(note)
        except ValidationError:
            return None


@dataclass(frozen=True, slots=True)
class Signatures:
    """What the signatures around a draft come to.

    `required`: by main's policy they decide. `distrust`: why its proof's does not count.
    `concerns_people`: it changes what is people's. `approved_by`: persons whose approvals count;
    `objections`: why others do not, a line each.
    """

    required: bool = False
    distrust: str | None = None
    concerns_people: bool = False
    approved_by: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()


def of_people(changed: Mapping[str, str]) -> tuple[str, ...]:
    """The changed paths that are people's, in order."""
    return tuple(path for path in sorted(changed) if path.startswith(PEOPLE_ONLY))
