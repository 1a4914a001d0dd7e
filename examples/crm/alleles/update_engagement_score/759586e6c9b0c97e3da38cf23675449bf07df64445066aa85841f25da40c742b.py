"""Engagement moves with the sentiment of each interaction: faster down than up."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    trigger = gene_sdk.trigger()
    about = "customer:" + data["customer"]
    sentiment = (trigger or {}).get("data", {}).get("sentiment")
    if sentiment not in MOVES:
        return json.dumps({"success": False, "error": "no sentiment was told"})
    trend = latest(about) + MOVES[sentiment]
    gene_sdk.append("update_engagement_score", about, {"trend": max(0, min(100, trend))})
    return json.dumps({"success": True})


START = 60
MOVES = {"positive": 6, "neutral": 0, "negative": -12}


def latest(about):
    """The trend that was told last."""
    for event in reversed(gene_sdk.history(about, 50)):
        if "trend" in event["data"]:
            return event["data"]["trend"]
    return START
