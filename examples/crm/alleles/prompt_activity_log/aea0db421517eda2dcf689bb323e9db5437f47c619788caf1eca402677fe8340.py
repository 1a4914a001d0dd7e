"""One friendly line."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    told = {"text": "anything to note today?"}
    gene_sdk.append("prompt_activity_log", "rep:" + data["rep"], told)
    return json.dumps({"success": True})
