"""Shadows: copies of a world that nothing leaves, on a real kernel in virtual time.

A domain's own shadow is fast and always there; these are slower and right. Asked by
`stories/confirm` and `stories/ordeals`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from controller.domains.world import JsonObject, TwinKernel


class Shadows(Protocol):
    """Where they are made."""

    def shadow(self, observed: JsonObject) -> AbstractContextManager[TwinKernel]:
        """A world in the observed state, until it is left. Raises `Unavailable`."""
