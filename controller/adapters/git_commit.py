"""Makes commits, signed where their author has a key; no ref moves.

Called by whatever writes drafts and main. The signature is git's own (gpgsig, by an SSH key), so
that `git log --show-signature` and a forge verify it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pygit2

Sign = Callable[[bytes, str], str | None]
"""The armoured signature of a commit's bytes by an author, `Name <email>`; None without a key."""


def unsigned(data: bytes, author: str) -> None:
    """Nobody has a key."""


def write_commit(
    repository: pygit2.Repository,
    tree: pygit2.Oid,
    parents: Sequence[pygit2.Oid],
    message: str,
    author: pygit2.Signature,
    sign: Sign,
) -> pygit2.Oid:
    """Make the commit, its author being the committer too. Raises what `sign` raises."""
    data: object = repository.create_commit_string(author, author, message, tree, list(parents))
    assert isinstance(data, str)  # as documented; its stub says otherwise
    signature = sign(data.encode(), f"{author.name} <{author.email}>")
    if signature is None:
        return repository.create_commit(None, author, author, message, tree, list(parents))
    return repository.create_commit_with_signature(data, signature.rstrip("\n"))
