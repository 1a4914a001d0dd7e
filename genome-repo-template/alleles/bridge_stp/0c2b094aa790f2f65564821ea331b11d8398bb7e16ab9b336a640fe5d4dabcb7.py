"""Switch a bridge's spanning tree protocol."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if links.get(data["bridge"], {}).get("kind") != "bridge":
        return json.dumps({"success": False, "error": f"no bridge {data['bridge']}"})
    gene_sdk.set_stp(data["bridge"], data["stp"])
    return json.dumps({"success": True})
