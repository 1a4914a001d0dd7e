"""Announce every address of an interface: IPv4's by gratuitous ARP, IPv6's by an advertisement."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    if interface not in [link["name"] for link in gene_sdk.list_links()]:
        error = f"no interface {interface}"
        return json.dumps({"success": False, "announced": [], "error": error})
    announced = gene_sdk.addresses(interface)
    for address in announced:
        if ":" in address:
            gene_sdk.send_unsolicited_na(interface, address)
        else:
            gene_sdk.send_gratuitous_arp(interface, address)
    return json.dumps({"success": True, "announced": announced})
