"""What the core asks of keys and of what is signed: the `Notary`.

`adapters/git_notary` answers with stock ssh-keygen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.domains.world import JsonObject
from controller.membrane.signatures import Signature


@dataclass(frozen=True, slots=True)
class Sealed:
    """A commit as it is signed: `data` without its `signature` (None: it has none).

    `at` is when its committer says that it was made.
    """

    commit: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: str
    at: datetime
    data: bytes
    signature: str | None


class Notary(Protocol):
    """Signs, and tells who has signed."""

    def sign(self, data: bytes, namespace: str, author: str) -> str | None:
        """An armoured signature by the key of an author (`Name <email>`); None without a key.

        Raises `Blocked` or `Unavailable` if there is a key and it does not sign.
        """

    def verify(
        self,
        data: bytes,
        signature: str | None,
        namespace: str,
        signers: bytes,
        at: datetime | None = None,
    ) -> Signature:
        """Whom a signature speaks for by `signers`, the text of an allowed_signers file.

        `at` is the moment at which its key must be valid; None is now. Raises `Unavailable`.
        """

    def sealed(self, commit: str) -> Sealed:
        """A commit with its signature. Raises `Blocked` without such a commit."""

    def approvals(self, commit: str = "") -> Sequence[JsonObject]:
        """What is kept as approvals of a commit, or of all; nobody has verified them."""

    def keep_approval(self, commit: str, approval: JsonObject) -> str:
        """Keep an approval of a commit; the ref that it is kept under."""
