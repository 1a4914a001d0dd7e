"""Whether resources are of known kinds, fit them, and rest on each other. Called by check.py."""

from __future__ import annotations

from collections.abc import Mapping

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.calls import check_probes
from grammar.sg.circles import circles
from grammar.sg.claims import say_claims, say_slips
from grammar.sg.composition import Given, Resource, Topology
from grammar.sg.nodes import GeneContract
from grammar.sg.scope import Scope, check_given, type_of
from grammar.sg.terms import Field
from grammar.sg.value import references, words
from grammar.sg.vocabulary import NETWORK, PropertySpec, Vocabulary


def check_topology(
    remarks: Remarks,
    topology: Topology,
    genes: Mapping[str, GeneContract],
    vocabulary: Vocabulary,
) -> None:
    """Check resources and `verify:` of a topology."""
    scope = Scope("topology", {field.name: field.type for field in topology.takes})
    kinds = {kind: known for kind, known in vocabulary.items() if kind != NETWORK}
    if not kinds and topology.has:
        remarks.say(
            "SG-E291",
            "the kinds of resources are not checked",
            somewhere(topology.places.get("has")),
            "no domain tells which there are",
        )
    names = [resource.name for resource in topology.has]
    for resource in topology.has:
        if remarks.full:
            return
        _check_kind(remarks, resource, kinds)
        known = kinds.get(resource.kind)
        check_properties(remarks, scope, resource, resource.kind, known, names)
    _say_circles(remarks, topology)
    say_claims(remarks, topology, kinds)
    check_probes(remarks, scope, topology.verify, genes)
    say_slips(remarks, topology)


def _check_kind(remarks: Remarks, resource: Resource, vocabulary: Vocabulary) -> None:
    if vocabulary and resource.kind and resource.kind not in vocabulary:
        otherwise = f"the kinds are {listing(vocabulary)}"
        hint = did_you_mean(resource.kind, vocabulary, otherwise)
        message = f"unknown kind of resource `{resource.kind}`"
        remarks.say("SG-E234", message, somewhere(resource.place or resource.span), hint)


def check_properties(
    remarks: Remarks,
    scope: Scope,
    resource: Resource,
    kind: str,
    known: Mapping[str, PropertySpec] | None,
    names: list[str],
) -> None:
    """Check the properties of one resource against those of its kind, None if it is not known.

    `names` are the resources that a property may name.
    """
    for given in resource.properties:
        if known is None:
            for reference in references(given.value):
                type_of(remarks, scope, reference)
        elif given.name in known:
            _check_property(remarks, scope, given, known[given.name], names)
        else:
            otherwise = f"a {kind} has {listing(known)}" if known else "it has none"
            hint = did_you_mean(given.name, known, otherwise)
            message = f"a {kind} has no `{given.name}`"
            remarks.say("SG-E235", message, somewhere(given.span), hint)
    present = {given.name for given in resource.properties}
    for name, spec in (known or {}).items():
        if spec.required and name not in present:
            hint = f"add a line `{name} …`, of type `{spec.type}`"
            message = f"`{resource.name}` has no `{name}`"
            remarks.say("SG-E237", message, somewhere(resource.span), hint)


def _check_property(
    remarks: Remarks, scope: Scope, given: Given, spec: PropertySpec, names: list[str]
) -> None:
    if spec.resource:
        for word in words(given.value):
            if word not in names:
                otherwise = f"the topology has {listing(names)}"
                hint = did_you_mean(word, names, otherwise)
                remarks.say("SG-E232", f"unknown resource `{word}`", somewhere(given.place), hint)
    if spec.choices:
        for word in words(given.value):
            if word not in spec.choices:
                hint = did_you_mean(word, spec.choices, f"it is {listing(spec.choices)}")
                message = f"`{given.name}` cannot be `{word}`"
                remarks.say("SG-E236", message, somewhere(given.place), hint)
        if any(True for _ in words(given.value)):
            return
    check_given(remarks, scope, given, Field(given.name, spec.type))


def _say_circles(remarks: Remarks, topology: Topology) -> None:
    """A word that is the name of a resource refers to it; such references have no circles."""
    names = {resource.name for resource in topology.has}
    places = {
        (resource.name, word): given.place
        for resource in topology.has
        for given in resource.properties
        for word in words(given.value)
        if word in names
    }
    graph: dict[str, list[str]] = {resource.name: [] for resource in topology.has}
    for name, word in places:
        graph[name].append(word)
    for circle in circles(graph):
        last, first = circle[-1], circle[0]
        hint = f"the way is {' -> '.join((*circle, first))}; take one reference out"
        message = f"resource `{first}` rests on itself"
        remarks.say("SG-E241", message, somewhere(places[last, first]), hint)
