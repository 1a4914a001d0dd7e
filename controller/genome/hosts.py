"""How hosts are reached: what the inventory in `hosts/` says of connecting to one, held to a form.

The inventory is Ansible's, but it comes from a repository: a variable can hold a template that runs
a program here, and an option of ssh can. So only the settings below are read, each has its form,
and whatever else would change the connection is refused. Called by `adapters.worlds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from controller.genome.inventory import is_inventory
from controller.host_limits import HOST_NAME_CHARACTERS

KNOWN_HOSTS: Final = "hosts/known_hosts"
"""The hosts' public keys (sshd(8)). A host whose key is not there is not spoken to."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_PATH = re.compile(r"/[A-Za-z0-9._/-]+")
_PORT = re.compile(r"[0-9]{1,5}")
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


class UnusableHost(Exception):
    """Why the inventory does not lead to a host, in one line."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How one host is reached, as Ansible's variables."""

    name: str
    variables: Mapping[str, str]


def is_host_name(name: str) -> bool:
    """True for what may name a host: letters, digits, dots and dashes."""
    return len(name) <= HOST_NAME_CHARACTERS and _NAME.fullmatch(name) is not None


def host_settings(files: Mapping[str, bytes], name: str) -> HostSettings:
    """The settings of a host in a genome's files, a group's first, its own last.

    Variables are read from inventories in YAML (JSON is YAML). Raises `UnusableHost`.
    """
    if not is_host_name(name):
        raise UnusableHost(f"{name!r:.80} cannot name a host")
    found: dict[str, str] = {}
    known = False
    for path in sorted(path for path in files if is_inventory(path)):
        for variables in _of_host(_tree(files[path]), name, path):
            known = True
            found.update(variables)
    if not known:
        raise UnusableHost(f"no inventory in YAML below hosts/ has a host {name}")
    return HostSettings(name, dict(_checked(name, found)))


def _checked(name: str, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for variable, value in found.items():
        form = _FORMS.get(variable)
        if form is None:
            if _CONNECTING.match(variable):
                raise UnusableHost(f"{variable} of host {name} is not among what is read there")
            continue
        if form.fullmatch(value) is None:
            raise UnusableHost(f"{variable} of host {name} cannot be {value!r:.80}")
        yield variable, value


def _tree(data: bytes) -> object:
    try:
        return yaml.load(data, Loader=yaml.BaseLoader)  # every scalar stays text
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return None  # an INI inventory, or one that `check` objects to


def _of_host(tree: object, name: str, path: str) -> Iterator[dict[str, str]]:
    """The variables of every group that the host is in, outermost first, then its own."""
    waiting: list[tuple[object, tuple[dict[str, str], ...]]] = [
        (body, ()) for body in _mapping(tree).values()
    ]
    seen: set[int] = set()
    while waiting:
        body, outer = waiting.pop(0)
        if id(body) in seen:  # an alias of what was read already
            continue
        seen.add(id(body))
        parts = _mapping(body)
        own = (*outer, _texts(parts.get("vars"), path))
        hosts = _mapping(parts.get("hosts"))
        if name in hosts:
            yield from own
            yield _texts(hosts[name], path)
        waiting += [(child, own) for child in _mapping(parts.get("children")).values()]


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object, path: str) -> dict[str, str]:
    """Variables of one place. What is no text is none that connects."""
    texts = {}
    for name, one in _mapping(value).items():
        if isinstance(one, str):
            texts[name] = one
        elif isinstance(name, str) and name in _FORMS:
            raise UnusableHost(f"{name} in {path} is not a plain value")
    return texts
