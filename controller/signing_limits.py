"""What bounds signing and verifying: names, units, reasons, as in `limits`."""

from __future__ import annotations

from typing import Final

SIGN_SECONDS: Final = 10.0
"""A signature by a key file or an agent that asks nobody; it takes some ten milliseconds."""
PERSON_SIGN_SECONDS: Final = 120.0
"""A signature for which a person types a passphrase or touches a token."""
VERIFY_SECONDS: Final = 10.0
"""One verification; it takes some ten milliseconds."""
SIGNATURE_CHARACTERS: Final = 16_384
"""An armoured signature: one by RSA with 16,384 bits and a certificate is half of it."""
SIGNERS_BYTES: Final = 1024 * 1024
"""`policy/allowed_signers`: thousands of keys."""
PRINCIPALS: Final = 8
"""Names of one key that are tried: a key has one or two."""
APPROVALS: Final = 64
"""Approvals of one commit that are looked at: more reviewers than a change ever has."""
APPROVALS_FETCHED: Final = 64
"""Approvals fetched in one look at a forge; the rest comes with the next."""
APPROVAL_BYTES: Final = 65_536
"""An approval: a signature and three names."""
VOUCH_COMMITS: Final = 1000
"""Commits of main between two looks that are held against its signers: a week of a busy team.
More wait for a person's signature on top."""
DRAFT_COMMITS: Final = 200
"""Commits of a person's draft that are held against the signers: more is no draft to review."""
