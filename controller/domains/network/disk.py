"""The files of a host that outlive a reboot: profiles and leases, read and written.

`netlink` has one for its host. Which directories they are is decided by whoever makes the kernel:
the machine's own for a host, those of ip-netns(8) for a namespace, a temporary one for a lab. A
profile is replaced atomically, durably and readable by root alone; NetworkManager ignores any
other (nm-settings-keyfile(5)).
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller import profile_limits
from controller.domains.network.keyfile import Malformed, file_name, parse
from controller.domains.network.keyfile_writing import render
from controller.domains.network.lease import Lease, by_interface, from_dhclient, from_settings
from controller.domains.network.profile import Profile
from controller.domains.world import Json, JsonObject, OperationRefused

SYSTEM_CONNECTIONS: Final = "NetworkManager/system-connections"
LEASES: Final = (
    Path("/run/systemd/netif/leases"),
    Path("/var/lib/NetworkManager"),
    Path("/var/lib/dhcp"),
    Path("/var/lib/dhclient"),
)
"""Where systemd-networkd, NetworkManager and dhclient (Debian, Fedora) keep what they were lent."""
_MODE: Final = 0o600
_DIRECTORY_MODE: Final = 0o700
_NETWORKMANAGERS: Final = re.compile(r"internal-[0-9a-f-]{36}-(.+)\.lease")
"""A lease of its own DHCP client: the uuid of the profile, the interface."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Where one host keeps its profiles and leases.

    `made` says that the directory of profiles is made when one is written; without it, a host that
    has none has no NetworkManager either, and writing is refused. `reload` tells NetworkManager.
    """

    profiles: Path
    leases: tuple[Path, ...] = ()
    made: bool = False
    reload: Callable[[], None] | None = None

    def known(self) -> tuple[Profile, ...]:
        """The profiles that can be read; others are none for NetworkManager either."""
        return tuple(one for path in self._files() if (one := _profile(path)) is not None)

    def lent(self, links: Mapping[int, str]) -> tuple[Lease, ...]:
        """The leases of the interfaces, by index and name, as the clients wrote them down."""
        found = [one for path in self._lease_files() for one in _leases(path, links)]
        present = tuple(one for one in found if one.interface in links.values())
        return tuple(by_interface(present).values())

    def write(self, profile: Profile) -> None:
        """Write a profile over the file of its id. Raises `OperationRefused`."""
        path = self.path(profile.id)
        try:
            former = path.read_bytes() if path.exists() else None
            data = render(profile, former)
        except Malformed as wrong:
            raise OperationRefused(f"{path} cannot be read: {wrong}; {wrong.hint}") from wrong
        self._replace(path, data)

    def remove(self, profile_id: str) -> None:
        """Remove the file of a profile."""
        self._replace(self.path(profile_id), None)

    def bytes_of(self, profile_id: str) -> Json:
        """What is in the file of an id, as JSON that keeps every byte; None if there is none."""
        path = self.path(profile_id)
        if not path.exists():
            return None
        return packed(path.name, path.read_bytes())

    def put(self, kept: Json) -> None:
        """Let a file be again what `bytes_of` said."""
        name, data = unpacked(kept)
        self._replace(self.profiles / Path(name).name, data)

    def path(self, profile_id: str) -> Path:
        """The file of an id: the one that says so, or one with a name made of it."""
        for path in self._files():
            one = _profile(path)
            if one is not None and one.id == profile_id:
                return path
        return self.profiles / file_name(profile_id)

    def _files(self) -> list[Path]:
        return _listed(self.profiles, profile_limits.PROFILES)

    def _lease_files(self) -> Iterator[Path]:
        for directory in self.leases:
            yield from _listed(directory, profile_limits.LEASE_FILES)

    def _replace(self, path: Path, data: bytes | None) -> None:
        if not self.profiles.is_dir():
            if not self.made:
                raise OperationRefused(f"{self.profiles} is not there: nothing reads profiles here")
            self.profiles.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_MODE)
        if data is None:
            path.unlink(missing_ok=True)
        else:
            _write_atomically(path, data)
        _sync(self.profiles)
        if self.reload is not None:
            self.reload()


def packed(name: str, data: bytes) -> JsonObject:
    """A file's name and bytes as JSON."""
    return {"file": name, "base64": base64.b64encode(data).decode("ascii")}


def unpacked(kept: Json) -> tuple[str, bytes]:
    """A file's name and bytes, as `packed` told them."""
    assert isinstance(kept, dict)
    return str(kept["file"]), base64.b64decode(str(kept["base64"]))


def namespace_files(name: str) -> Path:
    """Where ip-netns(8) has the files of a network namespace that it is to see below /etc."""
    return Path("/etc/netns") / name


def of_namespace(
    name: str, machine: Path = Path("/etc/NetworkManager"), own: Path = Path("/var/lib/germline")
) -> Disk:
    """What a network namespace keeps: never the machine's own files.

    ip-netns(8) can lay files only over those that the machine has. Where it has no NetworkManager,
    and no file of the namespace says otherwise, they are in a directory of our `own`.
    """
    shown = namespace_files(name)
    where = shown if machine.is_dir() or (shown / machine.name).is_dir() else own / "netns" / name
    return Disk(where / SYSTEM_CONNECTIONS, made=True)


def of_this_machine() -> Disk:
    """The machine's own, for the runtime of a host. Changes are told to its NetworkManager."""
    return Disk(Path("/etc") / SYSTEM_CONNECTIONS, LEASES, reload=_reload)


def _reload() -> None:
    """Have NetworkManager read its files again, where it runs; a file that it misses waits."""
    if not Path("/run/NetworkManager").is_dir():
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["nmcli", "connection", "reload"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=profile_limits.RELOAD_SECONDS,
            check=False,
        )


def _listed(directory: Path, most: int) -> list[Path]:
    """The visible files of a directory, by name."""
    try:
        found = [
            path
            for path in sorted(directory.iterdir())
            if not path.name.startswith(".") and not path.name.endswith("~") and path.is_file()
        ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return found[:most]


def _profile(path: Path) -> Profile | None:
    try:
        return parse(_read(path, profile_limits.PROFILE_BYTES))
    except (Malformed, OSError):
        return None


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


def _leases(path: Path, links: Mapping[int, str]) -> tuple[Lease, ...]:
    """dhclient's by their form, networkd's by an index for a name, NetworkManager's by its end."""
    try:
        text = _read(path, profile_limits.LEASE_BYTES).decode(errors="replace")
        written_s = path.stat().st_mtime
    except OSError:
        return ()
    if "fixed-address" in text:
        return from_dhclient(text)
    named = _NETWORKMANAGERS.fullmatch(path.name)
    number = int(path.name) if path.name.isdecimal() else 0
    interface = named[1] if named is not None else links.get(number)
    one = None if interface is None else from_settings(text, interface, written_s)
    return () if one is None else (one,)


def _write_atomically(path: Path, data: bytes) -> None:
    fresh = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _MODE)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - opened above, with its mode
            os.fchmod(file.fileno(), _MODE)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
