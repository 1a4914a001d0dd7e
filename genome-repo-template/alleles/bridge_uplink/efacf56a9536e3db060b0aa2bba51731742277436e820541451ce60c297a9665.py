"""Move a bridge's uplink: take the former NIC out, put the new one in."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    if not {*data.values()} <= {link["name"] for link in gene_sdk.list_links()}:
        return json.dumps(
            {"success": False, "uplink": data["from_nic"], "error": "an interface is missing"}
        )
    gene_sdk.detach_port(bridge, data["from_nic"])
    gene_sdk.attach_port(bridge, data["to_nic"])
    return json.dumps({"success": True, "uplink": data["to_nic"]})
