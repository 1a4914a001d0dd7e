"""Customers in tables: one row for each customer, conversation, deal and membership."""

import json

import gene_sdk

EMPTY = {
    "name": None,
    "email": None,
    "company": None,
    "rep": None,
    "consents": {},
    "interactions": 0,
    "minutes": 0,
    "latest": None,
}


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if "query" in data:
        return json.dumps(answer(data["query"]["customer"]))
    for event in data["events"]:
        take(event["type"], event["subject"], event["data"], event["id"])
    return "{}"


def take(kind, who, data, event):
    row = gene_sdk.get("customers", who) or dict(EMPTY)
    if kind.startswith("customer."):
        if "company" in data and data["company"] != row["company"]:
            if row["company"] is not None:
                gene_sdk.delete("members", f"{row['company']}/{who}", event)
            gene_sdk.put("members", f"{data['company']}/{who}", {}, event)
        row.update(data)
    elif kind == "interaction.logged":
        gene_sdk.put("interactions", f"{who}/{event[:20]}", data, event)
        row["interactions"] += 1
        row["minutes"] += data.get("minutes", 0)
        row["latest"] = data.get("notes")
    elif kind == "deal.updated":
        gene_sdk.put("deals", f"{who}/{data['deal']}", data, event)
    elif kind == "rep.assigned":
        row["rep"] = data["rep"]
    elif kind.startswith("consent."):
        row["consents"].update(data)
    gene_sdk.put("customers", who, row, event)


def answer(who):
    row = gene_sdk.get("customers", who)
    found = row is not None
    row = row or EMPTY
    deals = [one["row"] for one in gene_sdk.scan("deals", f"{who}/")]
    company = row["company"]
    members = gene_sdk.scan("members", f"{company}/", limit=21) if company is not None else []
    others = [one["key"][len(company) + 1 :] for one in members]
    return {
        "found": found,
        "name": row["name"],
        "email": row["email"],
        "company": company,
        "rep": row["rep"],
        "consents": sorted(name for name, given in row["consents"].items() if given),
        "interactions": row["interactions"],
        "minutes": row["minutes"],
        "latest": row["latest"],
        "deals": [{k: deal[k] for k in ("deal", "stage", "value")} for deal in deals],
        "colleagues": [other for other in others if other != who][:20],
    }
