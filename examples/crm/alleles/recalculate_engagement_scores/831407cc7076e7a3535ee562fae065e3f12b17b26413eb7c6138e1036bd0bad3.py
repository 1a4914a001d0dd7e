"""A week without any interaction costs five points."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    about = "customer:" + data["customer"]
    trend, spoke = 60, False
    for event in gene_sdk.history(about, 50):
        if event["type"] == "recalculate_engagement_scores":
            spoke = False
        spoke = spoke or event["type"].startswith("interaction.")
        trend = event["data"].get("trend", trend)
    trend = trend if spoke else max(0, trend - 5)
    gene_sdk.append("recalculate_engagement_scores", about, {"trend": trend})
    return json.dumps({"success": True})
