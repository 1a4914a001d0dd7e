"""What bounds the exchange with a forge: names, units, reasons, as in `limits`."""

from __future__ import annotations

from typing import Final

FORGE_POLL_SECONDS: Final = 60.0
"""Between two looks at the forge without a webhook: a person's merge is noticed within a minute,
and an hour costs some 120 of GitHub's 5,000 requests."""
FORGE_JITTER: Final = 0.2
"""Share by which that wait varies, so that many controllers do not ask at once."""
FORGE_BACKOFF_FIRST_SECONDS: Final = 10.0
"""After a first failure; it doubles with every other one."""
FORGE_BACKOFF_MAX_SECONDS: Final = 900.0
"""The longest wait for a forge that is down: a quarter of an hour."""
FORGE_RESET_MAX_SECONDS: Final = 7200.0
"""The longest wait that a forge may ask for: rates are counted by the hour."""
FORGE_REQUEST_SECONDS: Final = 20
"""One request to its API; ordinary ones take half a second."""
FORGE_GIT_SECONDS: Final = 60.0
"""One fetch or push: commits of text, but perhaps over a slow line."""
FORGE_PAGES: Final = 50
"""Pages of a hundred of one listing: five thousand open pull requests are somebody's mistake."""
FORGE_REASON_CHARACTERS: Final = 300
"""What a forge says when it refuses: a line that a person reads."""
FORGE_BODY_CHARACTERS: Final = 60_000
"""A pull request's text; GitHub and Forgejo take 65,536."""
FORGE_CHECK_CHARACTERS: Final = 140
"""A status' line: what GitHub takes, which takes the least."""
FORGE_ALLELE_LINES: Final = 60
"""Lines of a change of an allele that a pull request shows; the forge shows all of them."""
FORGE_TRIES: Final = 8
"""Failures in a row after which the wait no longer doubles: it is the longest by then."""
WEBHOOK_BYTES: Final = 25 * 1024 * 1024
"""A webhook's body: the most that GitHub sends."""
WEBHOOK_AGE_SECONDS: Final = 300.0
"""How old a signed webhook with a time may be: five minutes, as Standard Webhooks advises."""
