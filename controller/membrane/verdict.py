"""What may happen to a draft next: the law of main, as one pure function.

Nothing reaches main but a merge whose proof names exactly this tree and this base (law 2), and
by policy some of those wait for a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from controller.membrane.proof import Proof
from controller.membrane.signatures import Signatures

UNASKED = Signatures()
"""Nobody asks for signatures."""


@dataclass(frozen=True, slots=True)
class NeedsProof:
    """No proof, or one for another tree or base."""

    reason: str


@dataclass(frozen=True, slots=True)
class NeedsRebase:
    """Main has moved since the draft was cut: it must be written again on the new base."""

    base: str
    main: str


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Main has changed these files otherwise since, and people wrote on the draft: theirs to merge.

    Told by `stories/merge`, which can look.
    """

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obstructed:
    """It may be merged, and the forge does not let the controller: it is tried again all the same.

    Told by `stories/merge`, which knows of the last try.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A gate did not pass."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AwaitsPerson:
    """Proved; policy leaves the merge to a person; with `signature` it asks for theirs."""

    reason: str
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """Proved; something more urgent is open at what it touches."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A branch without a commit of its own so far: somebody is about to write on it."""


@dataclass(frozen=True, slots=True)
class Held:
    """Main itself is not what people signed for: nothing is merged into it."""

    reason: str


@dataclass(frozen=True, slots=True)
class MayMerge:
    """Proved, and the caller has the right to merge."""

    risk: str = field(default="", compare=False)


Judged = NeedsProof | NeedsRebase | Refused | Waits | Held | AwaitsPerson | MayMerge
Verdict = Judged | Conflicts | Obstructed | Unchanged


def needs_person(found: Verdict) -> bool:
    """True where nothing goes on unless a person acts."""
    return isinstance(found, AwaitsPerson | Conflicts | Obstructed)


def verdict(
    tree: str,
    base: str,
    main: str,
    proof: Proof | None,
    risk: str,
    right: str,
    held: str | None = None,
    signatures: Signatures = UNASKED,
    *,
    person: bool,
) -> Judged:
    """Judge a draft of `tree` cut from `base` while main is at `main`.

    `right` is what policy says for the draft's `risk`: `automatic` or `person`, and a gate may ask
    for a person as well; `person` is True when a person asks for the merge. `held` is what precedes
    it, which a person may overrule.
    Where `signatures` are required, a person's approval counts and their asking does not.
    """
    if base != main:
        return NeedsRebase(base, main)
    if proof is None:
        return NeedsProof("it has no proof")
    if not proof.covers(tree, base):
        return NeedsProof("its proof is for another tree or base")
    if signatures.distrust is not None:
        return NeedsProof(signatures.distrust)
    if not proof.passed:
        return Refused(proof.failures())
    if held is not None and not person:
        return Waits(held)
    if signatures.approved_by:
        return MayMerge(risk)
    reserved = proof.reservations()
    asked = right == "person" or bool(reserved)
    if signatures.required and (asked or signatures.concerns_people):
        return AwaitsPerson(_lacking(risk, reserved, signatures), signature=True)
    if asked and not person:
        return AwaitsPerson("; ".join(reserved) or f"policy leaves risk {risk} to a person")
    return MayMerge(risk)


def _lacking(risk: str, reserved: tuple[str, ...], signatures: Signatures) -> str:
    plain = "; ".join(reserved) or f"its risk is {risk}"
    why = "it changes what is people's" if signatures.concerns_people else plain
    return "; ".join((f"{why}: a person's signed approval is missing", *signatures.objections))
