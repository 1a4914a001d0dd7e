"""Make the VLAN's interface if need be, and bring it up."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    name, trunk, vlan_id = data["vlan"], data["trunk"], data["vlan_id"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if trunk not in links:
        return json.dumps({"success": False, "created": False, "error": f"no interface {trunk}"})
    if name in links and (links[name].get("parent"), links[name].get("vid")) != (trunk, vlan_id):
        error = f"{name} is there and does not carry VLAN {vlan_id} of {trunk}"
        return json.dumps({"success": False, "created": False, "error": error})
    if name not in links:
        gene_sdk.create_vlan(name, trunk, vlan_id)
    gene_sdk.set_link_state(name, True)
    return json.dumps({"success": True, "created": name not in links})
