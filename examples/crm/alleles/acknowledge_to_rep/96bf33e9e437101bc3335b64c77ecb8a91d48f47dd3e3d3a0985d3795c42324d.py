"""The front desk is told: somebody is always there."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    trigger = gene_sdk.trigger()
    if trigger is None:
        return refused("no event says whose interaction it is")
    told = {"interaction": data["interaction"], "desk": "front desk"}
    gene_sdk.append("acknowledge_to_rep", trigger["subject"], told)
    return json.dumps({"success": True})


def refused(why):
    return json.dumps({"success": False, "error": why})
