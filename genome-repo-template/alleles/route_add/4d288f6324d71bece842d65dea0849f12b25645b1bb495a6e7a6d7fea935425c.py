"""Add a route over a gateway, unless it is there."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    wanted = (data["interface"], data["destination"], data["gateway"])
    if wanted[0] not in [link["name"] for link in gene_sdk.list_links()]:
        return json.dumps({"success": False, "error": f"no interface {wanted[0]}"})
    there = [(r["interface"], r["destination"], r["gateway"]) for r in gene_sdk.routes()]
    if wanted not in there:
        gene_sdk.add_route(wanted[0], wanted[1], wanted[2])
    return json.dumps({"success": True})
