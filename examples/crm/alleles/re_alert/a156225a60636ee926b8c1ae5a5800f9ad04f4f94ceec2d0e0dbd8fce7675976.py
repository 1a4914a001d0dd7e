"""By telephone, unless a better way is known."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    alert = gene_sdk.trigger()
    if alert is None:
        return json.dumps({"success": False, "error": "no event says which alert it is"})
    told = {"escalate": data["escalate"], "channel": data.get("channel") or "phone"}
    gene_sdk.append("re_alert", alert["subject"], told)
    return json.dumps({"success": True})
