"""Bring interfaces up that nobody uses; touch none of them if one is somebody's."""

import json

import gene_sdk


def _trouble(links, nics):
    for name in nics:
        if name not in links:
            return f"no interface {name}"
        if links[name]["master"] is not None:
            return f"{name} is a port of {links[name]['master']}"
        if links[name]["addresses"]:
            return f"{name} has {', '.join(links[name]['addresses'])}"
    return None


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    trouble = _trouble(links, data["nics"])
    if trouble is not None:
        return json.dumps({"success": False, "error": trouble})
    for name in data["nics"]:
        if data["mtu"] is not None and data["mtu"] != links[name]["mtu"]:
            gene_sdk.set_mtu(name, data["mtu"])
        gene_sdk.set_link_state(name, True)
    return json.dumps({"success": True})
