"""Approvals in git: each is a blob under a ref of its own, named by the commit and by itself.

Called by the notary. One ref for each, so that two people who approve at the same time, in two
clones, never meet: `git push` and `git fetch` of `refs/germline/approvals/*` bring them together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Final

import pygit2
import rfc8785

from controller import signing_limits as limits
from controller.adapters.git_refs import move, tip
from controller.domains.world import JsonObject

APPROVALS: Final = "refs/germline/approvals/"


def keep(repository: pygit2.Repository, commit: pygit2.Oid, approval: JsonObject) -> str:
    """Keep an approval of a commit; the ref. Keeping it twice does nothing."""
    content = rfc8785.dumps(approval) + b"\n"
    ref = f"{APPROVALS}{commit}/{hashlib.sha256(content).hexdigest()[:16]}"
    if tip(repository, ref) is None:
        move(repository, ref, None, repository.create_blob(content), "approve")
    return ref


def kept(repository: pygit2.Repository, commit: str = "") -> tuple[JsonObject, ...]:
    """The approvals of a commit, or of all; what is no JSON object is left out."""
    prefix = f"{APPROVALS}{commit}/" if commit else APPROVALS
    refs = sorted(ref for ref in repository.references if ref.startswith(prefix))
    bound = limits.APPROVALS if commit else len(refs)
    return tuple(_read(repository, refs[:bound]))


def _read(repository: pygit2.Repository, refs: list[str]) -> Iterator[JsonObject]:
    for ref in refs:
        at = tip(repository, ref)
        blob: object = None if at is None else repository.get(at)
        if not isinstance(blob, pygit2.Blob) or blob.size > limits.APPROVAL_BYTES:
            continue
        try:
            found = json.loads(blob.data)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
