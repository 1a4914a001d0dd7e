"""The last stage and value of each deal that was spoken of lately."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    about = "customer:" + data["customer"]
    deals = {}
    for event in gene_sdk.history(about, 100):
        said = event["data"]
        if event["type"].startswith("deal.") and "deal" in said:
            deals[said["deal"]] = {**deals.get(said["deal"], {}), **said}
    lines = [f"{name}: {deal.get('stage')}" for name, deal in sorted(deals.items())]
    worth = sum(deal.get("value") or 0 for deal in deals.values())
    gene_sdk.append("generate_pipeline_review", about, {"deals": lines, "worth": worth})
    return json.dumps({"success": True})
