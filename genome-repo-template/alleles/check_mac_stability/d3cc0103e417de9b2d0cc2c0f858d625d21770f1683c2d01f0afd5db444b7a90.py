"""Watch a bridge for addresses that change ports."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    moves = gene_sdk.watch_moves(data["bridge"], data["monitor_ms"])
    return json.dumps({"healthy": not moves, "moves": moves})
