"""Look: many worlds as they are now, hosts together. Asked for drift and for intents."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from controller.domains.world import JsonObject
from controller.ports import ControllerError
from controller.ports.outposts import HOST
from controller.stories.enact import Hands


def look(hands: Hands, worlds: Iterable[str]) -> dict[str, JsonObject | ControllerError]:
    """Each world as it is, or why nobody can tell."""
    names = sorted({*worlds})
    found: dict[str, JsonObject | ControllerError] = {}

    def observe(world: str) -> bool:
        found[world] = hands.worlds.kernel(world).observe()
        return True

    far = [world for world in names if world.startswith(HOST)]
    outcomes = hands.journeys.together([partial(observe, world) for world in far])
    for world, outcome in zip(far, outcomes, strict=True):
        if isinstance(outcome, ControllerError):
            found[world] = outcome
    for world in names:
        if not world.startswith(HOST):
            try:
                observe(world)
            except ControllerError as trouble:
                found[world] = trouble
    return found
