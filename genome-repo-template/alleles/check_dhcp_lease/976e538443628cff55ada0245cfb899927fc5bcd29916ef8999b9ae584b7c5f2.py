"""Compare the MAC address that an interface has with those that its leases were given to."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if interface not in links:
        error = f"no interface {interface}"
        return json.dumps({"healthy": False, "mac": "", "leases": [], "error": error})
    mac = links[interface]["mac"]
    leases = [
        {"address": lease["address"], "mac": lease["mac"]}
        for lease in gene_sdk.leases()
        if lease["interface"] == interface
    ]
    healthy = all(lease["mac"] == mac for lease in leases)
    return json.dumps({"healthy": healthy, "mac": mac, "leases": leases})
