"""Read an interface's state."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    interface = json.loads(input_json)["interface"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if interface not in links:
        error = f"no interface {interface}"
        return json.dumps({"healthy": False, "up": False, "carrier": False, "error": error})
    up = links[interface]["up"]
    return json.dumps({"healthy": up, "up": up, "carrier": links[interface]["carrier"]})
