"""Alleles at the locus of a pathway, for tests: sound ones and ones that only look so."""

from __future__ import annotations

from typing import Final

from controller.shipped import shipped_files

NAME: Final = "provision_bridge"

_PERSIST: Final = next(
    content.decode().replace("def execute(", "def _persist(")
    for path, content in shipped_files().items()
    if path.startswith("alleles/persist_profile/") and path.endswith(".py")
)

WHOLE: Final = (
    f"{_PERSIST}\n"
    + """

def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    for port in data["ports"]:
        if port not in links or links[port]["master"] not in (None, bridge):
            return json.dumps({"success": False, "error": f"{port} cannot be had"})
    if bridge not in links:
        gene_sdk.create_bridge(bridge, None, data["stp"])
    for port in data["ports"]:
        if links[port]["master"] is None:
            gene_sdk.attach_port(bridge, port)
        gene_sdk.set_link_state(port, True)
    gene_sdk.set_link_state(bridge, True)
    if data["mtu"] is not None:
        gene_sdk.set_mtu(bridge, data["mtu"])
    if data["preserve"]:
        gene_sdk.set_mac(bridge, gene_sdk.link(bridge)["mac"])
    for address in data["addresses"]:
        if address not in gene_sdk.addresses(bridge):
            gene_sdk.add_address(bridge, address)
    _persist(json.dumps({"interface": bridge, "ports": data["ports"]}))
    return json.dumps({"success": True})
"""
)
"""Does all that the steps do."""

LESS: Final = WHOLE.replace(
    "            gene_sdk.add_address(bridge, address)\n", "            pass\n"
)
"""Leaves the addresses out, which no diagnostic of the pathway looks at."""

DOWN: Final = WHOLE.replace("    gene_sdk.set_link_state(bridge, True)\n", "")
"""Leaves the bridge down, which `check_link_state` sees."""

BROKEN: Final = "def execute(text):\n    raise ValueError('broken')\n"
"""Does nothing."""
