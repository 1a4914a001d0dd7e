"""Move a bridge's uplink: take the former NIC out, put the new one in."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    gene_sdk.detach_port(bridge, data["from_nic"])
    gene_sdk.attach_port(bridge, data["to_nic"])
    return json.dumps({"success": True, "uplink": data["to_nic"]})
