"""Every number that bounds a twin: name, unit, default and reason. `limits` has the others."""

from __future__ import annotations

from typing import Final

TWIN_MEMORY: Final = "256M"
"""Of a twin's kernel: an interpreter's 60 MB, and some hundred small namespaces."""
TWIN_BOOT_SECONDS: Final = 60.0
"""From start to readiness, by the wall clock: two seconds on an idle machine."""
TWIN_ANSWER_SECONDS: Final = 120.0
"""One request, by the wall clock: a day of virtual time with traffic takes some ten seconds."""
TWIN_POLL_SECONDS: Final = 0.05
"""Between two looks whether a kernel that was started has died."""
TWIN_LISTEN_SECONDS: Final = 0.001
"""Virtual time that may pass before a twin notices a request."""
TWIN_SLACK_SECONDS: Final = 0.01
"""Virtual time that a twin may take without asking: a tick, so that it seldom asks."""
TWIN_TRAFFIC_SECONDS: Final = 1.0
"""Virtual time between two rounds of what a twin's peers say: as often as in a simulated world."""
TWIN_TRAFFIC_ROUNDS: Final = 300
"""Rounds of it however long the time: one a second for five minutes, one in five for a day."""
TWIN_CANDIDATES: Final = 4
"""Found candidates that are tried on the twin, the best first: each takes a second or two."""
FLAP_SECONDS: Final = 5.0
"""A link that flaps in an ordeal is down for so long, and then has time to forward again."""
TWIN_READ_BYTES: Final = 64 * 1024
"""Read from a twin's serial line at a time."""
TWIN_LAST_WORDS_CHARACTERS: Final = 600
"""Of a twin's console, told when it dies: the reason is in the lines before its stack."""
