"""Customers in tables: one row for each customer, conversation, deal and membership.

A batch of events is read with one request a table and written with one a table.
"""

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
        return json.dumps(answer(id_of(data["query"]["customer"])))
    build([{**event, "subject": id_of(event["subject"])} for event in data["events"]])
    return "{}"


def id_of(subject):
    """`customer:c1` and `c1` are one customer."""
    return subject.removeprefix("customer:")


def build(events):
    others = [event for event in events if ":" in event["subject"]]
    events = [event for event in events if ":" not in event["subject"]]
    people = sorted({event["subject"] for event in events})
    rows = {**{who: fresh() for who in people}, **gene_sdk.get_many("customers", people)}
    causes = {who: [] for who in people}
    talks, moves = [], []
    for event in events:
        who, kind, data, name = event["subject"], event["type"], event["data"], event["id"]
        row = rows[who]
        causes[who].append(name)
        if kind.startswith("customer."):
            move(row["company"], data.get("company"), who, name)
            row.update(data)
        elif kind.startswith("interaction."):
            key = f"{who}/{event['time']}/{name[:8]}"
            talks.append({"key": key, "row": data, "events": [name]})
            row["interactions"] += 1
            row["minutes"] += data.get("minutes", 0)
            row["latest"] = data.get("notes")
        elif kind.startswith("deal."):
            moves.append((f"{who}/{data['deal']}", data, name))
        elif kind == "rep.assigned":
            row["rep"] = data["rep"]
        elif kind.startswith("consent."):
            row["consents"].update(data)
    gene_sdk.put_many("interactions", talks)
    update("deals", moves)
    update("others", [(one["subject"], one["data"], one["id"]) for one in others])
    written = [{"key": who, "row": rows[who], "events": causes[who]} for who in people]
    gene_sdk.put_many("customers", written)


def update(table, changes):
    """Lay what was said, (key, fields, event) each, over the rows that are there."""
    keys = sorted({key for key, _, _ in changes})
    rows, causes = gene_sdk.get_many(table, keys), {}
    for key, fields, event in changes:
        rows[key] = {**rows.get(key, {}), **fields}
        causes.setdefault(key, []).append(event)
    written = [{"key": key, "row": rows[key], "events": causes[key]} for key in keys]
    gene_sdk.put_many(table, written)


def fresh():
    return {**EMPTY, "consents": {}}


def move(former, company, who, event):
    if company is None or company == former:
        return
    if former is not None:
        gene_sdk.delete("members", f"{former}/{who}", event)
    gene_sdk.put("members", f"{company}/{who}", {}, event)


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
