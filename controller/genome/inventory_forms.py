"""Reads one file of an Ansible inventory, YAML or INI, to its groups, hosts and variables.

Called by `inventory` and `hosts`. The forms are those of Ansible's own plugins `yaml` and `ini`,
host ranges (`web[01:50]`) included. Nothing is evaluated: a value is text, or none that counts.
Programs and configurations of plugins, which Ansible would run, are refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from string import ascii_letters
from typing import Final

import yaml

from controller import limits
from grammar.nearest import did_you_mean

YAML: Final = (".yml", ".yaml")
INI: Final = (".ini", "")
PROGRAMS: Final = (".py", ".sh", ".rb", ".pl")
"""Endings of what Ansible would run as an inventory script."""
WRITE_DOWN: Final = (
    "Germline runs no inventory scripts or plugins; `ansible-inventory -i FILE --list --yaml "
    "--export` writes what they find as a plain inventory, which a person commits"
)

Variables = dict[str, str | None]
"""Name → text; None for a value that is a list or a mapping."""

_NOTHING = ("", "~", "null", "Null", "NULL")
_SECTION = re.compile(r"\[([^:\]\s]+)(?::(children|hosts|vars))?\]")
_WITH_PORT = re.compile(r"((?:[^:\[]|\[[^\]]*\])+):(\d+)")
_RANGE = re.compile(r"\[(\w+):(\w+)(?::(\d+))?\]")
_QUOTED = re.compile(r"""(["'])([^"'\\]*)\1""")


class Unreadable(Exception):
    """Why a file is no inventory, in which line (from 1), and what to do."""

    def __init__(self, reason: str, line: int = 1, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.hint = hint


@dataclass(slots=True)
class Group:
    """What one or more files say of a group: its own hosts, the groups below it, its variables."""

    hosts: dict[str, Variables] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)
    variables: Variables = field(default_factory=dict)


Found = dict[str, Group]


def read_file(path: str, data: bytes) -> Found:
    """The groups of one file. Raises `Unreadable`."""
    suffix = PurePosixPath(path).suffix
    if suffix in PROGRAMS or data.startswith(b"#!"):
        raise Unreadable("it is a program", 1, WRITE_DOWN)
    try:
        text = data.decode()
    except UnicodeDecodeError as wrong:
        raise Unreadable("it is not UTF-8 text") from wrong
    if suffix in YAML:
        return _of_tree(_tree(text))
    if suffix:
        return _of_lines(text)
    try:
        tree = _tree(text)
    except Unreadable:
        return _of_lines(text)
    return _of_tree(tree) if isinstance(tree, dict) else _of_lines(text)


def read_variables(data: bytes) -> Variables:
    """A file of `group_vars/` or `host_vars/`, in YAML or JSON. Raises `Unreadable`."""
    if data.startswith(b"$ANSIBLE_VAULT"):
        raise Unreadable("it is encrypted by ansible-vault, which Germline has no password for")
    try:
        return _variables(_tree(data.decode()), "the file")
    except UnicodeDecodeError as wrong:
        raise Unreadable("it is not UTF-8 text") from wrong


# --- YAML -------------------------------------------------------------------------------


def _tree(text: str) -> object:
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # every scalar stays text
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise Unreadable(f"it is not YAML: {wrong.problem}", line) from wrong
    except (yaml.YAMLError, RecursionError) as wrong:
        raise Unreadable("it is not YAML that can be read") from wrong


def _of_tree(tree: object) -> Found:
    top = _mapping(tree, "the file")
    if "plugin" in top:
        raise Unreadable(f"it configures the inventory plugin `{top['plugin']}`", 1, WRITE_DOWN)
    found: Found = {}
    waiting = list(top.items())
    seen: set[tuple[str, int]] = set()
    while waiting:
        name, body = waiting.pop()
        if (name, id(body)) in seen:  # an alias of what was read already
            continue
        seen.add((name, id(body)))
        parts = _mapping(body, f"group `{name}`")
        unknown = parts.keys() - {"hosts", "children", "vars"}
        if unknown:
            raise Unreadable(f"group `{name}` has an unknown key `{min(unknown)}`")
        group = found.setdefault(name, Group())
        group.variables |= _variables(parts.get("vars"), f"`vars` of `{name}`")
        for pattern, said in _mapping(parts.get("hosts"), f"`hosts` of `{name}`").items():
            _add(group, pattern, _variables(said, f"host `{pattern}`"))
        children = _mapping(parts.get("children"), f"`children` of `{name}`")
        group.children.update(children)
        waiting += children.items()
    return found


def _mapping(value: object, what: str) -> dict[str, object]:
    if value is None or value in _NOTHING:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Unreadable(f"{what} is not a mapping of names")
    return value


def _variables(value: object, what: str) -> Variables:
    said = _mapping(value, what).items()
    return {name: one if isinstance(one, str) else None for name, one in said}


# --- INI --------------------------------------------------------------------------------


def _of_lines(text: str) -> Found:
    found: Found = {"ungrouped": Group()}
    children: list[tuple[str, int]] = []
    name, kind = "ungrouped", "hosts"
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split()
        if not words or words[0].startswith(";"):
            continue
        head = _SECTION.fullmatch(words[0])
        if head is not None:
            name, kind = head[1], head[2] or "hosts"
            if kind != "vars":
                found.setdefault(name, Group())
        elif kind == "children":
            found[name].children.add(words[0])
            children.append((words[0], number))
        elif kind == "vars":
            key, value = _assigned(line, number)
            found.setdefault(name, Group()).variables[key] = value
        else:
            pattern, *said = _words(line, number)
            _add(found[name], pattern, dict(_assigned(one, number) for one in said), number)
    for child, number in children:
        if child not in found:
            meant = did_you_mean(child, found, "it has no section of its own") or ""
            raise Unreadable(f"there is no group `{child}`: {meant}", number)
    return found


def _words(line: str, number: int) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError as wrong:
        raise Unreadable(f"a quotation mark is missing: {wrong}", number) from wrong


def _assigned(text: str, number: int) -> tuple[str, str]:
    """`name=value`; a value in one pair of quotation marks is what is between them."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Unreadable(f"`{text.strip()}` is not NAME=VALUE", number)
    quoted = _QUOTED.fullmatch(value.strip())
    return name.strip(), quoted[2] if quoted else value.strip()


# --- hosts ------------------------------------------------------------------------------


def _add(group: Group, pattern: str, said: Variables, line: int = 1) -> None:
    """The hosts of a name with ranges, each with what is said of all of them."""
    with_port = _WITH_PORT.fullmatch(pattern)
    port: Variables = {"ansible_port": with_port[2]} if with_port else {}
    for host in _expanded(with_port[1] if with_port else pattern, line):
        group.hosts[host] = {**group.hosts.get(host, {}), **port, **said}


def _expanded(pattern: str, line: int = 1) -> Iterator[str]:
    """The hosts that a name with ranges stands for."""
    made = [""]
    at = 0
    for part in _RANGE.finditer(pattern):
        before, at = pattern[at : part.start()], part.end()
        between = _between(part, line)
        if len(made) * len(between) > limits.INVENTORY_HOSTS:
            raise Unreadable(f"`{pattern}` stands for too many hosts", line)
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
    raise Unreadable(f"`{part[0]}` is not a range of hosts", line)
