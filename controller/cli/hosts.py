"""What `status` tells of hosts that are in trouble."""

from __future__ import annotations

from controller.adapters.host_troubles import HostTroubles
from controller.domains.world import JsonObject
from controller.history.event import rfc3339
from controller.wiring import Organism


def hosts_told(opened: Organism) -> list[JsonObject]:
    """The hosts that could not be worked on, for programs."""
    found = HostTroubles(opened.gitdir / "germline").read()
    return [
        {
            "host": name,
            "trouble": one.reason,
            "hint": one.hint or None,
            "failures": one.failures,
            "next_try": None if one.until is None else rfc3339(one.until),
        }
        for name, one in sorted(found.items())
    ]


def host_line(told: JsonObject) -> str:
    """One of them, for people."""
    tries = f"tries that failed: {told['failures']}, the next at {told['next_try']}"
    waits = tries if told["next_try"] else f"Hint: {told['hint']}"
    return f"{told['host']}: {told['trouble']}; {waits}"
