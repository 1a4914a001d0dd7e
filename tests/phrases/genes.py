"""Alleles for tests: good ones, wrong ones, and diagnostics that lie."""

from __future__ import annotations

ASKS_AGAIN = """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if not {*data.values()} <= {link["name"] for link in gene_sdk.list_links()}:
        return json.dumps({"success": False, "uplink": data["from_nic"], "error": "missing"})
    gene_sdk.detach_port(data["bridge"], data["from_nic"])
    gene_sdk.attach_port(data["bridge"], data["to_nic"])
    for address in gene_sdk.addresses(data["bridge"]):
        gene_sdk.send_gratuitous_arp(data["bridge"], address)
    return json.dumps({"success": True, "uplink": data["to_nic"]})
"""
"""Does all that the contract of `bridge_uplink` asks for."""

RAISES = ASKS_AGAIN.replace("if not", "if False and not")
"""Heals the uplink, but raises and leaves half of its work where an interface is missing."""

PRETENDS = ASKS_AGAIN.replace('"success": False', '"success": True')
"""Heals the uplink, but says that it succeeded where an interface is missing."""

HALF_WAY = ASKS_AGAIN.replace(
    "    if not", '    gene_sdk.set_link_state(data["bridge"], False)\n    if not'
).replace("    for address", '    gene_sdk.set_link_state(data["bridge"], True)\n    for address')
"""Says what it must where an interface is missing, but has taken the bridge down before."""


def connectivity(healthy: str, looks: str = "") -> str:
    """A `check_connectivity` that says what it likes; `looks` are statements before."""
    return f"""
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    peers = [v["name"] for v in gene_sdk.vantages() if v["role"] == "peer"]
    answered = []
    for peer in peers:
        for address in gene_sdk.addresses(data["interface"]):
            {looks or "pass"}
    return json.dumps(
        {{"healthy": {healthy}, "seen_from": peers, "unreachable": [], "error": None}}
    )
"""


PINGS = 'answered.append(gene_sdk.vantage_ping(peer, address.split("/")[0], 2)["answered"] > 0)'


def stability(healthy: str, *, watches: bool = True) -> str:
    """A `check_fdb_stability` that says what it likes."""
    watch = 'gene_sdk.watch_moves(data["bridge"], data["monitor_ms"])' if watches else "pass"
    return f"""
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    {watch}
    return json.dumps(
        {{"healthy": {healthy}, "seen_from": [], "moves": [], "stale": [], "error": None}}
    )
"""
