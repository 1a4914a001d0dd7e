"""The network as a domain: what the core may ask of it, in one value.

`NETWORK` answers `controller.domains.world.Domain`. It needs no root and no network: the
kernel of a real one is in `netlink`, which only whoever builds adapters imports.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from controller import limits
from controller.domains.network import (
    address,
    argument,
    guarding,
    likeness,
    ordeal,
    outside,
    phrases,
    profile,
    refusal,
    rewiring,
    situation,
    state,
    variation,
)
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.operation_links import BOND_MODES
from controller.domains.network.resources import BUILDERS, NEEDED, RESOURCES, RETIRERS
from controller.domains.network.settled import settled
from controller.domains.world import (
    Answer,
    Domain,
    Guard,
    Json,
    JsonObject,
    Judgement,
    Likeness,
    Operation,
    OperationSpec,
    Ordeal,
    Situation,
    Touch,
    TwinKernel,
    Variation,
)
from grammar.sg.nodes import GeneContract
from grammar.sg.vocabulary import Vocabulary


class NetworkDomain:
    """Answers for links, bridges, forwarding tables, addresses and neighbours."""

    name: str = "network"
    catalogue: Mapping[str, OperationSpec] = CATALOGUE
    vocabulary: Vocabulary = RESOURCES
    builders: Mapping[str, str] = BUILDERS
    retirers: Mapping[str, tuple[str, str]] = RETIRERS

    def problem(self, operation: Operation) -> str | None:
        """Why an operation's arguments cannot be right, in one line; None if they may be."""
        return argument.check(operation)

    def phrases(self) -> tuple[str, ...]:
        """Every phrase of the domain, as it is told to people."""
        return tuple(phrase.text for phrase in phrases.PHRASES)

    def executable(self, sentence: str, fields: Collection[str] | None = None) -> bool:
        """True when a phrase matches the sentence, and what it speaks of is among `fields`."""
        return phrases.executable(sentence, fields)

    def nearest(self, sentence: str) -> str | None:
        """The phrase most like a sentence that matches none."""
        return phrases.nearest(sentence)

    def judge(
        self,
        sentence: str,
        values: JsonObject,
        before: JsonObject,
        now: JsonObject,
        answers: Sequence[Answer] = (),
    ) -> Judgement | None:
        """Judge one sentence; None if no phrase matches, and where nobody can tell."""
        return phrases.judge(sentence, values, before, now, answers)

    def arrange(self, sentence: str, values: JsonObject, observed: JsonObject) -> JsonObject | None:
        """A world near the observed one in which the sentence holds, if it can be made."""
        return phrases.arrange(sentence, values, observed)

    def situation(self, contract: GeneContract, rng: random.Random) -> Situation | None:
        """A world and an input for which the contract's gene must work, if there is one."""
        return situation.situation(contract, rng)

    def kinds(self, observed: JsonObject, value: Json) -> frozenset[str]:
        """The kinds of the catalogue that a value has in this world."""
        return frozenset(_kinds(state.from_json(observed), value))

    def touches(self, operation: Operation) -> Touch:
        """The interfaces that a mutation would change and make."""
        return guarding.touches(operation)

    def guard(self, observed: JsonObject, protected: Mapping[str, Collection[str]]) -> Guard:
        """What keeps operations away from protected interfaces and addresses."""
        return guarding.guard(state.from_json(observed).subject, protected)

    def shadow(self, observed: JsonObject) -> TwinKernel:
        """A simulated world in the observed state. Raises `ValueError` if it is none."""
        return outside.shadow(observed)

    def settled(self, observed: JsonObject) -> JsonObject:
        """The host's own configuration: what a rollback must restore."""
        return settled(state.from_json(observed))

    def objections(
        self, observed: JsonObject, taken: Sequence[str], made: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Interfaces that are not there, names that Linux gives to none, kinds that it lacks."""
        host = state.from_json(observed).subject
        there = ", ".join(link.name for link in host.links) or "none"
        missing = [name for name in taken if host.link(name) is None]
        lacking = [f"there is no interface {name} (there are: {there})" for name in missing]
        wrong = [name for name in made if not address.is_name(name)]
        needed = {NEEDED[kind] for kind in made.values() if kind in NEEDED}
        return (
            *lacking,
            *(refusal.WITHOUT[kind] for kind in sorted(needed & {*host.lacks})),
            *(
                f"`{name}` cannot be an interface's name: it has up to "
                f"{limits.INTERFACE_NAME_BYTES} bytes, and no space or slash"
                for name in wrong
            ),
        )

    def likeness(self, observed: JsonObject, values: JsonObject) -> Likeness:
        """The world in plain MAC and IPv4 addresses, which keep their order and their networks."""
        return likeness.likeness(observed, values)

    def unforeseen(self, before: JsonObject, after: JsonObject) -> frozenset[str]:
        """The MAC addresses of new bridges that were not told one, and have none of a port."""
        host, known = state.from_json(after).subject, state.from_json(before).subject
        return frozenset(
            f"links.{link.name}.mac"
            for link in host.links
            if known.link(link.name) is None and link.mac == rewiring.invented_mac(link.name)
        )

    def variations(
        self, observed: JsonObject, values: JsonObject, rng: random.Random
    ) -> Sequence[Variation]:
        """Held-out cases near the one in which a gene failed on input `values`."""
        return variation.variations(observed, values, rng)

    def ordeals(self, observed: JsonObject) -> Sequence[Ordeal]:
        """Time, flapping links, a reboot: what a change of a network must survive."""
        return ordeal.ordeals(state.from_json(observed))


def _kinds(world: state.World, value: Json) -> set[str]:
    if isinstance(value, bool):
        return {"bool"}
    if isinstance(value, (int, float)):
        whole = {"int", "metric", "miimon"} if isinstance(value, int) else set()
        bounded = {kind for kind in ("mtu", "vlan_id") if argument.fits(kind, value)}
        return {"seconds", "milliseconds"} | whole | bounded
    if isinstance(value, list):
        lists = {"addresses", "routes"}
        return {kind for kind in lists if value and argument.fits(kind, value)}
    if not isinstance(value, str):
        return set()
    kinds = {"name"} if address.is_name(value) else set()
    if address.is_unicast_mac(value):
        kinds.add("mac")
    if address.is_host_address(value) or address.is_cidr(value):
        kinds.add("address")
    if value in BOND_MODES:
        kinds.add("bond_mode")
    if address.is_network(value):
        kinds.add("network")
    link = world.subject.link(value)
    if link is not None:
        kinds |= {"interface", link.kind, *(["nic"] if link.kind in state.PORT_KINDS else [])}
    if value != world.host and world.node(value) is not None:
        kinds.add("vantage")
    if profile.found(world.subject.profiles, value) is not None:
        kinds.add("profile")
    words = ("profile_type", "port_type", "method")
    kinds |= {kind for kind in words if argument.fits(kind, value)}
    return kinds


NETWORK: Domain = NetworkDomain()
"""The domain, ready for use."""
