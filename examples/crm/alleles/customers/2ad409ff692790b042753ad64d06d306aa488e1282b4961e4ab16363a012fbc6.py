"""Customers as a graph: people, companies, conversations and deals, and what joins them."""

import json

import gene_sdk

MODEL = "graph"


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if "query" in data:
        return json.dumps(answer(data["query"]["customer"]))
    for event in data["events"]:
        take(event["type"], event["subject"], event["data"], event["id"])
    return "{}"


def take(kind, who, data, event):
    person = f"person/{who}"
    if kind.startswith("customer."):
        known = gene_sdk.get("person", who) or {}
        gene_sdk.put("person", who, {**known, **data}, event)
        if "company" in data:
            join("works_at", person, f"company/{data['company']}", event)
    elif kind == "interaction.logged":
        talk = f"talk/{event[:20]}"
        gene_sdk.put("talk", event[:20], data, event)
        gene_sdk.link("had", person, talk, event)
        join("had_last", person, talk, event)
    elif kind == "deal.updated":
        gene_sdk.put("deal", f"{who}/{data['deal']}", data, event)
        gene_sdk.link("owns", person, f"deal/{who}/{data['deal']}", event)
    elif kind == "rep.assigned":
        join("cared_for_by", person, f"rep/{data['rep']}", event)
    elif kind.startswith("consent."):
        known = gene_sdk.get("consent", who) or {}
        gene_sdk.put("consent", who, {**known, **data}, event)


def join(kind, source, target, event):
    """An edge of which a node has only one."""
    for former in gene_sdk.neighbours(kind, source):
        if former != target:
            gene_sdk.unlink(kind, source, former, event)
    gene_sdk.link(kind, source, target, event)


def key(node):
    return node.split("/", 1)[1]


def only(kind, node):
    found = gene_sdk.neighbours(kind, node, limit=1)
    return key(found[0]) if found else None


def all_talks(person):
    """Every conversation, a page at a time."""
    after = ""
    while True:
        page = gene_sdk.neighbours("had", person, after=after)
        yield from page
        if not page:
            return
        after = page[-1]


def answer(who):
    person = f"person/{who}"
    row = gene_sdk.get("person", who) or {}
    talks = [gene_sdk.get("talk", key(node)) for node in all_talks(person)]
    last = only("had_last", person)
    deals = [gene_sdk.get("deal", key(node)) for node in gene_sdk.neighbours("owns", person)]
    company = only("works_at", person)
    others = []
    if company is not None:
        others = gene_sdk.neighbours("works_at", f"company/{company}", incoming=True, limit=21)
    rep = only("cared_for_by", person)
    consents = gene_sdk.get("consent", who) or {}
    return {
        "found": bool(row or talks or deals or rep or consents),
        "name": row.get("name"),
        "email": row.get("email"),
        "company": company,
        "rep": rep,
        "consents": sorted(name for name, given in consents.items() if given),
        "interactions": len(talks),
        "minutes": sum(talk.get("minutes", 0) for talk in talks),
        "latest": gene_sdk.get("talk", last).get("notes") if last else None,
        "deals": [{k: deal[k] for k in ("deal", "stage", "value")} for deal in deals],
        "colleagues": [key(other) for other in others if other != person][:20],
    }
