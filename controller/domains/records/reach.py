"""Data points: what of an event must stay within reach of whoever asks a projection.

A data point is the latest value of one field of one subject: `interaction.duration` of c1. The
field is named by the event type's noun and the path in its data; list elements count each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from controller.domains.records.state import scalar_text
from controller.domains.world import Json


def data_points(event_type: str, data: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """(field, value as text) of each data point that one event sets."""
    noun = event_type.partition(".")[0]
    for name, value in data.items():
        yield from _below(f"{noun}.{name}", value)


def _below(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _below(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _below(f"{path}[{index}]", inner)
    elif value is not None:
        yield path, scalar_text(value)


def follows(kinds: Sequence[str], event_type: str) -> bool:
    """True if one of `kinds` (`deal.updated`, or `deal.*` for all about deals) is the type."""
    return any(
        event_type.startswith(kind[:-1]) if kind.endswith(".*") else event_type == kind
        for kind in kinds
    )
