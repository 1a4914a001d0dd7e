"""Move a bridge's uplink and make sure that the new NIC is up before it carries anything."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge, former, new = data["bridge"], data["from_nic"], data["to_nic"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    for name in (bridge, former, new):
        if name not in links:
            return json.dumps({"success": False, "uplink": former, "error": f"no {name} here"})
    gene_sdk.set_link_state(new, True)
    if former in gene_sdk.bridge_ports(bridge):
        gene_sdk.detach_port(bridge, former)
    gene_sdk.attach_port(bridge, new)
    if new not in gene_sdk.bridge_ports(bridge):
        return json.dumps({"success": False, "uplink": former, "error": "the port is missing"})
    return json.dumps({"success": True, "uplink": new})
