"""The systemd unit of a controller: text from a few choices. Written by `germline service install`.

Hardened as far as the work allows: genes are boxed in namespaces and a control group of their own,
so the service may make namespaces and has its control group delegated; worlds on this machine's
own kernel need network rights, which an ordinary user's service is not given. `systemd-analyze
security` judges the result (systemd.exec(5)).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller import service_limits as limits

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
ROOTS: Final = "root"

_ALWAYS: Final = """\
Delegate=cpu memory pids
NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
UMask=0077
SystemCallArchitectures=native
RestrictNamespaces=user mnt pid net ipc uts
"""
_ORDINARY: Final = """\
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectProc=invisible
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallFilter=@system-service @mount unshare setns seccomp
SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallFilter=~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
"""
_OF_ROOT: Final = """\
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_ADMIN CAP_SETUID CAP_SETGID CAP_DAC_OVERRIDE
CapabilityBoundingSet=CAP_KILL
SystemCallFilter=~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
"""
"""It announces addresses (packet(7)), and ends genes, which are other users' (kill(2))."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a unit is made of.

    `name` tells it from the units of other genomes; `program` is the command line's first words;
    `credentials` are (name, absolute path) of secrets that systemd hands in (systemd.exec(5),
    LoadCredential), such as `germline-master-key`.
    """

    name: str
    genome: Path
    program: tuple[str, ...]
    user: str
    credentials: tuple[tuple[str, Path], ...] = ()


def problem(choices: Choices) -> str | None:
    """What no unit can be made of."""
    if _NAME.fullmatch(choices.name) is None:
        return f"{choices.name} is no name for a unit: small letters, digits and dashes"
    named = (str(choices.genome), *choices.program, *(str(path) for _, path in choices.credentials))
    for text in named:
        if any(sign in text for sign in '%"\\\n'):
            return f"{text} has a character that a unit file reads otherwise"
    return None


def file_name(name: str) -> str:
    """`germline-NAME.service`."""
    return f"germline-{name}.service"


def unit_text(choices: Choices) -> str:
    """The unit file."""
    program = shlex.join([*choices.program, "-C", str(choices.genome), "controller"])
    socket = f"unix:/run/germline-{choices.name}/metrics.sock"
    lines = [
        "[Unit]",
        f"Description=Germline controller of {choices.genome}",
        "After=network-online.target",
        "Wants=network-online.target",
        f"StartLimitIntervalSec={limits.UNIT_RESTARTS_WITHIN_SECONDS}",
        f"StartLimitBurst={limits.UNIT_RESTARTS}",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={program} --listen {socket}",
        "ExecReload=/bin/kill -HUP $MAINPID",
        f"WatchdogSec={limits.UNIT_WATCHDOG_SECONDS}",
        "Restart=on-failure",
        f"RestartSec={limits.UNIT_RESTART_SECONDS}",
        f"TimeoutStopSec={limits.UNIT_STOP_SECONDS}",
        f"User={choices.user}",
        f"StateDirectory=germline-{choices.name}",
        "StateDirectoryMode=0700",
        f"RuntimeDirectory=germline-{choices.name}",
        f"ReadWritePaths={choices.genome}",
        *_home(choices),
        *(f"LoadCredential={name}:{path}" for name, path in choices.credentials),
        f"MemoryMax={limits.UNIT_MEMORY}",
        f"TasksMax={limits.UNIT_TASKS}",
        *_ALWAYS.splitlines(),
        *(_OF_ROOT if choices.user == ROOTS else _ORDINARY).splitlines(),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def _home(choices: Choices) -> list[str]:
    """People's homes are out of sight, unless the genome or the program lies in one.

    Git looks for its configuration in the user's home and does nothing if it may not look, so
    where homes are out of sight the state directory is home.
    """
    paths = (choices.genome, *(Path(word) for word in choices.program if word.startswith("/")))
    homes = (Path("/home"), Path("/root"), Path("/run/user"))
    if any(path.is_relative_to(home) for path in paths for home in homes):
        return ["ProtectHome=read-only"]
    return ["ProtectHome=yes", f"Environment=HOME=/var/lib/germline-{choices.name}"]
