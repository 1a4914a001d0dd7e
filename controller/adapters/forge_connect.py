"""Connects to the forge that main names, and to another one when main names another.

Built in the wiring. The clients are an optional extra, imported where they are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from controller.adapters.forge_memory import ForgeMemory
from controller.adapters.forge_token import Token, require_token
from controller.adapters.git_remote import GitRemote
from controller.adapters.git_repository import GitRepository
from controller.config import ForgeConfig
from controller.ports import Blocked, Clock
from controller.ports.forge import Connection, Forge


class Client(Forge, Protocol):
    """A forge whose connection can be closed."""

    def close_connection(self) -> None:
        """Let its sockets go."""


class Connector:
    """Keeps one connection for as long as configuration and token stay the same."""

    def __init__(
        self,
        repository: GitRepository,
        configured: Callable[[], ForgeConfig | None],
        memory: ForgeMemory,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._configured = configured
        self._memory = memory
        self._clock = clock
        self._client: Client | None = None
        self._open: tuple[ForgeConfig, Token, Connection] | None = None

    def connect(self) -> Connection | None:
        """The forge; None where none is configured. Raises `Blocked` without token or client."""
        config = self._configured()
        if config is None:
            return None
        token = require_token(config.kind)
        if self._open is not None and self._open[:2] == (config, token):
            return self._open[2]
        self.close()
        self._client = forge(config, token, self._clock)
        remote = GitRemote(self._repository.git_directory, config.remote, config.url, token)
        connection = Connection(
            config.project,
            self._client,
            self._repository,
            remote,
            self._memory,
            self._clock,
            config.proofs,
            config.events,
        )
        self._open = config, token, connection
        return connection

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close_connection()
        self._client, self._open = None, None


def forge(config: ForgeConfig, token: Token, clock: Clock) -> Client:
    """The client for a kind of forge. Raises `Blocked` where it is not installed."""
    given = (config.url, config.project, token, clock)
    try:
        match config.kind:  # each is imported only where it is configured
            case "github":
                from controller.adapters.forge_github import GitHubForge  # noqa: PLC0415

                return GitHubForge(*given)
            case "gitlab":
                from controller.adapters.forge_gitlab import GitLabForge  # noqa: PLC0415

                return GitLabForge(*given)
            case "forgejo":
                from controller.adapters.forge_forgejo import ForgejoForge  # noqa: PLC0415

                return ForgejoForge(*given)
    except ModuleNotFoundError as error:
        raise Blocked(
            f"[forge] names {config.kind}, but {error.name} is not installed",
            "pip install 'germline[forge]'",
        ) from error
