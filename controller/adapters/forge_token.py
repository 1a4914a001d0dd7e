"""The secrets of the forge: the token of the controller's account, the secret of its webhooks.

A systemd credential (systemd.exec(5)) of the name, else the environment; never the repository. What
is printed never holds one: `hidden_in` takes it out of whatever others say.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from controller.ports import Blocked

TOKEN: Final = "germline-forge-token"
WEBHOOK: Final = "germline-forge-webhook"
VARIABLES: Final = {TOKEN: "GERMLINE_FORGE_TOKEN", WEBHOOK: "GERMLINE_FORGE_WEBHOOK_SECRET"}
_USERS: Final = {"github": "x-access-token", "gitlab": "oauth2", "forgejo": "germline"}
"""Whom the forges want named beside a token over git's HTTP; Forgejo takes any name."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token for one kind of forge."""

    kind: str
    secret: str = field(repr=False)

    hint = (
        f"is the token right and not expired? It comes from the credential {TOKEN} or from "
        f"{VARIABLES[TOKEN]}"
    )

    def basic(self) -> str | None:
        """The value of git's `Authorization` header."""
        pair = f"{_USERS[self.kind]}:{self.secret}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def hidden_in(self, text: str) -> str:
        """A text without the secret."""
        return text.replace(self.secret, "[token]")


def read_secret(name: str) -> str | None:
    """A secret by its credential's name; None where nobody gave one. Raises `Blocked`."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is not None and (path := Path(folder) / name).exists():
        try:
            return path.read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise Blocked(f"the credential {name} cannot be read: {error}") from error
    return os.environ.get(VARIABLES[name], "").strip() or None


def require_token(kind: str) -> Token:
    """The token. Raises `Blocked` where there is none."""
    secret = read_secret(TOKEN)
    if secret is None:
        raise Blocked(
            "there is no token for the forge",
            f"set {VARIABLES[TOKEN]}, or `germline service install --credential "
            f"{TOKEN}=/absolute/path`",
        )
    return Token(kind, secret)
