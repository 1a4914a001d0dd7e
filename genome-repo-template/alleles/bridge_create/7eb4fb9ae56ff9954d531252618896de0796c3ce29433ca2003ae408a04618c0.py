"""Make a bridge with its ports, or add to one that is there what it lacks."""

import json

import gene_sdk


def _failed(error: str) -> str:
    return json.dumps({"success": False, "created": False, "error": error})


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    for port in data["ports"]:
        if port not in links:
            return _failed(f"interface {port} is not there")
        if links[port]["master"] not in (None, bridge):
            return _failed(f"interface {port} is a port of {links[port]['master']}")
    made = bridge not in links
    if made:
        gene_sdk.create_bridge(bridge, data["mac"], data["stp"])
    elif links[bridge]["kind"] != "bridge":
        return _failed(f"{bridge} is no bridge")
    for port in data["ports"]:
        if made or links[port]["master"] is None:
            gene_sdk.attach_port(bridge, port)
        if not links[port]["up"]:
            gene_sdk.set_link_state(port, True)
    if made or not links[bridge]["up"]:
        gene_sdk.set_link_state(bridge, True)
    return json.dumps({"success": True, "created": made})
