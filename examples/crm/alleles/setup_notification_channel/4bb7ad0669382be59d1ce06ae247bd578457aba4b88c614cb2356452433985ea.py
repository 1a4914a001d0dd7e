"""By the means that the rep prefers, else by letter."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    means = gene_sdk.value("rep:" + data["rep"], "contact_preferences") or "email"
    about = "customer:" + data["customer"]
    gene_sdk.append("setup_notification_channel", about, {"rep": data["rep"], "means": means})
    return json.dumps({"success": True})
