"""Shares what is authorised, and nothing else."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    trigger = gene_sdk.trigger()
    given = (trigger or {}).get("data", {}).get("data_access_authorisation")
    if not given:
        return refused("nobody has authorised that it is shared")
    told = {"recipient": data["recipient"], "data_access_authorisation": given}
    gene_sdk.append("share_history", trigger["subject"], told)
    return json.dumps({"success": True})


def refused(why):
    return json.dumps({"success": False, "error": why})
