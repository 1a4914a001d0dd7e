"""Make the VLAN's interface, in place of one of its name for another VLAN, and bring it up."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    name, trunk, vlan_id = data["vlan"], data["trunk"], data["vlan_id"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if trunk not in links:
        return json.dumps({"success": False, "created": False, "error": f"no interface {trunk}"})
    there = links.get(name)
    if there is not None and there["kind"] != "vlan":
        error = f"{name} is a {there['kind']}"
        return json.dumps({"success": False, "created": False, "error": error})
    right = there is not None and (there["parent"], there["vid"]) == (trunk, vlan_id)
    if there is not None and not right:
        gene_sdk.delete_interface(name)
    if not right:
        gene_sdk.create_vlan(name, trunk, vlan_id)
    gene_sdk.set_link_state(name, True)
    return json.dumps({"success": True, "created": not right})
