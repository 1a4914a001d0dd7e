"""`germline.toml` and `policy/merge.toml`: what people may set, with every default.

Both are read from the commit of main that a pass works on, so that a change of configuration is
a commit like any other.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
)

from controller import limits
from controller.arena.fitness import Weights
from controller.arena.selection import Thresholds
from controller.genome.surroundings import threshold
from grammar.diagnostic import Diagnostic, Severity
from grammar.source import Span

CONFIG_PATH = "germline.toml"
POLICY_PATH = "policy/merge.toml"

Right = Literal["automatic", "person"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocusConfig(_Model):
    """What is tuned for one locus."""

    weights: Weights = Weights()


class WorldConfig(_Model):
    """One world that genes act on.

    `phenotype` is expressed there. `state` (for `simulated`) is a file of the repository with
    the world's first state. `vantages` (for `netns:NAME`) are other namespaces from which
    diagnostics may look, by name; `roles` says what each is: `switch` or `peer`.
    """

    phenotype: str
    state: str | None = None
    vantages: dict[str, str] = {}
    roles: dict[str, Literal["switch", "peer"]] = {}


class SearchConfig(_Model):
    """The search engine. `seed` makes its choices repeatable."""

    seed: int = 0
    max_candidates: int = Field(default=limits.SEARCH_CANDIDATES, ge=1)
    max_generations: int = Field(default=limits.SEARCH_GENERATIONS, ge=1)
    beam: int = Field(default=limits.SEARCH_BEAM, ge=1)


class VaultConfig(_Model):
    """Where the keys of subjects are: an absolute path outside the working tree."""

    directory: str | None = None


class Config(_Model):
    """`germline.toml`. `thresholds` are those that systems name and do not declare themselves."""

    selection: Thresholds = Thresholds()
    weights: Weights = Weights()
    loci: dict[str, LocusConfig] = {}
    search: SearchConfig = SearchConfig()
    worlds: dict[str, WorldConfig] = {}
    vault: VaultConfig = VaultConfig()
    thresholds: dict[str, StrictInt | StrictFloat | StrictStr] = {}

    @field_validator("thresholds")
    @classmethod
    def _are_constants(cls, given: dict[str, int | float | str]) -> dict[str, int | float | str]:
        for name, value in given.items():
            if threshold(name, value) is None:
                raise ValueError(
                    f"`{name}` is no name, or `{value}` no number, `20%`, `30s` or `$5`"
                )
        return given

    def weights_of(self, locus: str) -> Weights:
        """The weights of a locus, or the general ones."""
        return self.loci[locus].weights if locus in self.loci else self.weights


class Policy(_Model):
    """`policy/merge.toml`: who may merge a proved draft, by the risk of what it changes.

    The defaults follow seed 003, section 9: new alleles of high and critical loci need approval.
    """

    none: Right = "automatic"
    low: Right = "automatic"
    medium: Right = "automatic"
    high: Right = "person"
    critical: Right = "person"

    def right(self, risk: str) -> Right:
        """Who merges a draft of this risk."""
        found: Right = getattr(self, risk)
        return found


def read_config(files: Mapping[str, bytes]) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The configuration in a commit's files; defaults, and a remark, where it cannot be read."""
    return _read(files, CONFIG_PATH, Config)


def read_policy(files: Mapping[str, bytes]) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The merge policy; a policy that cannot be read leaves every merge to people."""
    policy, remarks = _read(files, POLICY_PATH, _MergeFile)
    if remarks:
        closed = Policy(none="person", low="person", medium="person", high="person")
        return closed, remarks
    return policy.merge, ()


class _MergeFile(_Model):
    merge: Policy = Policy()


Model = TypeVar("Model", Config, _MergeFile)


def _read(
    files: Mapping[str, bytes], path: str, model: type[Model]
) -> tuple[Model, tuple[Diagnostic, ...]]:
    if path not in files:
        return model(), ()
    try:
        return model.model_validate(tomllib.loads(files[path].decode())), ()
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        return model(), (_remark(path, str(wrong)),)
    except ValidationError as wrong:
        return model(), tuple(
            _remark(path, f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}")
            for error in wrong.errors()
        )


def _remark(path: str, message: str) -> Diagnostic:
    hint = "README.md lists the settings and their defaults"
    return Diagnostic("GN-E010", Severity.ERROR, message, Span(path, 1, 1, 1, 1), "", hint)
