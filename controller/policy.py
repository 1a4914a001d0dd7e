"""`policy/*.toml`: who may decide what, with every default.

Read from a commit's files as `germline.toml` is; what cannot be read leaves the machine no right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from controller.config import read_toml
from controller.membrane.performance import PerformancePolicy
from controller.membrane.radius import RadiusPolicy
from controller.membrane.signatures import NOBODY, SIGNING_PATH, SigningPolicy
from grammar.diagnostic import Diagnostic

POLICY_PATH = "policy/merge.toml"
GATES_PATH = "policy/gates.toml"

Right = Literal["automatic", "person"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Model):
    """`policy/merge.toml`: who may merge a proved draft, by the risk of what it changes.

    The defaults follow seed 003, section 9: new alleles of high and critical loci need approval.
    With `automatic_revert` the controller takes back by itself what failed on healthy hosts.
    """

    none: Right = "automatic"
    low: Right = "automatic"
    medium: Right = "automatic"
    high: Right = "person"
    critical: Right = "person"
    automatic_revert: bool = True

    def right(self, risk: str) -> Right:
        """Who merges a draft of this risk."""
        found: Right = getattr(self, risk)
        return found


class GatesPolicy(_Model):
    """`policy/gates.toml`: how far a draft may reach, and how much more work it may make."""

    blast_radius: RadiusPolicy = RadiusPolicy()
    performance: PerformancePolicy = PerformancePolicy()


def read_policy(files: Mapping[str, bytes]) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The merge policy; a policy that cannot be read leaves every merge to people."""
    policy, remarks = read_toml(files, POLICY_PATH, _MergeFile)
    if remarks:
        closed = Policy(none="person", low="person", medium="person", high="person")
        return closed.model_copy(update={"automatic_revert": False}), remarks
    return policy.merge, ()


def read_signing(files: Mapping[str, bytes]) -> tuple[SigningPolicy, tuple[Diagnostic, ...]]:
    """Whose signatures count; a policy that cannot be read asks for some and knows nobody."""
    policy, remarks = read_toml(files, SIGNING_PATH, _SigningFile)
    return (NOBODY if remarks else policy.signing), remarks


def read_gates(files: Mapping[str, bytes]) -> tuple[GatesPolicy, tuple[Diagnostic, ...]]:
    """What gates measure by; a policy that cannot be read leaves every reach to people."""
    policy, remarks = read_toml(files, GATES_PATH, GatesPolicy)
    if remarks:
        closed = RadiusPolicy(none=0, low=0, medium=0, high=0, critical=0, hosts=0)
        return GatesPolicy(blast_radius=closed), remarks
    return policy, ()


class _MergeFile(_Model):
    merge: Policy = Policy()


class _SigningFile(_Model):
    signing: SigningPolicy = SigningPolicy()
