"""Sampling: a gene that answers a system's demands is replaced call by call, not host by host.

Which calls are a canary is decided by their trigger, so any clone decides alike and no attempt
changes sides. A sampled call is answered by the new allele, and the former one is run beside it
with nothing of its own recorded; every other call is the former's until enough were compared.
Asked by `serve_systems`; what it finds is folded by `rollout`. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from controller.conductor.rollout import Rollout


def is_sampled(rollout: Rollout, trigger: str) -> bool:
    """True for a call of the share that the canary answers."""
    digest = hashlib.sha256(f"{rollout.id} {trigger}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < rollout.fraction * 2**64


def serving(
    rollout: Rollout | None, stack: tuple[str, ...], registered: Collection[str], trigger: str
) -> tuple[str, ...]:
    """Which alleles may answer a call, in their order. `stack` is what main expresses."""
    if rollout is None or not rollout.fraction or stack[:1] != (rollout.allele,):
        return stack
    if rollout.passed and rollout.failed is None:
        return stack
    others = tuple(sha for sha in stack[1:] if sha != rollout.former)
    former = (rollout.former,) if rollout.former in registered else ()
    if rollout.failed is None and is_sampled(rollout, trigger):
        return (rollout.allele, *former, *others)
    return (*former, *others) or stack


def beside(rollout: Rollout | None, allele: str) -> str | None:
    """The allele that is run beside a call of this one; None where nothing is compared."""
    if rollout is None or not rollout.fraction or rollout.passed or rollout.failed is not None:
        return None
    return rollout.former if allele == rollout.allele else None
