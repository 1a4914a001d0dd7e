"""Ask the bridge what it lets its ports do."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    bridge = json.loads(input_json)["bridge"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if links.get(bridge, {}).get("kind") != "bridge":
        return json.dumps({"healthy": False, "waiting": [], "error": f"no bridge {bridge}"})
    waiting = [
        port["port"]
        for port in gene_sdk.port_states(bridge)
        if port["state"] in ("listening", "learning")
    ]
    return json.dumps({"healthy": not waiting, "waiting": waiting})
