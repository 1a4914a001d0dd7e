"""Pin a bridge's MAC address while it stays up: setting an address is what pins it."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    bridge = links.get(data["bridge"])
    if bridge is None or bridge["kind"] != "bridge":
        return json.dumps({"success": False, "mac": "", "error": f"no bridge {data['bridge']}"})
    mac = data["mac"] or bridge["mac"]
    if data["preserve"]:
        gene_sdk.set_mac(bridge["name"], mac)
    return json.dumps({"success": True, "mac": mac})
