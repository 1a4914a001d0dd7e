"""Pin a bridge's MAC address while it stays up, and tell everybody if it is another one now.

Which address: the one that is asked for; else that of its lease, so that it is lent the same
again; else the one that it was given; else that of its uplink, by which it was known before it
was a bridge; else the one that it has.
"""

import json

import gene_sdk


def _kept(bridge, links):
    for lease in gene_sdk.leases():
        if lease["interface"] == bridge["name"] and lease["mac"]:
            return lease["mac"]
    if bridge["mac_pinned"]:
        return bridge["mac"]
    for port in gene_sdk.bridge_ports(bridge["name"]):
        if gene_sdk.far_end(port) is not None:
            return links[port]["permanent_mac"] or links[port]["mac"]
    return bridge["mac"]


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    bridge = links.get(data["bridge"])
    if bridge is None or bridge["kind"] != "bridge":
        return json.dumps({"success": False, "mac": "", "error": f"no bridge {data['bridge']}"})
    if not data["preserve"]:
        return json.dumps({"success": True, "mac": bridge["mac"]})
    mac = data["mac"] or _kept(bridge, links)
    gene_sdk.set_mac(bridge["name"], mac)
    if mac != bridge["mac"] and bridge["up"]:
        for address in bridge["addresses"]:
            if ":" in address:
                gene_sdk.send_unsolicited_na(bridge["name"], address)
            else:
                gene_sdk.send_gratuitous_arp(bridge["name"], address)
    return json.dumps({"success": True, "mac": mac})
