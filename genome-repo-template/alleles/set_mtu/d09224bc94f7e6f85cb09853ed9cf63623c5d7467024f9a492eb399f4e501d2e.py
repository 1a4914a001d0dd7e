"""Set an interface's MTU, if one is given."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if data["interface"] not in links:
        error = f"no interface {data['interface']}"
        return json.dumps({"success": False, "mtu": 0, "error": error})
    mtu = data["mtu"] or links[data["interface"]]["mtu"]
    if mtu != links[data["interface"]]["mtu"]:
        gene_sdk.set_mtu(data["interface"], mtu)
    return json.dumps({"success": True, "mtu": mtu})
