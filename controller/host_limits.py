"""Bounds of what is done on other hosts: what, in which unit, and why so much."""

from __future__ import annotations

from typing import Final

HOST_NAME_CHARACTERS: Final = 253
"""A host's name: as long as a name in the DNS may be."""
HOST_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""A request to a host or its answer: an input and an observed state at their largest, twice."""
HOST_CONNECT_SECONDS: Final = 10
"""Seconds for a connection to a host: three retransmissions of a lost first segment."""
HOST_ALIVE_SECONDS: Final = 5
"""Seconds of silence after which ssh asks a host whether it is there."""
HOST_ALIVE_COUNT: Final = 3
"""Questions without an answer after which a host counts as out of reach: 15 s in all."""
HOST_ERRAND_SECONDS: Final = 60
"""Seconds for one request on a host: a gene's wall time, and two readings of a large host."""
HOST_LOOK_SECONDS: Final = 20
"""Seconds before a change on a host is to be verified in which no look at all hosts is begun:
one at 32 hosts takes some 13 s on two cores."""
HOST_SHIP_SECONDS: Final = 120
"""Seconds on top for a run of Ansible: the runtime's transfer over a slow line, once a host."""
HOST_RELAY_SECONDS: Final = 60
"""Seconds on top for a relayed run: a queue at the other end, and the stream there and back."""
HOST_RELAY_POLL_SECONDS: Final = 0.2
"""Seconds between two looks whether a relayed run must end."""
HOST_RELAY_END_SECONDS: Final = 10
"""Seconds that a relay's command has to end when asked, before it is killed."""
HOST_RETRY_FIRST_SECONDS: Final = 2.0
"""Seconds until a host that could not be reached is tried again; doubled each time."""
HOST_RETRY_MAX_SECONDS: Final = 300.0
"""Seconds at most between two tries: a host that was off overnight is found in five minutes."""
HOST_FORKS: Final = 16
"""Hosts that Ansible works on at a time: what ssh and Ansible cost is processor time here."""
HOST_CONFIRM_GRACE_SECONDS: Final = 120.0
"""Seconds beyond gene and window in which a host waits for its confirmation, by default."""
HOST_ENDED_KEPT: Final = 1_000
"""Ends of transactions that a host remembers, so that a repeated request finds its answer."""
HOST_SILENCE_CHARACTERS: Final = 400
"""Of what Ansible says about a host that failed, as much as fits a status."""
HOST_BATCH: Final = 16
"""Hosts on which one allele may wait for its diagnostics at a time: no more can suffer at once."""
HOST_FAILURES: Final = 2
"""Hosts on which an allele may fail before no other host is given it."""
CANARY_WINDOW_SECONDS: Final = 60.0
"""Seconds in which the first host of a fleet has a change to itself, which is undone in an instant:
what goes wrong at once has gone wrong by then (a lease renewed, a table aged, a peer retried)."""
CANARY_AWAY_SECONDS: Final = 600.0
"""Seconds that others wait for a canary which is out of reach before another takes its place: a
server with slow firmware has started again by then."""
CANARY_WINDOW_MAX_SECONDS: Final = 3_600.0
"""Seconds at most: the change is unconfirmed so long, and its timer armed."""
ROLLOUT_BATCHES: Final = (4, 16)
"""Hosts of a fleet that may have a change unconfirmed at a time, batch by batch; the last size is
repeated: a few while little is known, then as many as Ansible works on at a time."""
ROLLOUT_FAILURES: Final = 1
"""Hosts, healthy before, on which a change may fail before it is taken back from all of them."""
ROLLOUT_WATCH_SECONDS: Final = 300.0
"""Seconds between two looks at a changed host in its first hour: as long as switches take to forget
what they had learned (802.1D: 300 s)."""
ROLLOUT_WATCH_MIN_SECONDS: Final = 10.0
"""Seconds at least: a look at a fleet takes some five, and is not to be taken all the time."""
REVERT_SEARCH_COMMITS: Final = 100
"""Commits of main among which the one is looked for that brought a failed change."""
CANARY_CALLS: Final = 20
"""Calls of a gene that are answered side by side before it answers all: as many as tell a gene that
fails every seventh time from one that does not, nineteen times in twenty."""
