"""How hosts are reached: what the inventory in `hosts/` says of connecting to one, held to a form.

The inventory is Ansible's, but it comes from a repository: a variable can hold a template that runs
a program here, and an option of ssh can. So only the settings below are read, each has its form,
and whatever else would change the connection is refused. Called by `adapters.worlds`.

What counts most comes last, as in Ansible's "Understanding variable precedence": groups in files,
`group_vars/all`, `group_vars/`, the host in files, `host_vars/`; of groups the deeper one, then the
later by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from controller.genome.inventory import FOLDER, inventory_files, merge, read
from controller.genome.inventory_forms import Found, Group, Unreadable, Variables, read_variables
from controller.host_limits import HOST_NAME_CHARACTERS

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_PATH = re.compile(r"/[A-Za-z0-9._/-]+")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_BOOLEAN = re.compile(r"true|false|yes|no", re.IGNORECASE)

_FORMS: Final = {
    "ansible_host": _ADDRESS,
    "ansible_port": _PORT,
    "ansible_user": _USER,
    "ansible_ssh_private_key_file": _PATH,
    "ansible_python_interpreter": _PATH,
    "ansible_become": _BOOLEAN,
}
"""What is read of a host, and the form that it must have."""
_CONNECTING = re.compile(r"ansible_")
_VARIABLES: Final = (".yml", ".yaml", ".json")
"""Endings of files of variables; a file may have none."""


class UnusableHost(Exception):
    """Why the inventory does not lead to a host, in one line, and what to do about it."""

    def __init__(self, reason: str, hint: str = "README.md says what hosts/ may hold") -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How one host is reached, as Ansible's variables."""

    name: str
    variables: Mapping[str, str]


def is_host_name(name: str) -> bool:
    """True for what may name a host: letters, digits, dots and dashes."""
    return len(name) <= HOST_NAME_CHARACTERS and _NAME.fullmatch(name) is not None


def host_settings(files: Mapping[str, bytes], name: str) -> HostSettings:
    """The settings of a host in a genome's files. Raises `UnusableHost`."""
    if not is_host_name(name):
        raise UnusableHost(f"{name!r:.80} cannot name a host")
    found = _inventory(files)
    if not any(name in group.hosts for group in found.values()):
        raise UnusableHost(f"no inventory below {FOLDER} has a host {name}")
    said: dict[str, str | None] = {}
    for more in _layers(files, found, name):
        said |= more
    return HostSettings(name, dict(_checked(name, said)))


def _inventory(files: Mapping[str, bytes]) -> Found:
    found: Found = {}
    for path in inventory_files(files):
        try:
            merge(found, read(path, files[path]))
        except Unreadable as wrong:
            hint = wrong.hint or "`germline check` shows what is wrong with it"
            raise UnusableHost(f"{path} cannot be read: {wrong.reason}", hint) from wrong
    return found


def _layers(files: Mapping[str, bytes], found: Found, name: str) -> Iterator[Variables]:
    """What is said of a host, each over all before it."""
    groups = _groups_of(found, name)
    for group in ("all", *groups):
        yield found.get(group, Group()).variables
    for group in ("all", *groups):
        yield from _beside(files, f"{FOLDER}group_vars/{group}")
    for said in found.values():
        yield said.hosts.get(name, {})
    yield from _beside(files, f"{FOLDER}host_vars/{name}")


def _groups_of(found: Found, host: str) -> list[str]:
    """The groups that a host is in but `all`, outermost first, those of one depth by name."""
    parents: dict[str, set[str]] = {}
    for name, group in found.items():
        for child in group.children - {name}:
            parents.setdefault(child, set()).add(name)
    inside = {name for name, group in found.items() if host in group.hosts}
    waiting = list(inside)
    while waiting:
        above = parents.get(waiting.pop(), set()) - inside
        inside |= above
        waiting += above
    inside = inside - {"all", "ungrouped"} or {"ungrouped"}
    depths = dict.fromkeys(inside, 0)
    for _ in inside:  # as often as the longest way down may be; a circle goes round no oftener
        for name in inside:
            above = parents.get(name, set()) & inside
            depths[name] = max((depths[one] + 1 for one in above), default=0)
    return sorted(inside, key=lambda name: (depths[name], name))


def _beside(files: Mapping[str, bytes], place: str) -> Iterator[Variables]:
    """What `group_vars/` or `host_vars/` says in a folder of that name, or else in one file."""
    within = [path for path in sorted(files) if path.startswith(f"{place}/") and _counts(path)]
    alone = [place + ending for ending in ("", *_VARIABLES) if place + ending in files]
    for path in within or alone[:1]:
        try:
            yield read_variables(files[path])
        except Unreadable as wrong:
            raise UnusableHost(f"{path} cannot be read: {wrong.reason}") from wrong


def _counts(path: str) -> bool:
    name = PurePosixPath(path).name
    return PurePosixPath(name).suffix in ("", *_VARIABLES) and name[0] != "." and name[-1] != "~"


def _checked(name: str, found: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    for variable, value in found.items():
        form = _FORMS.get(variable)
        if form is None:
            if _CONNECTING.match(variable):
                raise UnusableHost(f"{variable} of host {name} is not among what is read there")
            continue
        if value is None:
            raise UnusableHost(f"{variable} of host {name} is not a plain value")
        if form.fullmatch(value) is None:
            raise UnusableHost(f"{variable} of host {name} cannot be {value!r:.80}")
        yield variable, value
