"""The customer's own rep is told."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    trigger = gene_sdk.trigger()
    if trigger is None:
        return refused("no event says whose interaction it is")
    about, rep = trigger["subject"], None
    for event in gene_sdk.history(about, 100):
        rep = event["data"].get("rep", rep)
    if rep is None:
        return refused("nobody cares for this customer yet")
    told = {"interaction": data["interaction"], "rep": rep}
    gene_sdk.append("acknowledge_to_rep", about, told)
    return json.dumps({"success": True})


def refused(why):
    return json.dumps({"success": False, "error": why})
