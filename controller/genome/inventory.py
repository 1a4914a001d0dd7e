"""Which groups of hosts there are: `hosts/`, a plain Ansible inventory in YAML or INI.

Called by surroundings.py. Of a host only its name counts here; what is said of it is Ansible's.
The forms are those of Ansible's own plugins `yaml` and `ini`, host ranges (`web[01:50]`) included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from string import ascii_letters
from typing import Final

import yaml

from controller import limits
from grammar.diagnostic import Diagnostic, Severity
from grammar.nearest import did_you_mean
from grammar.source import Span

FOLDER: Final = "hosts/"
Groups = Mapping[str, frozenset[str]]
"""Group → its hosts, those of its children included."""

_YAML: Final = (".yml", ".yaml")
_INI: Final = (".ini", "")
_SECTION = re.compile(r"\[([^:\]\s]+)(?::(children|hosts|vars))?\]")
_WITH_PORT = re.compile(r"((?:[^:\[]|\[[^\]]*\])+):\d+")
_RANGE = re.compile(r"\[(\w+):(\w+)(?::(\d+))?\]")


class _Unreadable(Exception):
    """Why a file is no inventory, and in which line (from 1)."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class _Group:
    hosts: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)


_Found = dict[str, _Group]


def is_inventory(path: str) -> bool:
    """True for the path of a file of the inventory in a genome repository."""
    parts = PurePosixPath(path)
    plain = parts.suffix in (*_YAML, *_INI) and not parts.name.startswith(".")
    return plain and path == f"{FOLDER}{parts.name}"


def read_inventory(files: Mapping[str, bytes]) -> tuple[Groups | None, tuple[Diagnostic, ...]]:
    """All groups of the inventory among a genome's files; None if there is none to go by.

    A file that cannot be read is an error, and then no groups are known.
    """
    paths = sorted(path for path in files if is_inventory(path))
    found: _Found = {}
    remarks: list[Diagnostic] = []
    for path in paths:
        try:
            _merge(found, _read(path, files[path]))
        except _Unreadable as wrong:
            remarks.append(_remark(path, wrong))
    return (_closed(found) if paths and not remarks else None), tuple(remarks)


@lru_cache(maxsize=limits.INVENTORY_FILES)
def _read(path: str, data: bytes) -> _Found:
    """One file's groups; a file that did not change is not read again."""
    try:
        text = data.decode()
    except UnicodeDecodeError as wrong:
        raise _Unreadable("it is not UTF-8 text") from wrong
    if path.endswith(_YAML):
        return _of_tree(_tree(text))
    if PurePosixPath(path).suffix:
        return _of_lines(text)
    try:
        tree = _tree(text)
    except _Unreadable:
        return _of_lines(text)
    return _of_tree(tree) if isinstance(tree, dict) else _of_lines(text)


def _merge(into: _Found, more: _Found) -> None:
    for name, group in more.items():
        known = into.setdefault(name, _Group())
        known.hosts |= group.hosts
        known.children |= group.children


def _closed(found: _Found) -> Groups:
    """Every group with the hosts of all groups below it; `all` and `ungrouped` as Ansible has."""
    closed = {name: frozenset(_below(found, name)) for name in found}
    every = frozenset[str]().union(*closed.values())
    grouped = frozenset[str]().union(
        *(hosts for name, hosts in closed.items() if name not in ("all", "ungrouped"))
    )
    return {**closed, "all": every, "ungrouped": every - grouped}


def _below(found: _Found, name: str) -> Iterator[str]:
    seen, waiting = {name}, [name]
    while waiting:
        group = found.get(waiting.pop(), _Group())
        yield from group.hosts
        waiting += group.children - seen
        seen |= group.children


# --- YAML -------------------------------------------------------------------------------


def _tree(text: str) -> object:
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # every scalar stays text
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise _Unreadable(f"it is not YAML: {wrong.problem}", line) from wrong
    except (yaml.YAMLError, RecursionError) as wrong:
        raise _Unreadable("it is not YAML that can be read") from wrong


def _of_tree(tree: object) -> _Found:
    found: _Found = {}
    waiting = list(_mapping(tree, "the file").items())
    seen: set[tuple[str, int]] = set()
    while waiting:
        name, body = waiting.pop()
        if (name, id(body)) in seen:  # an alias of what was read already
            continue
        seen.add((name, id(body)))
        parts = _mapping(body, f"group `{name}`")
        unknown = parts.keys() - {"hosts", "children", "vars"}
        if unknown:
            raise _Unreadable(f"group `{name}` has an unknown key `{min(unknown)}`")
        group = found.setdefault(name, _Group())
        for pattern in _mapping(parts.get("hosts"), f"`hosts` of `{name}`"):
            group.hosts.update(_expanded(pattern))
        children = _mapping(parts.get("children"), f"`children` of `{name}`")
        group.children.update(children)
        waiting += children.items()
    return found


def _mapping(value: object, what: str) -> dict[str, object]:
    if value in (None, ""):
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _Unreadable(f"{what} is not a mapping of names")
    return value


# --- INI --------------------------------------------------------------------------------


def _of_lines(text: str) -> _Found:
    found: _Found = {"ungrouped": _Group()}
    children: list[tuple[str, int]] = []
    name, kind = "ungrouped", "hosts"
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split()
        if not words or words[0].startswith(";"):
            continue
        if words[0].startswith("["):
            head = _SECTION.fullmatch(words[0])
            if head is not None:
                name, kind = head[1], head[2] or "hosts"
                if kind != "vars":
                    found.setdefault(name, _Group())
                continue
        if kind == "children":
            found[name].children.add(words[0])
            children.append((words[0], number))
        elif kind == "hosts":
            with_port = _WITH_PORT.fullmatch(words[0])
            found[name].hosts.update(_expanded(with_port[1] if with_port else words[0], number))
    for child, number in children:
        if child not in found:
            meant = did_you_mean(child, found, "it has no section of its own") or ""
            raise _Unreadable(f"there is no group `{child}`: {meant}", number)
    return found


def _expanded(pattern: str, line: int = 1) -> Iterator[str]:
    """The hosts that a name with ranges stands for."""
    made = [""]
    at = 0
    for part in _RANGE.finditer(pattern):
        before, at = pattern[at : part.start()], part.end()
        between = _between(part, line)
        if len(made) * len(between) > limits.INVENTORY_HOSTS:
            raise _Unreadable(f"`{pattern}` stands for too many hosts", line)
        made = [f"{start}{before}{one}" for start in made for one in between]
    return (start + pattern[at:] for start in made)


def _between(part: re.Match[str], line: int) -> list[str]:
    """What `[01:50]`, `[a:f]` or `[1:9:2]` stands for; both ends count."""
    first, last, step = part[1], part[2], int(part[3] or 1)
    if first.isdecimal() and last.isdecimal() and step:
        count = (int(last) - int(first)) // step
        if count <= limits.INVENTORY_HOSTS:
            numbers = range(int(first), int(last) + 1, step)
            return [str(number).zfill(len(first)) for number in numbers]
    elif first in ascii_letters and last in ascii_letters and step:
        return list(
            ascii_letters[ascii_letters.index(first) : ascii_letters.index(last) + 1 : step]
        )
    raise _Unreadable(f"`{part[0]}` is not a range of hosts", line)


def _remark(path: str, wrong: _Unreadable) -> Diagnostic:
    span = Span(path, wrong.line, 1, wrong.line, 1)
    hint = f"{FOLDER} holds an Ansible inventory, in YAML or INI; `ansible-inventory` can check it"
    message = f"the inventory cannot be read: {wrong.reason}"
    return Diagnostic("GN-E006", Severity.ERROR, message, span, "", hint)
