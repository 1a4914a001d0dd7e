"""What privacy costs: events that need no key, events that need one, and forgetting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from controller.history.event import Occurrence
from controller.stories.forget import forget
from tests.bench.figure import Figure, median_ms
from tests.vault.people import MORNING, Shop, new_shop

EVENTS = 2000
PEOPLE = 50


def figures() -> Iterator[Figure]:
    """Reading through the private log, against reading the log underneath."""
    with tempfile.TemporaryDirectory() as directory:
        shop = new_shop(Path(directory) / "shop")
        shop.log.append([_event("shelf", number) for number in range(EVENTS)])
        under = median_ms(lambda: list(shop.stored.since()), 9) * 1e3 / EVENTS
        plain = median_ms(lambda: list(shop.log.since()), 9) * 1e3 / EVENTS
        yield Figure("read an event without a key", plain, "µs", under, "without the vault")
        shop.log.append([_event("order", number) for number in range(EVENTS)])
        sealed = median_ms(lambda: list(shop.log.since(EVENTS)), 9) * 1e3 / EVENTS
        yield Figure("read a sealed event", sealed, "µs")
        people = iter(range(PEOPLE))
        yield Figure("forget somebody", median_ms(lambda: _forget(shop, next(people)), 9), "ms")


def _event(entity: str, number: int) -> Occurrence:
    data = {"number": number, "customer" if entity == "order" else "row": f"c{number % PEOPLE}"}
    moment = MORNING + timedelta(seconds=number)
    return Occurrence(f"{entity}.seen", f"{entity}:n{number}", data, moment, None, "person:clerk")


def _forget(shop: Shop, number: int) -> None:
    forget(shop.memory, f"customer:c{number}", MORNING, "person:clerk")
