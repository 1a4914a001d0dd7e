"""`germline.toml`: what people may set, with every default.

It is read from the commit of main that a pass works on, so that a change of configuration is
a commit like any other.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from ipaddress import ip_interface
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from controller import agent_limits, host_limits, limits
from controller.arena.fitness import Weights
from controller.arena.selection import Thresholds
from controller.conductor.assignment import Budget
from controller.conductor.breakers import Breakers
from controller.conductor.graph.calendar import zone_named
from controller.genome.surroundings import threshold
from controller.history.upcast import Upcaster, Upcasters, having, lacking, renamed, with_defaults
from grammar.diagnostic import Diagnostic, Severity
from grammar.source import Span

CONFIG_PATH = "germline.toml"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocusConfig(_Model):
    """What is tuned for one locus."""

    weights: Weights = Weights()


class WorldConfig(_Model):
    """One world that genes act on.

    `phenotype` is expressed there. `simulated` and `twin` begin in a first state: `state` is a file
    of the repository, `like` another world as it is seen then. `vantages` (for `netns:NAME`) are
    other namespaces from which diagnostics may look, by name; `roles` says what each is: `switch`
    or `peer`. For `host:NAME` they are namespaces of that host, and `confirm_grace_seconds` is how
    long it waits, beyond gene and window, until it takes back what nobody has confirmed. A name
    with a `*`, such as `netns:*`, is the world of any host of the inventory; `{host}` in `state`
    and `like` is the same host.
    """

    phenotype: str
    state: str | None = None
    like: str | None = None
    vantages: dict[str, str] = {}
    roles: dict[str, Literal["switch", "peer"]] = {}
    confirm_grace_seconds: float = Field(
        default=host_limits.HOST_CONFIRM_GRACE_SECONDS, gt=0, allow_inf_nan=False
    )


class SearchConfig(_Model):
    """The search engine. `seed` makes its choices repeatable."""

    seed: int = 0
    max_candidates: int = Field(default=limits.SEARCH_CANDIDATES, ge=1)
    max_generations: int = Field(default=limits.SEARCH_GENERATIONS, ge=1)
    beam: int = Field(default=limits.SEARCH_BEAM, ge=1)


class CanaryConfig(_Model):
    """Who has a change first. `hosts` are names of worlds or of hosts, in whose fleets they go
    first; else it is the first of the fleet by name. `window_seconds` is how long its diagnostics
    must stay healthy before any other is changed; `fraction` the share of a system's calls of a
    gene that a new allele answers first, beside the former one."""

    hosts: tuple[StrictStr, ...] = ()
    window_seconds: float = Field(
        default=host_limits.CANARY_WINDOW_SECONDS, ge=0, le=host_limits.CANARY_WINDOW_MAX_SECONDS
    )
    fraction: float = Field(default=0.0, ge=0, le=1)


class RolloutConfig(_Model):
    """How a change reaches the others. `batches` are the worlds that may have it unconfirmed at a
    time, the last size again and again; `max_failures` the worlds, healthy before, on which it may
    fail; `watch_seconds` how often each is looked at in its first hour."""

    batches: tuple[Annotated[int, Field(ge=1, le=host_limits.HOST_BATCH)], ...] = Field(
        default=host_limits.ROLLOUT_BATCHES, min_length=1
    )
    max_failures: int = Field(default=host_limits.ROLLOUT_FAILURES, ge=1)
    watch_seconds: float = Field(
        default=host_limits.ROLLOUT_WATCH_SECONDS,
        ge=host_limits.ROLLOUT_WATCH_MIN_SECONDS,
        allow_inf_nan=False,
    )


class TwinConfig(_Model):
    """With `use`, what a search found is tried on the twin before a draft is opened."""

    use: bool = False


class ProjectionsConfig(_Model):
    """Which projections this genome keeps, and where.

    `phenotype` names the one whose projection loci are built; without it none are. Relational
    alleles build in SQLite files inside the clone or in the database that `dsn` (or the
    environment's GERMLINE_POSTGRES_DSN, for what must not be committed) leads to.
    """

    phenotype: str | None = None
    relational: Literal["sqlite", "postgres"] = "sqlite"
    dsn: str | None = None
    window_hours: float = Field(default=limits.PROJECTION_WINDOW_HOURS, ge=0)


class SystemsConfig(_Model):
    """`phenotype` names the one whose genes bring about what systems demand; without it none do."""

    phenotype: str | None = None


class ProtectedConfig(_Model):
    """What no gene may touch but those of `loci`: the management link, the default route.

    With an address goes whatever carries it. `0.0.0.0/0` and `::/0` are the default routes.
    """

    interfaces: tuple[StrictStr, ...] = ()
    addresses: tuple[StrictStr, ...] = ()
    loci: tuple[StrictStr, ...] = ()

    @field_validator("addresses")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for text in given:
            try:
                ip_interface(text)
            except ValueError:
                raise ValueError(
                    f"`{text}` is no address such as 10.0.0.1 or 2001:db8::1, nor a network such "
                    "as 10.0.0.0/24"
                ) from None
        return given

    def against(self, locus: str) -> dict[str, tuple[str, ...]]:
        """What is protected from a locus's genes, by kind; empty if nothing is."""
        found = {"interfaces": self.interfaces, "addresses": self.addresses}
        return {} if locus in self.loci else {kind: names for kind, names in found.items() if names}


class AgentsConfig(_Model):
    """Who is engaged where genes and searches fail: `command` is a program and its arguments,
    without which nobody is. The rest is what one agent may use."""

    command: tuple[StrictStr, ...] = ()
    seconds: float = Field(default=agent_limits.AGENT_SECONDS, gt=0, allow_inf_nan=False)
    money: float = Field(default=agent_limits.AGENT_MONEY, ge=0, le=agent_limits.AGENT_MONEY_MAX)
    tokens: int = Field(default=agent_limits.AGENT_TOKENS, ge=0, le=agent_limits.AGENT_TOKENS_MAX)

    @property
    def budget(self) -> Budget:
        """What one agent may use."""
        return Budget(seconds=self.seconds, money=self.money, tokens=self.tokens)


class HostsConfig(_Model):
    """How hosts are reached. `via` is a program and its arguments, which hands its input to
    `ansible-runner worker`, wherever that is, and prints what the worker does."""

    via: tuple[StrictStr, ...] = ()


class VaultConfig(_Model):
    """Where the keys of subjects are: an absolute path outside the working tree."""

    directory: str | None = None


class ForgeConfig(_Model):
    """Where drafts become pull requests. Without `[forge]` they stay in this clone.

    `url` is the forge's own, such as https://github.com or https://git.example.org; `project` its
    path there, `owner/name`; `remote` the git remote of this clone that leads to it. `proofs` and
    `events` say whether the notes with proofs and the log of events are pushed as well. The token
    is never here: it is a systemd credential or in the environment.
    """

    kind: Literal["github", "gitlab", "forgejo"]
    url: str = Field(pattern=r"^https?://[^/\s]+(/[^\s]*)?$")
    project: str = Field(pattern=r"^[\w.-]+(/[\w.-]+)+$")
    remote: str = Field(default="origin", pattern=r"^[A-Za-z0-9][\w.-]*$")
    proofs: bool = True
    events: bool = False


class IdentityConfig(_Model):
    """Files of keys to sign with, private ones or, where an SSH agent has those, public ones.

    `agents` signs what agents draft; without it `controller` does. Keys are never in the
    repository; the credentials `germline-signing-key` and `germline-agents-signing-key` go before.
    """

    controller: str | None = Field(default=None, pattern=r"^/")
    agents: str | None = Field(default=None, pattern=r"^/")


class UpcastConfig(_Model):
    """How an old shape of a type of events is read today; what is recorded stays as it is.

    It reads events of `type` that have every member of `having` and none of `lacking`; it makes
    them of type `becomes`, with members renamed (old to new) and `defaults` for what is not
    there. It must not read what it makes: that is the same as to say that it ends.
    """

    type: StrictStr
    having: tuple[StrictStr, ...] = ()
    lacking: tuple[StrictStr, ...] = ()
    rename: dict[StrictStr, StrictStr] = {}
    defaults: dict[StrictStr, JsonValue] = {}
    becomes: StrictStr | None = None

    @model_validator(mode="after")
    def _ends(self) -> Self:
        moves_on = (
            self.becomes not in (None, self.type)
            or (set(self.having) & set(self.rename)) - set(self.rename.values())
            or set(self.lacking) & set(self.defaults)
        )
        if not moves_on:
            raise ValueError(
                f"it would read `{self.type}` again and again: rename a member of `having`, give "
                "a default for one of `lacking`, or another type in `becomes`"
            )
        return self

    def upcaster(self) -> Upcaster:
        """The same as a function of events."""
        has, lacks = having(*self.having), lacking(*self.lacking)
        rename, default = renamed(**self.rename), with_defaults(**self.defaults)
        return Upcaster(
            self.type,
            lambda data: has(data) and lacks(data),
            lambda data: default(rename(data)),
            self.becomes or self.type,
        )


class PlanConfig(_Model):
    """`ignore` holds patterns of fields that plans and drift leave out: `links.*.mtu`.

    With `prune`, what earlier runs made and nobody wants any more is removed without asking.
    """

    ignore: tuple[StrictStr, ...] = ()
    prune: bool = False


class Config(_Model):
    """`germline.toml`. `thresholds` are those that systems name and do not declare themselves;
    `time_zone` (IANA) is the one in which their days are counted."""

    selection: Thresholds = Thresholds()
    weights: Weights = Weights()
    loci: dict[str, LocusConfig] = {}
    search: SearchConfig = SearchConfig()
    twin: TwinConfig = TwinConfig()
    canary: CanaryConfig = CanaryConfig()
    rollout: RolloutConfig = RolloutConfig()
    worlds: dict[str, WorldConfig] = {}
    projections: ProjectionsConfig = ProjectionsConfig()
    systems: SystemsConfig = SystemsConfig()
    agents: AgentsConfig = AgentsConfig()
    limits: Breakers = Breakers()
    hosts: HostsConfig = HostsConfig()
    vault: VaultConfig = VaultConfig()
    forge: ForgeConfig | None = None
    identity: IdentityConfig = IdentityConfig()
    plan: PlanConfig = PlanConfig()
    protected: ProtectedConfig = ProtectedConfig()
    upcasts: tuple[UpcastConfig, ...] = ()
    time_zone: str = "UTC"
    thresholds: dict[str, StrictInt | StrictFloat | StrictStr] = {}

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, given: str) -> str:
        if zone_named(given) is None:
            raise ValueError(f"there is no time zone {given}; such as UTC or Europe/Berlin")
        return given

    @field_validator("thresholds")
    @classmethod
    def _are_constants(cls, given: dict[str, int | float | str]) -> dict[str, int | float | str]:
        for name, value in given.items():
            if threshold(name, value) is None:
                raise ValueError(
                    f"`{name}` is no name, or `{value}` no number, `20%`, `30s` or `$5`"
                )
        return given

    def world(self, name: str) -> WorldConfig | None:
        """The settings of a world, its own or those of a pattern that it fits."""
        if name in self.worlds:
            return self.worlds[name]
        for pattern, settings in self.worlds.items():
            head, star, tail = pattern.partition("*")
            middle = len(name) - len(head) - len(tail)
            if star and middle > 0 and name.startswith(head) and name.endswith(tail):
                host = name[len(head) : len(head) + middle]
                state = settings.state and settings.state.replace("{host}", host)
                like = settings.like and settings.like.replace("{host}", host)
                return settings.model_copy(update={"state": state, "like": like})
        return None

    def world_of(self, host: str) -> str | None:
        """The world that a host of the inventory is: one of its own name, or of a pattern."""
        for name in self.worlds:
            if name.partition(":")[2] == host:
                return name
        pattern = next((name for name in self.worlds if "*" in name), None)
        return None if pattern is None else pattern.replace("*", host)

    def upcasters(self) -> Upcasters:
        """How old events are read; their form is a hash of what is declared."""
        declared = json.dumps([one.model_dump(mode="json") for one in self.upcasts])
        form = hashlib.sha256(declared.encode()).hexdigest() if self.upcasts else ""
        return Upcasters((one.upcaster() for one in self.upcasts), form)

    def weights_of(self, locus: str) -> Weights:
        """The weights of a locus, or the general ones."""
        return self.loci[locus].weights if locus in self.loci else self.weights


def read_config(files: Mapping[str, bytes]) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The configuration in a commit's files; defaults, and a remark, where it cannot be read."""
    return read_toml(files, CONFIG_PATH, Config)


Model = TypeVar("Model", bound=BaseModel)


def read_toml(
    files: Mapping[str, bytes], path: str, model: type[Model]
) -> tuple[Model, tuple[Diagnostic, ...]]:
    """A TOML file of a commit as a model; its defaults, and remarks, where it cannot be read."""
    if path not in files:
        return model(), ()
    try:
        return model.model_validate(tomllib.loads(files[path].decode())), ()
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        return model(), (_remark(path, str(wrong)),)
    except ValidationError as wrong:
        return model(), tuple(
            _remark(path, f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}")
            for error in wrong.errors()
        )


def _remark(path: str, message: str) -> Diagnostic:
    hint = "README.md lists the settings and their defaults"
    return Diagnostic("GN-E010", Severity.ERROR, message, Span(path, 1, 1, 1, 1), "", hint)
