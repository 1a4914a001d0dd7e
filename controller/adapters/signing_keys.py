"""Which key signs for whom: the controller's, the agents', and the person's at the keyboard.

Called by the notary. The controller's key is a systemd credential (systemd.exec(5)) or the file
that `[identity]` of germline.toml names; a person's is git's own setting, `user.signingkey`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pygit2

from controller.adapters.git_open import GERMLINE
from controller.adapters.ssh_keygen import Key
from controller.config import IdentityConfig
from controller.membrane.draft import AGENT, AGENTS
from controller.ports import Blocked

CREDENTIAL: Final = "germline-signing-key"
AGENTS_CREDENTIAL: Final = "germline-agents-signing-key"
_LITERAL: Final = ("key::", "ssh-", "ecdsa-", "sk-")


def key_of(author: str, identity: IdentityConfig, repository: pygit2.Repository) -> Key | None:
    """The key of an author, `Name <email>`. Raises `Blocked` for one that is not there."""
    controller = _named(CREDENTIAL, identity.controller)
    if author == AGENTS:
        return _named(AGENTS_CREDENTIAL, identity.agents) or controller
    if author in (AGENT, GERMLINE):
        return controller
    return _persons(repository)


def _named(credential: str, configured: str | None) -> Key | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is not None and (path := Path(folder) / credential).exists():
        return Key(path)
    if configured is None:
        return None
    path = Path(configured)
    if not path.exists():
        raise Blocked(
            f"[identity] of germline.toml names {path}, which is not there",
            f"make it: ssh-keygen -t ed25519 -N '' -f {path}; or hand in the credential "
            f"{credential}",
        )
    return Key(path)


def _persons(repository: pygit2.Repository) -> Key | None:
    """What `git commit -S` would sign with."""
    settings = repository.config
    if "user.signingkey" not in settings or "gpg.format" not in settings:
        return None
    form, named = settings["gpg.format"], settings["user.signingkey"]
    if form != "ssh" or not named:
        return None
    if named.startswith(_LITERAL):
        raise Blocked(
            "user.signingkey holds a public key itself",
            "name a file instead: git config user.signingkey ~/.ssh/id_ed25519.pub",
        )
    return Key(Path(named).expanduser(), asks=True)
