"""Remove an interface that software made, if it is there, and its profiles."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    name = json.loads(input_json)["interface"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if name in links:
        if links[name]["kind"] in ("nic", "bridge"):
            error = f"{name} is a {links[name]['kind']}"
            return json.dumps({"success": False, "error": error})
        gene_sdk.delete_interface(name)
    for profile in gene_sdk.profiles():
        if profile["interface"] == name:
            gene_sdk.delete_profile(profile["profile"], name)
    return json.dumps({"success": True})
