"""Ask every vantage which MAC address it has for the interface's addresses. Nothing is sent."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if interface not in links:
        error = f"no interface {interface}"
        return json.dumps({"healthy": False, "seen_from": [], "mistaken": [], "error": error})
    peers = [v["name"] for v in gene_sdk.vantages() if v["role"] == "peer"]
    mistaken = [
        {"seen_from": peer, "address": own, "mac": known["mac"]}
        for peer in peers
        for own in links[interface]["addresses"]
        for known in gene_sdk.vantage_neighbours(peer, own)
        if known["mac"] != links[interface]["mac"]
    ]
    return json.dumps({"healthy": not mistaken, "seen_from": peers, "mistaken": mistaken})
