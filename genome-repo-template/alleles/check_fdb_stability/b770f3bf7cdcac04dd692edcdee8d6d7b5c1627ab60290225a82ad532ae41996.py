"""Watch for a MAC that moves between ports, and for switches that look for the bridge elsewhere.

A switch's table is read, never probed: a frame from the host would correct it by accident.
"""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    mac = gene_sdk.link(bridge)["mac"]
    moves = gene_sdk.watch_moves(bridge, data["monitor_ms"])
    leads_here = {}
    for port in gene_sdk.bridge_ports(bridge):
        far = gene_sdk.far_end(port)
        if far is not None:
            leads_here.setdefault(far["vantage"], []).append(far["interface"])
    switches = [v["name"] for v in gene_sdk.vantages() if v["role"] == "switch"]
    stale = []
    for switch in switches:
        for entry in gene_sdk.vantage_fdb(switch, mac):
            expected = leads_here.get(switch, [])
            if entry["port"] not in expected:
                stale.append(
                    {
                        "seen_from": switch,
                        "mac": mac,
                        "port": entry["port"],
                        "expected": ", ".join(expected) or "none",
                    }
                )
    return json.dumps(
        {
            "healthy": not moves and not stale,
            "seen_from": switches,
            "moves": moves,
            "stale": stale,
            "error": None,
        }
    )
