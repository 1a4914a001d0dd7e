"""A shop with customers who may ask to be forgotten, and a repository that keeps its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2

from controller.adapters.clock import VirtualClock
from controller.adapters.file_copies import FileCopies
from controller.adapters.file_vault import FileVault
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.private_event_log import PrivateEventLog
from controller.domains.world import JsonObject
from controller.history.event import Occurrence
from controller.history.privacy import Privacy
from controller.stories.forget import Memory
from controller.stories.seclusion import read_privacy

SYSTEM = """\
system "shop" {

  entity customer {
    has: name, orders[]
    rule: deletion_means_crypto_shred
  }

  entity order {
    belongs_to: customer
    has: total
  }

  entity line {
    belongs_to: order
    has: text
  }

  entity shelf {
    has: height
  }
}
"""
PRIVACY: Privacy = read_privacy({"systems/shop.sg": SYSTEM.encode()})
MORNING = datetime(2026, 11, 1, 9, tzinfo=UTC)
MARKER = "Zwiebelkuchen-4711-Rosenweg"
"""Something that only one customer said."""


def happened(
    kind: str, subject: str, data: JsonObject, minute: int = 0, actor: str = "person:clerk"
) -> Occurrence:
    """Something that happened so many minutes after nine."""
    return Occurrence(kind, subject, data, MORNING + timedelta(minutes=minute), None, actor)


STORY = (
    happened("customer.created", "customer:c1", {"name": MARKER}),
    happened("customer.created", "customer:c2", {"name": "Bo"}, 1),
    happened("order.created", "order:o1", {"customer": "c1", "note": f"for {MARKER}"}, 2),
    happened("line.added", "line:l1", {"order": "o1", "text": MARKER * 3}, 3),
    happened("order.paid", "order:o1", {"total": 3, "iban": MARKER}, 4),
    happened("shelf.moved", "shelf:s1", {"height": 2}, 5),
)
"""What the shop remembers: five events about people, four of them about c1, one about none."""


class Shop:
    """One process's view of a shop's repository."""

    def __init__(self, path: Path, environment: dict[str, str] | None = None) -> None:
        self.gitdir = path
        self.stored = GitEventLog(path, VirtualClock(MORNING))
        self.vault = FileVault(path / "germline" / "vault", environment or {})
        self.log = PrivateEventLog(self.stored, lambda: self.vault, lambda: PRIVACY)
        copies = tuple(FileCopies(path / "germline" / name) for name in ("snapshots", "index"))
        self.memory = Memory(self.log, self.vault, copies)


def new_shop(path: Path) -> Shop:
    """An empty bare repository."""
    pygit2.init_repository(str(path), bare=True)
    return Shop(path)


def founded(path: Path) -> Shop:
    """A shop after `STORY`, in git; with copies of it in a snapshot and an index."""
    shop = new_shop(path)
    shop.log.append(STORY)
    shop.stored.seal()
    for name in ("snapshots", "index"):
        (path / "germline" / name / "deep").mkdir(parents=True)
        (path / "germline" / name / "deep" / "copy").write_text(MARKER)
    return shop
