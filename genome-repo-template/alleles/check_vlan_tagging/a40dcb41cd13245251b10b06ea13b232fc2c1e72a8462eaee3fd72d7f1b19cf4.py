"""Look at the VLAN's interface, and at the switch ports that its trunk leads to."""

import json

import gene_sdk


def _legs(links, trunk):
    """The NICs by which a trunk leads out: itself, or its ports."""
    if links[trunk]["kind"] == "bond":
        return [port["name"] for port in gene_sdk.bond(trunk)["ports"]]
    if links[trunk]["kind"] == "bridge":
        return gene_sdk.bridge_ports(trunk)
    return [trunk]


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    vlan = links.get(interface)
    said = {"healthy": False, "vlan_id": 0, "trunk": "", "seen_from": [], "blocked": []}
    if vlan is None or vlan["kind"] != "vlan":
        return json.dumps(said | {"error": f"{interface} carries no VLAN"})
    switches = {v["name"] for v in gene_sdk.vantages() if v["role"] == "switch"}
    seen, blocked = set(), []
    for leg in _legs(links, vlan["parent"]):
        far = gene_sdk.far_end(leg) if links[leg]["kind"] == "nic" else None
        if far is None or far["vantage"] not in switches:
            continue
        allowed = gene_sdk.vantage_port_vlans(far["vantage"], far["interface"])
        if allowed is None:
            continue
        seen.add(far["vantage"])
        if allowed["filters"] and vlan["vid"] not in [one["vid"] for one in allowed["vlans"]]:
            blocked.append(f"{far['vantage']} {far['interface']}")
    healthy = vlan["up"] and vlan["carrier"] and not blocked
    said |= {"healthy": healthy, "vlan_id": vlan["vid"], "trunk": vlan["parent"]}
    return json.dumps(said | {"seen_from": sorted(seen), "blocked": blocked})
