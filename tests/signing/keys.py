"""Real keys, made by ssh-keygen in a test's own directory, and the lines that allow them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key's file and what stands in a line of allowed_signers."""

    path: Path
    principal: str

    @property
    def public(self) -> str:
        """`type base64`."""
        return " ".join(Path(f"{self.path}.pub").read_text().split()[:2])

    def line(self, options: str = "") -> str:
        """A line of allowed_signers with these options."""
        return " ".join(filter(None, (self.principal, options, self.public))) + "\n"


def make_key(at: Path, name: str, *options: str) -> Pair:
    """A new key pair `at/name` of the principal `name@example.org`."""
    at.mkdir(parents=True, exist_ok=True)
    kind = options or ("-t", "ed25519", "-N", "")
    subprocess.run(
        ["ssh-keygen", "-q", *kind, "-C", name, "-f", str(at / name)],
        check=True,
        capture_output=True,
    )
    return Pair(at / name, f"{name}@example.org")


COMMITTING = 'namespaces="git,germline-proof"'
"""What the controller's key may do."""
DECIDING = 'namespaces="git,germline-approval"'
"""What a person's key may do."""
