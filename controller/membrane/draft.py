"""How a machine's proposal is written: the branch's name, the message, its trailers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "draft/"
AGENT = "germline controller <controller@germline.invalid>"
"""Who writes drafts and merges; `.invalid` can be nobody's address (RFC 2606)."""

AGENTS = "germline agent <agent@germline.invalid>"
"""Who writes the drafts that agents offer."""

PEOPLE_ONLY = ("contracts/", "systems/", "policy/", "hosts/", "germline.toml")
"""What no draft of a machine may touch (law 1), its own bounds included."""

REVERTS, AGAINST = "Reverts", "Against"
"""Trailers of a draft that takes a commit of main back: that, and the allele that it brought."""

MAX_SLUG = 60
"""Characters of a branch name after its kind: readable in a list."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft before it is a branch.

    `changes` maps paths to new contents, None where a file goes. `about` goes into trailers, so
    that the draft can be understood from git alone: the locus, phenotype, allele, and the event
    that caused it.
    """

    kind: str
    slug: str
    title: str
    body: str
    changes: Mapping[str, bytes | None]
    about: Mapping[str, str]

    @property
    def branch(self) -> str:
        """`draft/<kind>/<slug>`."""
        return branch_of(self.kind, self.slug)

    @property
    def message(self) -> str:
        """The commit message: title, body, trailers."""
        trailers = "\n".join(f"Germline-{key}: {value}" for key, value in self.about.items())
        return f"{self.title}\n\n{self.body.strip()}\n\n{trailers}\n"


def trailer(trailers: Mapping[str, str], key: str) -> str | None:
    """What a draft's trailers say about `key` (`Locus`, `Phenotype`, `Allele`, `Cause` …)."""
    return trailers.get(f"Germline-{key}")


def trailers_of(message: str) -> dict[str, str]:
    """Our own trailers in a commit's message; of a repeated one the last."""
    lines = (line.partition(": ") for line in message.splitlines() if line.startswith("Germline-"))
    return {key: value for key, colon, value in lines if colon}


def branch_of(kind: str, slug: str) -> str:
    """`draft/<kind>/<slug>`, with nothing in it that a branch cannot have."""
    return f"{PREFIX}{kind}/{_slug(slug)}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:MAX_SLUG]
