"""Whether an intent wants what there is, and whether a phenotype fits its topology.

Called by check.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.check_topology import check_properties
from grammar.sg.composition import HostSet, Intent, Topology
from grammar.sg.literal import fits, literal_text
from grammar.sg.nodes import Binding, Phenotype
from grammar.sg.scope import Scope
from grammar.sg.terms import Field
from grammar.sg.vocabulary import NETWORK, Vocabulary
from grammar.source import Span


class IntentCheck:
    """Checks intents against topologies, phenotypes and the groups of the inventory.

    `groups` maps a group to its hosts; None if there is no inventory to check against.
    """

    def __init__(
        self,
        topologies: Mapping[str, Topology],
        phenotypes: Mapping[str, Phenotype],
        groups: Mapping[str, Collection[str]] | None,
        vocabulary: Vocabulary,
    ) -> None:
        self._topologies = topologies
        self._phenotypes = phenotypes
        self._groups = groups
        self._vocabulary = vocabulary

    def intent(self, remarks: Remarks, intent: Intent) -> None:
        """Check everything that an intent names."""
        names = [network.name for network in intent.networks]
        scope = Scope("intent", {})
        known = self._vocabulary.get(NETWORK)
        for network in intent.networks:
            check_properties(remarks, scope, network, NETWORK, known, names)
        wanted: dict[tuple[str, ...], int] = {}
        for hosts in intent.has:
            if remarks.full:
                return
            self._hosts(remarks, hosts, wanted)

    def _hosts(self, remarks: Remarks, hosts: HostSet, wanted: dict[tuple[str, ...], int]) -> None:
        topology = hosts.topology
        if topology.name and topology.name not in self._topologies:
            self._no_topology(remarks, topology.name, somewhere(topology.span))
        for named in hosts.phenotypes:
            found = self._phenotypes.get(named.name)
            if found is None:
                hint = did_you_mean(named.name, self._phenotypes, "no phenotype has this name")
                message = f"unknown phenotype `{named.name}`"
                remarks.say("SG-E238", message, somewhere(named.span), hint)
            elif self._known(topology.name) and found.topology != topology.name:
                if found.topology and not self._known(found.topology):
                    continue
                other = f"`{found.topology}`" if found.topology else "no topology"
                message = f"`{named.name}` is for {other}, not for `{topology.name}`"
                hint = f"name a phenotype that is `for {topology.name}`"
                remarks.say("SG-E246", message, somewhere(named.span), hint)
        self._count(remarks, hosts, wanted)

    def _no_topology(self, remarks: Remarks, name: str, span: Span) -> None:
        hint = did_you_mean(name, self._topologies, "no topology has this name")
        remarks.say("SG-E233", f"unknown topology `{name}`", span, hint)

    def _known(self, topology: str) -> bool:
        return topology in self._topologies

    def _count(self, remarks: Remarks, hosts: HostSet, wanted: dict[tuple[str, ...], int]) -> None:
        if self._groups is None:
            return
        unknown = [named for named in hosts.groups if named.name not in self._groups]
        for named in unknown:
            otherwise = (
                f"the inventory has {listing(self._groups)}"
                if self._groups
                else "the inventory has no groups"
            )
            hint = did_you_mean(named.name, self._groups, otherwise)
            message = f"unknown group of hosts `{named.name}`"
            remarks.say("SG-E239", message, somewhere(named.span), hint)
        if unknown or not hosts.groups:
            return
        groups = tuple(sorted({named.name for named in hosts.groups}))
        there = len({host for group in groups for host in self._groups[group]})
        wanted[groups] = wanted.get(groups, 0) + hosts.count
        if wanted[groups] > there:
            hint = f"add hosts to {listing(groups)}, or want fewer"
            message = f"{wanted[groups]} hosts are wanted, and there are {there}"
            remarks.say("SG-E244", message, somewhere(hosts.span), hint)

    def phenotype(self, remarks: Remarks, phenotype: Phenotype) -> None:
        """Check the topology that a phenotype is for, and the bindings that it gives it."""
        if phenotype.topology is None:
            return
        topology = self._topologies.get(phenotype.topology)
        if topology is None:
            span = somewhere(phenotype.places.get("for"))
            if self._topologies:
                self._no_topology(remarks, phenotype.topology, span)
            else:
                hint = "define it, or leave the line out"
                message = f"nothing defines topology `{phenotype.topology}`"
                remarks.say("SG-E293", message, span, hint)
            return
        takes = {field.name: field for field in topology.takes}
        for binding in phenotype.bindings:
            _check_binding(remarks, topology, takes, binding)
        bound = {binding.name for binding in phenotype.bindings}
        for field in topology.takes:
            if field.required and field.name not in bound:
                message = f"`{phenotype.name}` does not bind `{field.name}`"
                hint = f"add `{field.name} = …`, of type `{field.type}`"
                remarks.say("SG-E242", message, somewhere(phenotype.span), hint)


def _check_binding(
    remarks: Remarks, topology: Topology, takes: Mapping[str, Field], binding: Binding
) -> None:
    field, span = takes.get(binding.name), somewhere(binding.span)
    if field is None:
        otherwise = f"it takes {listing(takes)}" if takes else "it takes nothing"
        hint = did_you_mean(binding.name, takes, otherwise)
        message = f"topology `{topology.name}` takes no `{binding.name}`"
        remarks.say("SG-E242", message, span, hint)
    elif not fits(binding.value, field.type):
        message = f"`{literal_text(binding.value)}` does not fit `{binding.name}`"
        hint = f"`{binding.name}` is of type `{field.type}`"
        remarks.say("SG-E243", message, span, hint)
