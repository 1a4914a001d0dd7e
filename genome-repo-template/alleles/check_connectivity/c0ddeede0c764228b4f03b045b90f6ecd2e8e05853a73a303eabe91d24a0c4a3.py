"""Ask every peer to reach every address of an interface. The host itself sends nothing."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    peers = [v["name"] for v in gene_sdk.vantages() if v["role"] == "peer"]
    if not peers:
        return json.dumps(
            {
                "healthy": False,
                "seen_from": [],
                "unreachable": [],
                "error": "there is no peer to look from",
            }
        )
    unreachable = []
    for peer in peers:
        for address in gene_sdk.addresses(data["interface"]):
            target = address.split("/")[0]
            seen = gene_sdk.vantage_ping(peer, target, data["attempts"])
            if seen["answered"] == 0:
                unreachable.append(
                    {
                        "seen_from": peer,
                        "address": target,
                        "sent": seen["sent"],
                        "answered": seen["answered"],
                    }
                )
    return json.dumps(
        {"healthy": not unreachable, "seen_from": peers, "unreachable": unreachable, "error": None}
    )
