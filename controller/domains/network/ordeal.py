"""What a change of a network must survive in the long run: time, flapping links, leases, a reboot.

`domain` offers them; whoever has a shadow in which time is cheap tries them.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller import limits, twin_limits
from controller.domains.network import renewal
from controller.domains.network.state import World
from controller.domains.world import Operation, Ordeal, Reboot, Renewal
from controller.profile_limits import BOOT_SECONDS

_DAY_SECONDS = 86_400.0


def ordeals(world: World) -> tuple[Ordeal, ...]:
    """The ordeals of the host of a world, the shortest first."""
    return (
        Ordeal(
            f"{limits.AGEING_SECONDS_DEFAULT:g} s pass: tables forget",
            (limits.AGEING_SECONDS_DEFAULT,),
        ),
        *_flaps(world),
        *_renewals(world),
        Ordeal("a day passes", (_DAY_SECONDS,)),
        _reboot(world),
    )


def _renewals(world: World) -> Iterator[Ordeal]:
    """Each address in use that a server lent is asked for again, by the MAC that is there then."""
    for lease in sorted(renewal.in_use(world.subject), key=lambda one: one.interface):
        title = f"renewal: the lease of {lease.address} of {lease.interface} is half over"
        yield Ordeal(title, (Renewal(lease.interface), twin_limits.FLAP_SECONDS))


def _reboot(world: World) -> Ordeal:
    """Without any profile the host starts from something that nobody here can read."""
    if not world.subject.profiles:
        return Ordeal("a reboot", impossible="no connection profile says what the host starts from")
    return Ordeal("a reboot", (Reboot(), BOOT_SECONDS))


def _flaps(world: World) -> Iterator[Ordeal]:
    """Each NIC of the host that is in use and has a carrier goes down and comes back."""
    for link in sorted(world.subject.links, key=lambda link: link.name):
        if link.kind == "nic" and link.carrier and (link.master or link.addresses):
            yield Ordeal(
                f"{link.name} goes down and comes back",
                (
                    Operation("set_link_state", {"interface": link.name, "up": False}),
                    twin_limits.FLAP_SECONDS,
                    Operation("set_link_state", {"interface": link.name, "up": True}),
                    limits.FORWARD_DELAY_SECONDS + twin_limits.FLAP_SECONDS,
                ),
            )
