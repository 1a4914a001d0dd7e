"""What a store of tables says about edges: that there are none."""

from __future__ import annotations

from collections.abc import Sequence

from controller.domains.records.state import Edge


class Edgeless:
    """The half of `records.state.Records` that only a graph has an answer to."""

    def edge(self, *_: str) -> Edge | None:
        """None."""
        return None

    def edges(self, *_: str, **__: object) -> Sequence[Edge]:
        """None."""
        return ()

    def reach(self, *_: object) -> Sequence[tuple[str, int]]:
        """Nothing."""
        return ()
