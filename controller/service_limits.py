"""Bounds of the service: its unit, its endpoint, what it asks of the machine. See limits.py."""

from __future__ import annotations

from typing import Final

UNIT_WATCHDOG_SECONDS: Final = 60
"""A service that says nothing for so long is killed: a gene, a probe, a rehearsal take less."""
UNIT_RESTART_SECONDS: Final = 1
"""Before a service that died is started again."""
UNIT_RESTARTS: Final = 10
"""Starts, in so many seconds, after which systemd gives up and somebody has to look."""
UNIT_RESTARTS_WITHIN_SECONDS: Final = 300
"""See `UNIT_RESTARTS`."""
UNIT_STOP_SECONDS: Final = 5
"""For a clean end; killed then, which costs a repeated pass."""
UNIT_MEMORY: Final = "1G"
"""A controller of a million events takes 170 MB, all its genes together 512 MB at most: their own
group's bound is to be met first, or the kernel might choose the controller."""
UNIT_TASKS: Final = 256
"""Its threads, the genes' processes, the agents."""
NOTIFY_SECONDS: Final = 0.5
"""For a service manager to take a message; its queue is full where it hangs itself."""
HEALTH_SILENCE_SECONDS: Final = 90.0
"""A loop that has not moved for so long hangs: three times what it may rest."""
ENDPOINT_REQUEST_SECONDS: Final = 2.0
"""For one request of metrics to be sent; they are answered one after another."""
DISK_FREE_BYTES: Final = 64 * 1024 * 1024
"""Less room than a day's log of a busy genome, some 60 bytes an event, needs."""
LAST_PASS_SECONDS: Final = 5.0
"""Between two writings of a pass that met what the one before met: `status` may be that old."""
STATUS_ROWS: Final = 10
"""Lines of each section of `germline status`, so that all of it is one screen."""
