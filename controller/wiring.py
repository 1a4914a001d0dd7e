"""The only place where adapters are built: one genome repository, opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.agent_processes import AgentProcesses
from controller.adapters.ansible_courier import AnsibleCourier
from controller.adapters.clock import SystemClock
from controller.adapters.controller_lock import ControllerLock
from controller.adapters.file_copies import FileCopies
from controller.adapters.file_snapshots import FileSnapshots
from controller.adapters.file_vault import FileVault
from controller.adapters.forge_connect import Connector
from controller.adapters.forge_memory import ForgeMemory
from controller.adapters.git_event_log import GitEventLog
from controller.adapters.git_notary import GitNotary
from controller.adapters.git_repository import GitRepository
from controller.adapters.host_timer import HostTimer
from controller.adapters.last_pass import LastPassFile
from controller.adapters.log_index import LogIndex
from controller.adapters.private_event_log import PrivateEventLog
from controller.adapters.process_sandbox import ProcessSandbox
from controller.adapters.projection_shelf import ProjectionShelf
from controller.adapters.transaction_journal import TransactionJournal
from controller.adapters.vault_files import place_of
from controller.adapters.waker import Waker
from controller.adapters.watch import TRANSACTIONS
from controller.adapters.worlds import GenomeWorlds
from controller.config import (
    CONFIG_PATH,
    Config,
    IdentityConfig,
    ProjectionsConfig,
    ProtectedConfig,
    read_config,
)
from controller.domains.network import NETWORK
from controller.history.privacy import Privacy
from controller.history.upcast import Upcasters
from controller.ports import Blocked, Clock
from controller.ports.agents import Agents
from controller.ports.forgetting import CopyHolder
from controller.stories.brake import Braked
from controller.stories.chronicle import Chronicle
from controller.stories.collect import Desk
from controller.stories.converge import Controller
from controller.stories.enact import Hands
from controller.stories.engage import Staff
from controller.stories.express import Workbench
from controller.stories.forget import Memory, finish_forgetting
from controller.stories.merge import Membrane
from controller.stories.project import Projector
from controller.stories.publish import Publisher
from controller.stories.seclusion import read_privacy
from controller.stories.serve_systems import Server
from controller.stories.watch_systems import Systems


@dataclass(frozen=True, slots=True)
class OpenLog:
    """The event log of a clone, and what is kept beside it."""

    repository: GitRepository
    log: PrivateEventLog
    index: LogIndex
    memory: Memory
    vault: FileVault
    privacy: Callable[[], Privacy]
    clock: Clock
    shelf: ProjectionShelf
    notary: GitNotary
    gitdir: Path


@dataclass(frozen=True, slots=True)
class Organism:
    """The running system: registry, phenotypes, log and worlds behind one controller."""

    past: OpenLog
    chronicle: Chronicle
    controller: Controller
    publisher: Publisher

    @property
    def repository(self) -> GitRepository:
        """The genome in git."""
        return self.past.repository

    @property
    def log(self) -> PrivateEventLog:
        """What happened."""
        return self.past.log

    @property
    def index(self) -> LogIndex:
        """Where it is in the log."""
        return self.past.index

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self.past.clock

    @property
    def gitdir(self) -> Path:
        """The git directory."""
        return self.past.gitdir

    @property
    def hands(self) -> Hands:
        """What acting on worlds needs."""
        return self.controller.hands

    @property
    def membrane(self) -> Membrane:
        """What drafts pass through."""
        return self.controller.membrane

    @property
    def agents(self) -> Agents:
        """Who works beside the passes."""
        return self.controller.desk.staff.agents

    @property
    def projector(self) -> Projector:
        """What building projections and asking them needs."""
        return self.controller.projector

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the controller's lock.

        Raises `Halted` if a person has paused all acting, `Blocked` if main is not what people
        signed for.
        """
        self.chronicle.go_on()
        with self.lock():
            self.controller.require_vouched()
            yield

    @property
    def last_pass(self) -> LastPassFile:
        """What the controller of this clone met lately."""
        return LastPassFile(self.gitdir / "germline" / "last-pass.json")

    def lock(self) -> ControllerLock:
        """The lock that a controller holds while it acts on this clone."""
        return ControllerLock(self.gitdir / "germline")


@contextmanager
def open_log(path: Path, clock: Clock | None = None) -> Iterator[OpenLog]:
    """Open the event log of the genome repository at `path`. Raises `Blocked` if there is none."""
    time = clock or SystemClock()
    repository = GitRepository(path, time)
    gitdir = repository.git_directory
    notary = GitNotary(gitdir, lambda: _identity(repository), time)
    repository.sign = notary.sign_commit
    privacy, vault = PrivacyOfMain(repository), open_vault(repository)
    stored = GitEventLog(gitdir, time)
    try:
        log = PrivateEventLog(stored, lambda: vault, privacy)
        index = LogIndex(log, gitdir)
        stored.known = index.known
        shelf = ProjectionShelf(gitdir / "germline", lambda: _projections(repository))
        memory = Memory(log, vault, copies(gitdir, shelf))
        finish_forgetting(memory)
        yield OpenLog(repository, log, index, memory, vault, privacy, time, shelf, notary, gitdir)
    finally:
        stored.close()


@contextmanager
def open_organism(path: Path, clock: Clock | None = None) -> Iterator[Organism]:
    """Open the genome repository at `path`. Raises `Blocked` if there is none."""
    with open_log(path, clock) as past, ExitStack() as closing:
        gitdir, repository, time = past.gitdir, past.repository, past.clock
        chronicle = Chronicle(past.log, time, FileSnapshots(gitdir), UpcastsOfMain(repository))
        closing.callback(chronicle.close)
        courier = AnsibleCourier(chronicle.go_on, lambda: _main(repository)[0].hosts.via)
        main = ConfigOfMain(repository)
        worlds = GenomeWorlds(gitdir / "germline", time, main, courier)
        closing.callback(worlds.close)
        sandbox = ProcessSandbox()
        closing.callback(sandbox.close)
        bench = Workbench(NETWORK, Braked(sandbox, chronicle.go_on), ProtectionOfMain(repository))
        journal = TransactionJournal(gitdir / "germline" / TRANSACTIONS)
        timer = HostTimer(journal)
        hands = Hands(bench, worlds, journal, timer, chronicle, worlds, worlds.twin)
        forge = ForgeMemory(gitdir / "germline" / "forge.json")
        connector = Connector(repository, lambda: main()[0].forge, forge, time)
        closing.callback(connector.close)
        projector = Projector(sandbox, past.shelf, chronicle, time)
        membrane = Membrane(
            bench,
            repository,
            chronicle,
            connector.connect,
            past.notary,
            lambda: forge.read().refused,
            projector,
        )
        systems = Systems(chronicle, FileSnapshots(gitdir), time)
        closing.callback(systems.close)
        agents = AgentProcesses(Waker(gitdir / "germline" / "wake"))
        closing.callback(agents.close)
        staff = Staff(agents, chronicle, past.index, time)
        server = Server(bench.sandbox, systems, staff, repository)
        desk = Desk(staff, systems, membrane)
        publisher = Publisher(membrane, forge, time)
        controller = Controller(
            repository, hands, membrane, time, projector, server, desk, publisher
        )
        yield Organism(past, chronicle, controller, publisher)


@contextmanager
def open_bench(path: Path) -> Iterator[tuple[GitRepository, Workbench]]:
    """A repository, and what a proof needs besides; nothing is read or written beside git."""
    repository, sandbox = GitRepository(path), ProcessSandbox()
    try:
        yield repository, Workbench(NETWORK, sandbox)
    finally:
        sandbox.close()


def _main(repository: GitRepository) -> tuple[Config, Mapping[str, bytes]]:
    files = repository.files(repository.main())
    return read_config(files)[0], files


def _identity(repository: GitRepository) -> IdentityConfig:
    """Where keys are; before there is a main nobody has one."""
    return _main(repository)[0].identity if repository.has_main else IdentityConfig()


def _projections(repository: GitRepository) -> ProjectionsConfig:
    """Where projections are; a log without a genome has none."""
    if not repository.has_main:
        return ProjectionsConfig()
    return _main(repository)[0].projections


def open_vault(repository: GitRepository) -> FileVault:
    """The vault where main's configuration puts it; none is made yet. Raises `Blocked`.

    Where the configuration cannot be read it is the default place, and `PrivacyOfMain` keeps
    anything from being sealed there.
    """
    try:
        configured = _main(repository)[0].vault.directory
    except Blocked:
        configured = None
    return FileVault(place_of(configured, repository.git_directory))


def copies(gitdir: Path, shelf: ProjectionShelf) -> tuple[CopyHolder, ...]:
    """Whatever keeps data of subjects besides the log."""
    files = (FileCopies(gitdir / "germline" / name) for name in ("snapshots", "index"))
    return (*files, shelf)


class ConfigOfMain:
    """Main's configuration and all its files by path, read again when main has moved."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._read: tuple[str, tuple[Config, Mapping[str, bytes]]] | None = None

    def __call__(self) -> tuple[Config, Mapping[str, bytes]]:
        """As main is now."""
        commit = self._repository.main()
        if self._read is None or self._read[0] != commit:
            files = self._repository.files(commit)
            self._read = commit, (read_config(files)[0], files)
        return self._read[1]


class PrivacyOfMain:
    """What main demands of privacy, read again when main has moved."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._read: tuple[str, Privacy] | None = None

    def __call__(self) -> Privacy:
        """The demands of main as it is now. Raises `Blocked` if they cannot be read."""
        if not self._repository.has_main:
            return Privacy()  # a log without a genome, which has no rules
        commit = self._repository.main()
        if self._read is None or self._read[0] != commit:
            files = self._repository.files(commit)
            privacy, wrong = read_privacy(files), read_config(files)[1]
            if privacy.shredded and wrong:
                raise Blocked(
                    f"{CONFIG_PATH} says where the vault is, and cannot be read: "
                    f"{wrong[0].message}",
                    "`germline check` shows what is wrong; nothing is recorded until it is right",
                )
            self._read = commit, privacy
        return self._read[1]


class ProtectionOfMain:
    """What main protects from the genes of a locus, read again when main has moved."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._read: tuple[str, ProtectedConfig] | None = None

    def __call__(self, locus: str) -> Mapping[str, tuple[str, ...]]:
        """By kind. Raises `Blocked` where the configuration cannot be read."""
        commit = self._repository.main()
        if self._read is None or self._read[0] != commit:
            config, wrong = read_config(self._repository.files(commit))
            if wrong:
                raise Blocked(
                    f"{CONFIG_PATH} says what is protected, and cannot be read: {wrong[0].message}",
                    "`germline check` shows what is wrong; no gene runs until it is right",
                )
            self._read = commit, config.protected
        return self._read[1].against(locus)


class UpcastsOfMain:
    """How main has old events read, looked at again when main has moved."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._read: tuple[str, Upcasters] | None = None

    def __call__(self) -> Upcasters:
        """The upcasters of main as it is now."""
        commit = self._repository.main()
        if self._read is None or self._read[0] != commit:
            self._read = commit, read_config(self._repository.files(commit))[0].upcasters()
        return self._read[1]
