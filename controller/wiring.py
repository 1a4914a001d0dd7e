"""The only place where adapters are built: one genome repository, opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.clock import SystemClock
from controller.adapters.controller_lock import ControllerLock
from controller.adapters.file_snapshots import FileSnapshots
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_open import open_repository
from controller.adapters.git_repository import GitRepository
from controller.adapters.log_index import LogIndex
from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.projection_shelf import ProjectionShelf
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.worlds import GenomeWorlds
from controller.config import Config, read_config
from controller.domains.network import NETWORK
from controller.ports import Clock
from controller.stories.chronicle import Chronicle
from controller.stories.converge import Controller
from controller.stories.enact import Hands
from controller.stories.express import Workbench
from controller.stories.merge import Membrane
from controller.stories.project import Projector


@dataclass(frozen=True, slots=True)
class Organism:
    """The running system: registry, phenotypes, log and worlds behind one controller."""

    repository: GitRepository
    log: GitEventLog
    index: LogIndex
    snapshots: FileSnapshots
    chronicle: Chronicle
    controller: Controller
    clock: Clock
    gitdir: Path

    @property
    def hands(self) -> Hands:
        """What acting on worlds needs."""
        return self.controller.hands

    @property
    def membrane(self) -> Membrane:
        """What drafts pass through."""
        return self.controller.membrane

    @property
    def projector(self) -> Projector:
        """What building projections and asking them needs."""
        return self.controller.projector

    def lock(self) -> ControllerLock:
        """The lock that a controller holds while it acts on this clone."""
        return ControllerLock(self.gitdir / "germline")


@dataclass(frozen=True, slots=True)
class OpenLog:
    """The event log of a clone, for those who need nothing else of it."""

    log: GitEventLog
    index: LogIndex
    clock: Clock
    gitdir: Path


@contextmanager
def open_log(path: Path | str) -> Iterator[OpenLog]:
    """Open the event log of the genome repository at `path`. Raises `Blocked` if there is none."""
    clock = SystemClock()
    gitdir = Path(open_repository(Path(path)).path)
    log = GitEventLog(gitdir, clock)
    try:
        index = LogIndex(log, gitdir)
        log.known = index.known
        yield OpenLog(log, index, clock, gitdir)
    finally:
        log.close()


@contextmanager
def open_organism(path: Path, clock: Clock | None = None) -> Iterator[Organism]:
    """Open the genome repository at `path`. Raises `Blocked` if there is none."""
    time = clock or SystemClock()
    repository = GitRepository(path, time)
    gitdir = repository.git_directory
    log = GitEventLog(repository.git_directory, time)
    snapshots = FileSnapshots(gitdir)
    chronicle = Chronicle(log, time, snapshots)
    sandbox = ProcessSandbox()
    worlds = GenomeWorlds(gitdir / "germline", time, lambda: _main(repository))
    try:
        bench = Workbench(NETWORK, sandbox)
        journal = TransactionJournal(gitdir / "germline" / "transactions")
        hands = Hands(bench, worlds, journal, chronicle)
        membrane = Membrane(bench, repository, chronicle)
        shelf = ProjectionShelf(gitdir / "germline", lambda: _main(repository)[0].projections)
        projector = Projector(sandbox, shelf, chronicle, time)
        controller = Controller(repository, hands, membrane, time, projector)
        index = LogIndex(log, gitdir)
        log.known = index.known
        yield Organism(repository, log, index, snapshots, chronicle, controller, time, gitdir)
    finally:
        chronicle.close()
        worlds.close()
        sandbox.close()
        log.close()


def _main(repository: GitRepository) -> tuple[Config, Mapping[str, bytes]]:
    files = repository.files(repository.main())
    return read_config(files)[0], files
