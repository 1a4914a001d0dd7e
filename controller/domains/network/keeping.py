"""What a real host keeps on its disk, as the kernel of a namespace sees, changes and restores it.

`netlink` calls it where an operation or an item is about a profile instead of an interface.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from controller.domains.network import profile
from controller.domains.network.argument import text
from controller.domains.network.disk import Disk
from controller.domains.network.footprint import Items, parts, profile_key, profile_of
from controller.domains.network.refusal import Arguments
from controller.domains.network.restoring import Step
from controller.domains.network.state import Node
from controller.domains.world import Operation, OperationRefused

KIND: Final = "profile"
"""The kind of item that is a file."""


def with_kept(host: Node, disk: Disk | None, names: Mapping[int, str]) -> Node:
    """The host with its profiles, and the leases of its interfaces, which have these indices."""
    if disk is None:
        return host
    return replace(host, profiles=disk.known(), leases=disk.lent(names))


def with_permanent(host: Node, permanent: Mapping[str, str]) -> Node:
    """The host, with the permanent MACs that nothing but `permanent` tells."""
    return replace(
        host,
        links=tuple(
            replace(link, permanent_mac=link.permanent_mac or permanent.get(link.name))
            for link in host.links
        ),
    )


def items(disk: Disk | None, names: Collection[str]) -> Items:
    """The files of the profiles among the names of a footprint, byte for byte."""
    found: Items = {}
    for name in names:
        meant = profile_of(name)
        kept = None if meant is None or disk is None else disk.bytes_of(meant)
        if meant is not None and kept is not None:
            found[profile_key(meant)] = kept
    return found


def take(disk: Disk | None, step: Step) -> None:
    """Take a step of an undoing. Raises `OperationRefused`."""
    if step.action == "remove":
        _present(disk).remove(str(profile_of(parts(step.item)[1])))
    else:
        _present(disk).put(step.value)


def change(disk: Disk | None, operation: Operation) -> None:
    """Do what an operation of `CHANGES` says. Raises `OperationRefused`."""
    CHANGES[operation.name](_present(disk), operation.arguments)


def _write_profile(disk: Disk, arguments: Arguments) -> None:
    former = profile.found(disk.known(), text(arguments, "profile"))
    disk.write(profile.wanted(arguments, former))


def _delete_profile(disk: Disk, arguments: Arguments) -> None:
    name = text(arguments, "profile")
    for one in profile.idle_without(disk.known(), name):
        disk.remove(one.id)
    disk.remove(name)


CHANGES: Final[Mapping[str, Callable[[Disk, Arguments], None]]] = {
    "write_profile": _write_profile,
    "delete_profile": _delete_profile,
}


def _present(disk: Disk | None) -> Disk:
    if disk is None:
        raise OperationRefused("nothing is kept here that outlives a reboot")
    return disk
