"""What the inventory below `hosts/` says: which groups of hosts there are, and who is in them.

Called by surroundings.py, which needs groups alone, and by hosts.py. It is a plain Ansible
inventory: files in YAML or INI, and `group_vars/` and `host_vars/` beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from controller import limits
from controller.genome.inventory_forms import (
    INI,
    PROGRAMS,
    YAML,
    Found,
    Group,
    Unreadable,
    read_file,
)
from grammar.diagnostic import Diagnostic, Severity
from grammar.source import Span

FOLDER: Final = "hosts/"
KNOWN_HOSTS: Final = "hosts/known_hosts"
"""The hosts' public keys (sshd(8)), no inventory. A host without one there is not spoken to."""
Groups = Mapping[str, frozenset[str]]
"""Group → its hosts, those of its children included."""


def is_inventory(path: str) -> bool:
    """True for the path of a file of the inventory in a genome, or of a program in its place."""
    parts = PurePosixPath(path)
    taken = parts.suffix in (*YAML, *INI, *PROGRAMS) and not parts.name.startswith(".")
    return taken and path == f"{FOLDER}{parts.name}" != KNOWN_HOSTS


def read_inventory(files: Mapping[str, bytes]) -> tuple[Groups | None, tuple[Diagnostic, ...]]:
    """All groups of the inventory among a genome's files; None if there is none to go by.

    A file that cannot be read is an error, and then no groups are known.
    """
    found: Found = {}
    remarks: list[Diagnostic] = []
    paths = inventory_files(files)
    for path in paths:
        try:
            merge(found, read(path, files[path]))
        except Unreadable as wrong:
            remarks.append(_remark(path, wrong))
    return (_closed(found) if paths and not remarks else None), tuple(remarks)


def inventory_files(files: Mapping[str, bytes]) -> list[str]:
    """The inventory's files in the order in which they count, the last one most."""
    return sorted(path for path in files if is_inventory(path))


@lru_cache(maxsize=limits.INVENTORY_FILES)
def read(path: str, data: bytes) -> Found:
    """One file, not to be changed; one that did not change is not read again."""
    return read_file(path, data)


def merge(into: Found, more: Found) -> None:
    """Add what another file says."""
    for name, group in more.items():
        known = into.setdefault(name, Group())
        known.children |= group.children
        known.variables |= group.variables
        for host, said in group.hosts.items():
            known.hosts[host] = {**known.hosts.get(host, {}), **said}


def _closed(found: Found) -> Groups:
    """Every group with the hosts of all groups below it; `all` and `ungrouped` as Ansible has."""
    closed = {name: frozenset(_below(found, name)) for name in found}
    every = frozenset[str]().union(*closed.values())
    grouped = frozenset[str]().union(
        *(hosts for name, hosts in closed.items() if name not in ("all", "ungrouped"))
    )
    return {**closed, "all": every, "ungrouped": every - grouped}


def _below(found: Found, name: str) -> Iterator[str]:
    seen, waiting = {name}, [name]
    while waiting:
        group = found.get(waiting.pop(), Group())
        yield from group.hosts
        waiting += group.children - seen
        seen |= group.children


def _remark(path: str, wrong: Unreadable) -> Diagnostic:
    span = Span(path, wrong.line, 1, wrong.line, 1)
    plain = f"{FOLDER} holds an Ansible inventory, in YAML or INI; `ansible-inventory` can check it"
    hint = wrong.hint or plain
    message = f"the inventory cannot be read: {wrong.reason}"
    return Diagnostic("GN-E006", Severity.ERROR, message, span, "", hint)
