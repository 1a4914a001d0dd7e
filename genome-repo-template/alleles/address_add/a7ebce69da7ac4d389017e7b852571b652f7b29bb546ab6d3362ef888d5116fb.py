"""Give an interface an address that it lacks."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if data["interface"] not in [link["name"] for link in gene_sdk.list_links()]:
        return json.dumps({"success": False, "error": f"no interface {data['interface']}"})
    if data["address"] not in gene_sdk.addresses(data["interface"]):
        gene_sdk.add_address(data["interface"], data["address"])
    return json.dumps({"success": True})
