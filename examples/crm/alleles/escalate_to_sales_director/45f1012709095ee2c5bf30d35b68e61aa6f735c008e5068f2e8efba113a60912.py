"""The director gets the customer and what the manager was told."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    json.loads(input_json)
    trigger = gene_sdk.trigger()
    if trigger is None:
        return json.dumps({"success": False, "error": "no event says which customer it is"})
    told = {"to": "sales director", "because": "the account manager did not answer"}
    gene_sdk.append("escalate_to_sales_director", trigger["subject"], told)
    return json.dumps({"success": True})
