"""Signs for whoever has a key, and tells who has signed: answers `ports.signing.Notary`.

Built in the wiring, for one repository; it uses ssh-keygen for keys and libgit2 for commits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from controller.adapters import git_approvals, ssh_keygen
from controller.adapters.git_locks import WriterLock
from controller.adapters.git_open import open_repository
from controller.adapters.signing_keys import key_of
from controller.adapters.ssh_keygen import Key
from controller.config import IdentityConfig
from controller.domains.world import JsonObject
from controller.membrane.signatures import COMMITS, Signature
from controller.ports import Blocked, Clock
from controller.ports.signing import Sealed


class GitNotary:
    """One object serves one thread."""

    def __init__(self, gitdir: Path, identity: Callable[[], IdentityConfig], clock: Clock) -> None:
        """`identity` says where keys are, as main has it now."""
        self._repository = open_repository(gitdir)
        self._lock = WriterLock(gitdir)
        self._identity = identity
        self._clock = clock

    def key(self, author: str) -> Key | None:
        """The key of an author, if there is one. Raises `Blocked`."""
        return key_of(author, self._identity(), self._repository)

    def sign(self, data: bytes, namespace: str, author: str) -> str | None:
        """See `ports.signing.Notary`."""
        key = self.key(author)
        return None if key is None else ssh_keygen.sign(data, namespace, key)

    def sign_commit(self, data: bytes, author: str) -> str | None:
        """The signature of a commit that is about to be made."""
        return self.sign(data, COMMITS, author)

    def verify(
        self,
        data: bytes,
        signature: str | None,
        namespace: str,
        signers: bytes,
        at: datetime | None = None,
    ) -> Signature:
        """See `ports.signing.Notary`."""
        return ssh_keygen.verify(data, signature, namespace, signers, at or self._clock.now())

    def sealed(self, commit: str) -> Sealed:
        """See `ports.signing.Notary`."""
        found: object = self._repository.get(commit)
        if not isinstance(found, pygit2.Commit):
            raise Blocked(f"there is no commit {commit!r} here", "fetch it, or see `git log --all`")
        signature, data = found.gpg_signature
        return Sealed(
            commit=commit,
            tree=str(found.tree_id),
            parents=tuple(str(parent) for parent in found.parent_ids),
            message=found.message,
            author=f"{found.author.name} <{found.author.email}>",
            at=datetime.fromtimestamp(found.commit_time, UTC),
            data=data or b"",
            signature=None if signature is None else signature.decode("ascii", "replace"),
        )

    def approvals(self, commit: str = "") -> Sequence[JsonObject]:
        """See `ports.signing.Notary`."""
        return git_approvals.kept(self._repository, commit)

    def keep_approval(self, commit: str, approval: JsonObject) -> str:
        """See `ports.signing.Notary`."""
        with self._lock.held():
            return git_approvals.keep(self._repository, pygit2.Oid(hex=commit), approval)
