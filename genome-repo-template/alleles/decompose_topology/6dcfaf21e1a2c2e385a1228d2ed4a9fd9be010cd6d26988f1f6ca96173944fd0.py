"""One step for each resource: the pathway that builds its kind, given its own properties.

Words that a topology uses are turned into what pathways take: `uplink` is one of the ports,
`stp enabled` is true, `mac preserve` keeps the address.
"""

import json


class Unbuildable(Exception):
    pass


def _argument(resource, name, value, takes):
    if name == "uplink":
        return None
    if name in takes:
        return name, {"enabled": True, "disabled": False}.get(value, value) if isinstance(
            value, str
        ) else value
    if name == "mac" and "preserve" in takes:
        return "preserve", value == "preserve"
    raise Unbuildable(f"{resource}: nothing that builds it takes {name}")


def _arguments(resource, kind, takes):
    given = {p["name"]: json.loads(p["value"]) for p in resource["properties"]}
    found = {kind: resource["name"]} if kind in takes else {"name": resource["name"]}
    for name, value in given.items():
        argument = _argument(resource["name"], name, value, takes)
        if argument is not None:
            found[argument[0]] = argument[1]
    if "uplink" in given:
        if "ports" not in takes:
            raise Unbuildable(f"{resource['name']}: nothing that builds it takes uplink")
        found["ports"] = [given["uplink"], *found.get("ports", [])]
    return found


def _step(resource, pathways):
    builders = [one for one in pathways if one["builds"] == resource["kind"]]
    if not builders:
        raise Unbuildable(f"{resource['name']}: no pathway builds a {resource['kind']}")
    arguments = _arguments(resource, resource["kind"], builders[0]["takes"])
    return {
        "resource": resource["name"],
        "pathway": builders[0]["name"],
        "arguments": [{"name": n, "value": json.dumps(v)} for n, v in arguments.items()],
        "needs": resource["rests_on"],
    }


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    try:
        steps = [_step(resource, data["pathways"]) for resource in data["resources"]]
    except Unbuildable as reason:
        return json.dumps({"healthy": False, "steps": [], "error": str(reason)})
    return json.dumps({"healthy": True, "steps": steps})
