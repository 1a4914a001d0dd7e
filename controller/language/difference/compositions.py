"""What changed between two pathways, topologies or intents of one name. Called by genomes.py."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from controller.language.difference.fields import INPUT, description_changes, field_changes
from controller.language.difference.heads import head_changes
from controller.language.difference.matching import matched, names_of_both, only
from controller.language.difference.probes import remedy_changes, verify_changes
from controller.language.difference.reliance import Change
from controller.language.difference.steps import step_changes
from grammar.sg.composition import HostSet, Intent, Named, Pathway, Resource, Topology
from grammar.sg.value import value_text


def pathway_changes(old: Pathway, new: Pathway) -> Iterator[Change]:
    """Every change, section by section as a pathway is written."""
    subject = f"pathway {new.name}"
    yield from head_changes(subject, old.domain, new.domain, old.does, new.does)
    if old.risk is not new.risk:
        yield Change(subject, "risk changed", f"risk {new.risk.value}; was {old.risk.value}")
    yield from field_changes(subject, INPUT, old.takes, new.takes)
    yield from description_changes(subject, "takes:", old.takes, new.takes)
    yield from step_changes(subject, old, new)
    yield from verify_changes(subject, old.verify, new.verify)
    yield from remedy_changes(subject, old.on_failure, new.on_failure)


def topology_changes(old: Topology, new: Topology) -> Iterator[Change]:
    """Every change, section by section as a topology is written."""
    subject = f"topology {new.name}"
    yield from head_changes(subject, old.domain, new.domain, old.does, new.does)
    yield from _resources(subject, "resource", old.has, new.has)
    yield from field_changes(subject, INPUT, old.takes, new.takes)
    yield from description_changes(subject, "takes:", old.takes, new.takes)
    yield from verify_changes(subject, old.verify, new.verify)
    yield from remedy_changes(subject, old.on_failure, new.on_failure)


def intent_changes(old: Intent, new: Intent) -> Iterator[Change]:
    """Every change, section by section as an intent is written."""
    subject = f"intent {new.name}"
    yield from head_changes(subject, old.domain, new.domain, old.does, new.does)
    yield from _resources(subject, "network", old.networks, new.networks)
    yield from _host_sets(subject, old.has, new.has)
    yield from remedy_changes(subject, old.on_failure, new.on_failure)


def _resources(
    subject: str, noun: str, old: Sequence[Resource], new: Sequence[Resource]
) -> Iterator[Change]:
    found = matched(old, new, [lambda one: one.name], [_what_it_is])
    for was, now in found.both:
        if was.name != now.name:
            text = f"{noun} `{now.name}` was called `{was.name}`"
            yield Change(subject, "resource renamed", text)
        if was.kind != now.kind:
            text = f"{noun} `{now.name}` is {now.kind}; was {was.kind}"
            yield Change(subject, "resource changed", text)
        yield from _properties(subject, f"{noun} `{now.name}`", was, now)
    for i in found.gone:
        yield Change(subject, "resource removed", f"{noun} `{old[i].name}` is gone")
    for j in found.come:
        kind = f": {new[j].kind}" if new[j].kind else ""
        yield Change(subject, "resource added", f"{noun} `{new[j].name}` is new{kind}")


def _what_it_is(resource: Resource) -> Hashable:
    """Enough to know it by under another name; nothing for one that says too little."""
    return (resource.kind, resource.properties) if resource.properties else None


def _properties(subject: str, what: str, old: Resource, new: Resource) -> Iterator[Change]:
    olds = {one.name: value_text(one.value) for one in old.properties}
    news = {one.name: value_text(one.value) for one in new.properties}
    for name in names_of_both(olds, news):
        was, now = olds.get(name), news.get(name)
        if was == now:
            continue
        if now is None:
            text = f"{what}: `{name}` is not said any more; was {was}"
        else:
            text = f"{what}: `{name}` is {now}; was {was or 'not said'}"
        yield Change(subject, "property changed", text)


def _host_sets(subject: str, old: Sequence[HostSet], new: Sequence[HostSet]) -> Iterator[Change]:
    found = matched(old, new, [lambda one: one.name], [_what_hosts_are])
    for was, now in found.both:
        yield from _host_set(subject, was, now)
    for i in found.gone:
        text = f"{old[i].count} {old[i].name} are not asked for any more"
        yield Change(subject, "hosts removed", text)
    for j in found.come:
        one = new[j]
        text = f"{one.count} {one.name} are asked for: topology `{one.topology.name}`"
        yield Change(subject, "hosts added", text)


def _what_hosts_are(hosts: HostSet) -> Hashable:
    return (hosts.topology, hosts.phenotypes, hosts.groups, hosts.networks)


def _host_set(subject: str, old: HostSet, new: HostSet) -> Iterator[Change]:
    if old.name != new.name:
        yield Change(subject, "hosts renamed", f"hosts `{new.name}` were called `{old.name}`")
    if old.count != new.count:
        kind = "more hosts" if new.count > old.count else "fewer hosts"
        yield Change(subject, kind, f"{old.count} -> {new.count} {new.name}")
    if old.topology != new.topology:
        text = f"{new.name} are `{new.topology.name}`; were `{old.topology.name}`"
        yield Change(subject, "hosts changed", text)
    sections: Mapping[str, tuple[Sequence[Named], Sequence[Named], str, str]] = {
        "as": (old.phenotypes, new.phenotypes, "deployment changed", "deployment changed"),
        "from": (old.groups, new.groups, "group changed", "group changed"),
        "on": (old.networks, new.networks, "network joined", "network left"),
    }
    for word, (olds, news, added, removed) in sections.items():
        gone, come = only([one.name for one in olds], [one.name for one in news])
        for name in gone:
            yield Change(subject, removed, f"{new.name} are not {word} `{name}` any more")
        for name in come:
            yield Change(subject, added, f"{new.name} are now {word} `{name}`")
