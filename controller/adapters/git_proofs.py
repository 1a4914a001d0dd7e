"""Proofs in git: a note on the commit that is proved, in canonical JSON.

Called by the repository. `git notes --ref=germline/proofs show COMMIT` reads them anywhere.
"""

from __future__ import annotations

import json
from typing import Final

import pygit2
import rfc8785

from controller.adapters.git_refs import attempts
from controller.domains.world import JsonObject
from controller.limits import REF_LOCK_ATTEMPTS
from controller.ports import Blocked, Corrupt, Unavailable

PROOFS: Final = "refs/notes/germline/proofs"


def read(repository: pygit2.Repository, commit: pygit2.Oid) -> JsonObject | None:
    """The proof on a commit, if there is one. Raises `Corrupt` if it is not a JSON object."""
    text = _note(repository, commit)
    if text is None:
        return None
    try:
        proof = json.loads(text)
    except ValueError:
        proof = None
    if not isinstance(proof, dict):
        raise Corrupt(
            f"the proof of {commit} is not a JSON object",
            f"remove it (`git notes --ref=germline/proofs remove {commit}`) and prove again",
        )
    return proof


def write(
    repository: pygit2.Repository,
    commit: pygit2.Oid,
    proof: JsonObject,
    author: pygit2.Signature,
) -> None:
    """Write or replace the proof of a commit.

    libgit2 compares and swaps the notes' ref against the tip it read; who loses tries again.
    Raises `Blocked` for what has no canonical JSON, `Unavailable` if the ref stays locked.
    """
    try:
        text = rfc8785.dumps(proof).decode() + "\n"
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Blocked(f"a proof cannot be written: {error}") from error
    for _ in attempts(REF_LOCK_ATTEMPTS):
        if _note(repository, commit) == text:
            return
        try:
            repository.create_note(text, author, author, str(commit), PROOFS, True)
        except (pygit2.GitError, OSError) as error:
            failure = error
        else:
            return
    raise Unavailable(
        f"the proof of {commit} could not be written: {failure}", retry_after_s=1.0
    ) from failure


def _note(repository: pygit2.Repository, commit: pygit2.Oid) -> str | None:
    try:
        return repository.lookup_note(str(commit), PROOFS).message
    except KeyError:
        return None
