"""Let vantages send packets as large as the interface's MTU; who is heard in small ones only?"""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    if data["interface"] not in links:
        error = f"no interface {data['interface']}"
        said = {"healthy": False, "bytes": 0, "seen_from": [], "lost": [], "error": error}
        return json.dumps(said)
    size, attempts = links[data["interface"]]["mtu"], data["attempts"]
    peers = [v["name"] for v in gene_sdk.vantages() if v["role"] == "peer"]
    lost = []
    for peer in peers:
        for own in links[data["interface"]]["addresses"]:
            small = gene_sdk.vantage_ping(peer, own, attempts)["answered"]
            large = gene_sdk.vantage_ping(peer, own, attempts, size)["answered"]
            if small and not large:
                lost.append(peer)
    healthy = not lost
    return json.dumps({"healthy": healthy, "bytes": size, "seen_from": peers, "lost": lost})
