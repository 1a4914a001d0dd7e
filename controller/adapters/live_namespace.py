"""A host in a network namespace of this machine, which may go and come back.

`worlds` opens those that main describes, `journalled_worlds` those that have something to undo.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from controller.domains.network.disk import of_namespace
from controller.domains.world import Json, JsonObject, Operation
from controller.ports import Unavailable

if TYPE_CHECKING:
    from controller.domains.network.netlink import NetlinkKernel

Answer = TypeVar("Answer")


class LiveNamespace:
    """A host in a network namespace, opened anew when it was lost.

    `vantages` are other namespaces by the names that genes use, `roles` what they are.
    """

    def __init__(
        self,
        name: str,
        vantages: Mapping[str, str] = MappingProxyType({}),
        roles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._name = name
        self._vantages = vantages
        self._roles = roles
        self._kernel: NetlinkKernel | None = None

    def observe(self) -> JsonObject:
        """The host and its vantages as the kernel has them."""
        return self._reached(lambda kernel: kernel.observe())

    def perform(self, operation: Operation) -> Json:
        """Do it for real."""
        return self._reached(lambda kernel: kernel.perform(operation))

    def inverse(self, operation: Operation) -> tuple[Operation, ...]:
        """What would undo the operation now."""
        return self._reached(lambda kernel: kernel.inverse(operation))

    def footprint(self, inverses: Sequence[Operation]) -> JsonObject:
        """All that the inverses would put back, as it is now."""
        return self._reached(lambda kernel: kernel.footprint(inverses))

    def disturbed(self, inverses: Sequence[Operation], left: JsonObject) -> tuple[str, ...]:
        """What somebody else changed since."""
        return self._reached(lambda kernel: kernel.disturbed(inverses, left))

    def undo(self, inverses: Sequence[Operation], spared: Collection[str]) -> tuple[str, ...]:
        """Put back what inverses say, for real."""
        return self._reached(lambda kernel: kernel.undo(inverses, spared))

    def close(self) -> None:
        """Close the sockets into the namespaces."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None

    def _reached(self, ask: Callable[[NetlinkKernel], Answer]) -> Answer:
        # pyroute2 takes as long to import as all the rest, and only live worlds need it
        from controller.domains.network.namespace import WorldGone  # noqa: PLC0415
        from controller.domains.network.netlink import NetlinkKernel  # noqa: PLC0415

        try:
            if self._kernel is None:
                disk = of_namespace(self._name)
                self._kernel = NetlinkKernel(self._name, self._vantages, self._roles, disk=disk)
            return ask(self._kernel)
        except WorldGone as gone:
            self.close()
            raise Unavailable(
                f"world netns:{self._name} is out of reach: {gone}",
                "`ip netns list` shows the namespaces; reaching one needs root",
            ) from gone
