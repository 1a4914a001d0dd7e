"""What this machine has of what Germline works with. Looks only; called by `germline doctor`."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from controller import service_limits as limits

State = Literal["well", "poor", "ill"]
"""As it should be; something goes without it; nothing goes until it is mended."""

_TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES: Final = 512
"""`struct timex` is 208 bytes on 64-bit Linux; the call writes no more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `mend` says what to do unless it is well."""

    name: str
    state: State
    told: str
    mend: str = ""


def programs() -> tuple[Finding, ...]:
    """Programs beside this one, and libraries that are extras."""
    return (
        _program("git", "ill", "people review and merge with it: apt-get install git"),
        _program("ip", "poor", "worlds in namespaces and demos need it: apt-get install iproute2"),
        _program("ping", "poor", "probes need it: apt-get install iputils-ping"),
        _program("ssh", "poor", "hosts are reached with it: apt-get install openssh-client"),
        _library("ansible_runner", "pip install 'germline[hosts]', if hosts are to be reached"),
        _library("psycopg", "pip install 'germline[postgres]', if projections are to lie there"),
    )


def kernel(missing: tuple[str, ...]) -> tuple[Finding, ...]:
    """The kernel, and what it does not give to genes' processes."""
    release = Finding("kernel", "well", f"{platform.system()} {platform.release()}")
    hint = "as root, or on a kernel that has it; genes are boxed without it all the same"
    return (release, *(Finding("sandbox", "poor", f"without {one}", hint) for one in missing))


def clock() -> Finding:
    """Whether somebody keeps the clock; events are ordered by it."""
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # modes 0: reads only
    if state == _TIME_ERROR:
        hint = "run chrony or systemd-timesyncd: an event from the future waits for its time"
        return Finding("clock", "poor", "nobody says that it is synchronised", hint)
    return Finding("clock", "well", "synchronised")


def disk(folder: Path) -> Finding:
    """Room for the log and for journals, which an operation waits for."""
    free = shutil.disk_usage(folder).free
    told = f"{free / 2**20:,.0f} MB free at {folder}"
    if free < limits.DISK_FREE_BYTES:
        return Finding("disk", "ill", told, "make room: nothing is done that cannot be journalled")
    return Finding("disk", "well", told)


def manager() -> Finding:
    """Who starts services here."""
    if Path("/run/systemd/system").exists():
        return Finding("systemd", "well", "runs; `germline service install` makes a service")
    return Finding("systemd", "poor", "does not run here", "start `germline controller` otherwise")


def person(name: str | None, email: str | None) -> Finding:
    """Who commits and pauses: git's own configuration."""
    if name and email:
        return Finding("git identity", "well", f"{name} <{email}>")
    hint = "git config --global user.name and user.email: events say who acted"
    return Finding("git identity", "poor", "git does not know your name", hint)


def rights() -> Finding:
    """What worlds this user can act on."""
    if os.geteuid() == 0:
        return Finding("rights", "well", "root: namespaces of this kernel can be worlds")
    return Finding("rights", "well", "an ordinary user: simulated worlds and hosts over SSH")


def _program(name: str, without: State, hint: str) -> Finding:
    place = shutil.which(name)
    if place is None:
        return Finding(name, without, "is not installed", hint)
    return Finding(name, "well", _version(name) or place)


def _version(name: str) -> str:
    if name != "git":
        return ""
    asked = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _library(name: str, hint: str) -> Finding:
    if find_spec(name) is None:
        return Finding(name, "poor", "is not installed", hint)
    return Finding(name, "well", "installed")
