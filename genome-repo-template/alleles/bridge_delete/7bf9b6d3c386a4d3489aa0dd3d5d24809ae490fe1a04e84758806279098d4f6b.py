"""Remove a bridge, if it is there, and its profiles."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    bridge = json.loads(input_json)["bridge"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if bridge in links:
        if links[bridge]["kind"] != "bridge":
            return json.dumps({"success": False, "error": f"{bridge} is no bridge"})
        gene_sdk.delete_bridge(bridge)
    for profile in gene_sdk.profiles():
        if profile["interface"] == bridge:
            gene_sdk.delete_profile(profile["profile"], bridge)
    return json.dumps({"success": True})
