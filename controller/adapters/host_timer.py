"""Answers `ports.CommitTimer`: what undoes an unconfirmed transaction when its controller cannot.

Where systemd runs it is a transient timer (systemd-run(1)) for each transaction; elsewhere it is
one process a clone that watches all deadlines, in a session of its own, started when there is
none. Both run `controller.rescue`. The simulated world needs neither: it is a file that nobody
but the controller looks at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from controller import limits
from controller.adapters.transaction_journal import TransactionJournal
from controller.ports import Unavailable

_SYSTEMD: Final = Path("/run/systemd/system")
"""There if systemd is the init system (sd_booted(3))."""
_RESCUE: Final = "controller.rescue"


class HostTimer:
    """The timer of one journal. `program` is what undoes, given the journal's directory."""

    def __init__(
        self,
        journal: TransactionJournal,
        program: Sequence[str] = (sys.executable, "-m", _RESCUE),
    ) -> None:
        self._journal = journal
        self._program = tuple(program)
        self._state = journal.directory.parent.absolute()

    def arm(self, transaction: str, world: str, confirm_within_s: float) -> None:
        """Return when something else than this process will undo it in time.

        Raises `Unavailable` if nothing would. A host that genes are sent to has its own timer.
        """
        if world == "simulated" or world.startswith("host:") or self._watched():
            return
        if _booted_by_systemd() and self._schedule(transaction, confirm_within_s):
            return
        self._start_watchdog()

    def disarm(self, transaction: str) -> None:
        """Stop a transient timer. A watchdog sees by itself that there is nothing to do."""
        if _booted_by_systemd():
            _run("systemctl", "stop", f"{_unit(transaction)}.timer")

    def _watched(self) -> bool:
        with self._journal.watching() as ours:
            return not ours

    def _schedule(self, transaction: str, confirm_within_s: float) -> bool:
        settings = {
            "Restart": "on-failure",
            "RestartSec": "5s",
            "StartLimitIntervalSec": f"{limits.WATCHDOG_PATIENCE_SECONDS:g}s",
            "StartLimitBurst": "100",
        }
        return _run(
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit={_unit(transaction)}",
            f"--on-active={confirm_within_s:g}s",
            "--timer-property=AccuracySec=1s",
            *(f"--property={name}={value}" for name, value in settings.items()),
            *self._command(),
        )

    def _start_watchdog(self) -> None:
        if not _run(*self._command(), "--watch") or not self._watched():
            raise Unavailable(
                "no process could be started that would undo the change if nobody confirmed it",
                f"`{' '.join(self._command())} --watch` tells why",
            )

    def _command(self) -> tuple[str, ...]:
        return *self._program, str(self._state)


def _booted_by_systemd() -> bool:
    return _SYSTEMD.is_dir() and shutil.which("systemd-run") is not None


def _unit(transaction: str) -> str:
    return f"germline-undo-{transaction}"


def _run(*command: str) -> bool:
    """True if a command ended well, in time."""
    try:
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
            timeout=limits.WATCHDOG_START_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
