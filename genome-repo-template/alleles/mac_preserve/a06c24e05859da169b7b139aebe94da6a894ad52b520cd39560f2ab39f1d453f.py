"""Pin a bridge's MAC address while it stays up, and tell everybody if it is another one now."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    bridge = links.get(data["bridge"])
    if bridge is None or bridge["kind"] != "bridge":
        return json.dumps({"success": False, "mac": "", "error": f"no bridge {data['bridge']}"})
    mac = (data["mac"] if data["preserve"] else None) or bridge["mac"]
    if data["preserve"]:
        gene_sdk.set_mac(bridge["name"], mac)
    if data["preserve"] and mac != bridge["mac"] and bridge["up"]:
        for address in bridge["addresses"]:
            gene_sdk.send_gratuitous_arp(bridge["name"], address)
    return json.dumps({"success": True, "mac": mac})
