"""The remarks about pathways, topologies, intents and phenotypes. Joined in codes.py."""

from __future__ import annotations

from typing import Final

from grammar.diagnostic import Severity
from grammar.remarks import Code

WRITING: Final = {
    "SG-E123": Code(
        "unknown language version",
        "A file may declare the version of the language that it is written in: `language 1`. "
        "A version that this program does not know might mean other things by the same words.",
    ),
    "SG-E124": Code(
        "language declared too late",
        "The version of the language is declared above the first contract, so that a reader "
        "knows it before there is anything to read.",
    ),
    "SG-E145": Code(
        "impossible bound",
        "The bounds of a list, as in `string[3..]`, `string[..4]`, `string[2..4]` or "
        "`string[2]`, leave no length that a list could have, or are beyond LIST_ITEMS in "
        "grammar/limits.py.",
    ),
    "SG-E146": Code(
        "no hosts wanted",
        "A set of hosts begins with how many of them are wanted, which is at least one: "
        "`50 hypervisors:`.",
    ),
    "SG-E150": Code(
        "not a step",
        "A step names a gene, `1. bridge_create`, or a pathway, `2. -> provision_bond`; or it "
        "repeats, `3. for vlan in {vlans}:`; or it chooses, `4. when step 1.healthy:`.",
    ),
    "SG-E151": Code(
        "not an argument",
        "Under a step each line gives one argument: `interfaces = {nics}`, `mode = "
        'active-backup`, `name = "storage"`.',
    ),
    "SG-E152": Code(
        "not a dependency",
        "Under `requires:` each line says which step needs which: `step 3 needs step 2`.",
    ),
    "SG-E153": Code(
        "not a remedy",
        "Under `on failure:` stands what becomes of completed steps, `rollback completed steps` "
        "or `preserve what works`, and what is said, `report partial` or `report what failed`.",
    ),
    "SG-E154": Code(
        "not a resource",
        "Under `has:` each resource, and under `networks:` each network, is its name with a "
        "colon, and its properties on the lines below it.",
    ),
    "SG-E155": Code(
        "not a property",
        "A property is a name and a value: `uplink {nic.0}`, `members [{nic.1}, {nic.2}]`, "
        "`trunk storage`, `stp enabled`.",
    ),
    "SG-E156": Code(
        "not a set of hosts",
        "In an intent each set of hosts is a count and a name with a colon, `50 hypervisors:`, "
        "and below it what the hosts are, from which groups, and on which networks.",
    ),
    "SG-E157": Code(
        "wrong number of a step",
        "Steps are numbered 1, 2, 3, without gaps, because other lines speak of them by number. "
        "What stands in a loop has no number of its own.",
    ),
    "SG-E158": Code(
        "not a branch",
        "A branch looks at what an earlier step gave, `when step 1.healthy:`, and below it each "
        "case is a value, an arrow and a gene or pathway: `false -> mac_preserve`. The case "
        "`otherwise` is for all other values; without it nothing is done for them.",
    ),
    "SG-E159": Code(
        "not a loop",
        "A loop names a variable and a list: `for vlan in {vlans}:` or `for vlan in [100, 200]:`. "
        "What is repeated stands indented below it.",
    ),
}

NAMES: Final = {
    "SG-E213": Code(
        "unknown step",
        "A step is spoken of by its number, and the pathway has no step of this number.",
    ),
    "SG-E214": Code(
        "resource twice",
        "Two resources, networks or sets of hosts of one contract have the same name, so it is "
        "undecided which one others refer to.",
    ),
    "SG-E215": Code(
        "needs a later step",
        "A step can need, and use the results of, steps before it only. So no steps can wait "
        "for each other.",
    ),
    "SG-E216": Code(
        "item may be missing",
        "An item of a list is counted from 0, and the list may be shorter than that. Bound the "
        "list where it is taken: `nic string[3..]` has at least the items 0, 1 and 2.",
    ),
    "SG-E217": Code(
        "not a list",
        "A loop runs over a list, and only a list has items such as `{nic.0}`.",
    ),
    "SG-E218": Code(
        "case twice",
        "Two cases of a branch are for the same value; only the first could ever count.",
    ),
    "SG-E219": Code(
        "contrary remedies",
        "Steps that were completed are either rolled back or preserved when a later one fails.",
    ),
    "SG-E229": Code(
        "unknown pathway",
        "An arrow in a step names a pathway, and the genome has none of this name.",
    ),
    "SG-E230": Code(
        "pathway and gene confused",
        "A step names a gene by its name alone, and a pathway with an arrow before its name: "
        "`1. bridge_create`, `2. -> provision_bond`.",
    ),
    "SG-E231": Code(
        "topology or intent twice",
        "Two topologies, or two intents, have the same name, so it is undecided which one is "
        "meant.",
    ),
    "SG-E232": Code(
        "unknown resource",
        "A property names a resource, and the topology has none of this name.",
    ),
    "SG-E233": Code(
        "unknown topology",
        "A phenotype or an intent names a topology that the genome does not have.",
    ),
    "SG-E234": Code(
        "unknown kind of resource",
        "The domain offers no resources of this kind, so nothing could build it.",
    ),
    "SG-E235": Code(
        "unknown property",
        "Resources of this kind have no property of this name.",
    ),
    "SG-E236": Code(
        "property does not fit",
        "The value of a property is not of the type, or not one of the words, that the kind of "
        "resource asks for.",
    ),
    "SG-E237": Code(
        "property missing",
        "Resources of this kind cannot be built without the property.",
    ),
    "SG-E238": Code(
        "unknown phenotype",
        "An intent names a phenotype that the genome does not have.",
    ),
    "SG-E239": Code(
        "unknown group of hosts",
        "An intent takes hosts from a group that the inventory does not have.",
    ),
    "SG-E240": Code(
        "pathway follows itself",
        "Pathways follow each other in a circle, so following one would never end.",
    ),
    "SG-E241": Code(
        "resources rest on each other",
        "Resources refer to each other in a circle, so none of them could be built first.",
    ),
    "SG-E242": Code(
        "binding missing or unknown",
        "A phenotype that is for a topology gives a value to every name that the topology takes, "
        "and to no other.",
    ),
    "SG-E243": Code(
        "binding does not fit",
        "The value of a binding is not of the type that the topology takes, or its list has too "
        "few or too many items.",
    ),
    "SG-E244": Code(
        "too few hosts",
        "The groups of the inventory that an intent takes hosts from have fewer hosts than it "
        "wants.",
    ),
    "SG-E245": Code(
        "unknown network",
        "Hosts are put on a network that the intent does not list under `networks:`.",
    ),
    "SG-E246": Code(
        "phenotype of another topology",
        "An intent wants hosts that are one topology, and names a phenotype that is for another.",
    ),
    "SG-E247": Code(
        "unknown domain",
        "A contract is `for` a domain that is not installed, so nothing could carry it out.",
    ),
    "SG-E248": Code(
        "name of a variable taken",
        "The variable of a loop has the name of a field or of another loop around it, so a "
        "reference in braces would mean two things.",
    ),
    "SG-E249": Code(
        "claimed twice",
        "Two resources of a topology, or one of them twice, take the same interface for "
        "themselves. A NIC is a port of one bridge or a member of one bond.",
    ),
    "SG-E291": Code(
        "kinds not checked",
        "No domain tells which kinds of resources there are, so kinds and properties of the "
        "topology are taken as they are written.",
        Severity.NOTE,
    ),
    "SG-E293": Code(
        "topology not defined",
        "A phenotype is for a topology, and no file that was looked at defines any topology, so "
        "neither the name nor the bindings are checked.",
        Severity.NOTE,
    ),
}
