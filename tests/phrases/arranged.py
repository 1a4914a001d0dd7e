"""Worlds that are arranged for a sentence, and hosts whose kernel lacks something."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from controller.domains.network import NETWORK
from controller.domains.network.state import World, to_json
from controller.domains.world import JsonObject
from tests.network.worlds import do


def arranged_and_true(sentence: str, values: JsonObject, world: World) -> None:
    """See that a world can be made in which a sentence holds, and that it is a world."""
    observed = to_json(world)
    arranged = NETWORK.arrange(sentence, values, observed)
    assert arranged is not None
    judgement = NETWORK.judge(sentence, values, observed, arranged)
    assert judgement is not None
    assert judgement.holds, judgement.detail
    do(NETWORK.shadow(arranged), "list_links")


def lacking(world: World, kinds: Collection[str]) -> JsonObject:
    """The world as it is observed where no node's kernel has these kinds."""
    return to_json(
        replace(world, nodes=tuple(replace(node, lacks=(*kinds,)) for node in world.nodes))
    )
