"""An alert with the step that helped before; below 20 it is critical."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    trigger = gene_sdk.trigger()
    about = "customer:" + data["customer"]
    trend = None
    for event in gene_sdk.history(about, 50):
        trend = event["data"].get("trend", trend)
    severity = "critical" if trend is not None and trend < 20 else "warning"
    name = (trigger or {"id": data["customer"]})["id"][:12]
    alert = {"customer": data["customer"], "severity": severity, "trend": trend}
    if data["actionable"]:
        alert["next_step"] = "call, and offer a meeting this week"
    gene_sdk.append("alert.raised", "alert:" + name, alert)
    told = {"reason": data["reason"], "actionable": data["actionable"], "alert": name}
    gene_sdk.append("alert_rep", about, told)
    return json.dumps({"success": True})
