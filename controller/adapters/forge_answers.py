"""What a forge's refusals mean, the same for every kind: try again later, or a person must act.

Called by the adapters of the forges. HTTP's statuses are read as RFC 9110 and the forges document
them: a used up rate is 429, or 403 with headers that say when it is full again.
"""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from controller import forge_limits
from controller.adapters.forge_token import Token
from controller.ports import Blocked, Unavailable


def refusal(
    status: int, said: str, headers: Mapping[str, str], token: Token, now: datetime
) -> Blocked | Unavailable:
    """The error for an answer of this status."""
    low = {name.lower(): value for name, value in headers.items()}
    line = " ".join(token.hidden_in(said).split())[: forge_limits.FORGE_REASON_CHARACTERS]
    told = f"the forge answered {status}: {line}" if line else f"the forge answered {status}"
    if status == 429 or (status == 403 and _used_up(low, line)):
        hint = "too many requests; the rest waits until the forge takes more"
        return Unavailable(told, hint, retry_after_s=_wait(low, now))
    if status == 401:
        return Blocked(told, token.hint)
    if status == 403:
        return Blocked(told, "what the token may do is not enough; see README.md, `On a forge`")
    if status == 404:
        return Blocked(told, "is `project` in [forge] right, and may the token see it?")
    if status >= 500 or status in (408, 425):
        return Unavailable(told, "it is tried again", retry_after_s=_wait(low, now))
    return Blocked(told, "see the pull request or the settings of the project there")


def silence(error: Exception, token: Token) -> Unavailable:
    """The error for no answer at all."""
    said = " ".join(token.hidden_in(str(error)).split())[: forge_limits.FORGE_REASON_CHARACTERS]
    return Unavailable(f"the forge does not answer: {said or type(error).__name__}")


def nonsense(error: Exception, token: Token) -> Unavailable:
    """The error for an answer that is not what the API documents, such as a proxy's page."""
    said = " ".join(token.hidden_in(str(error)).split())[:80]
    return Unavailable(
        f"the forge's answer makes no sense: {said or type(error).__name__}",
        "is `url` in [forge] the forge's, and no proxy in between?",
    )


def _used_up(headers: Mapping[str, str], said: str) -> bool:
    return (
        headers.get("x-ratelimit-remaining") == "0"
        or "retry-after" in headers
        or "rate limit" in said.lower()
    )


def _wait(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds: what `Retry-After` says, else when the rate is full again, else a first backoff.

    By the clock of whoever answered, if the answer has a `Date`.
    """
    with suppress(KeyError, ValueError):
        now = email.utils.parsedate_to_datetime(headers["date"])
    sources: list[Callable[[], float]] = [
        lambda: float(headers["retry-after"]),
        lambda: _until(email.utils.parsedate_to_datetime(headers["retry-after"]), now),
        lambda: float(headers["x-ratelimit-reset"]) - now.timestamp(),
        lambda: float(headers["ratelimit-reset"]) - now.timestamp(),
    ]
    for source in sources:
        try:
            return min(max(0.0, source()), forge_limits.FORGE_RESET_MAX_SECONDS)
        except (KeyError, ValueError):
            continue
    return forge_limits.FORGE_BACKOFF_FIRST_SECONDS


def _until(moment: datetime, now: datetime) -> float:
    return (moment - now) / timedelta(seconds=1)
