"""A note about whom the event that led to the alert was about."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    json.loads(input_json)
    trigger = gene_sdk.trigger()
    if trigger is None:
        return json.dumps({"success": False, "error": "no event led to an alert"})
    gene_sdk.append("log_alert_event", trigger["subject"], {"after": trigger["type"]})
    return json.dumps({"success": True})
