"""Ask the bond what it believes of its ports."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    bond = json.loads(input_json)["bond"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if links.get(bond, {}).get("kind") != "bond":
        error = f"no bond {bond}"
        return json.dumps({"healthy": False, "ports": [], "lost": [], "error": error})
    state = gene_sdk.bond(bond)
    ports = [port["name"] for port in state["ports"]]
    lost = [port["name"] for port in state["ports"] if not port["linked"]]
    healthy = bool(ports) and not lost and links[bond]["up"]
    return json.dumps({"healthy": healthy, "active": state["active"], "ports": ports, "lost": lost})
