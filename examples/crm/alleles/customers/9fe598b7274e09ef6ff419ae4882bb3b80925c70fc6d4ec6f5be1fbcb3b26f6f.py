"""Customers as a graph: people, companies, conversations and deals, and what joins them."""

import json

import gene_sdk

MODEL = "graph"


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
    nodes = {"talk": [], "deal": [], "consent": [], "person": [], "other": []}
    edges = {"had": [], "owns": []}
    known = known_of(events)
    for event in events:
        who, kind, data, name = event["subject"], event["type"], event["data"], event["id"]
        if ":" in who:
            nodes["other"].append(merged(known, "other", who, data, name))
        elif kind.startswith("interaction."):
            key = f"{who}/{event['time']}/{name[:8]}"
            nodes["talk"].append({"key": key, "row": data, "events": [name]})
            edges["had"].append(edge(who, f"talk/{key}", name))
        elif kind.startswith("deal."):
            key = f"{who}/{data['deal']}"
            nodes["deal"].append(merged(known, "deal", key, data, name))
            edges["owns"].append(edge(who, f"deal/{key}", name))
        elif kind == "rep.assigned":
            join("cared_for_by", f"person/{who}", f"rep/{data['rep']}", name)
        else:
            label = "consent" if kind.startswith("consent.") else "person"
            nodes[label].append(merged(known, label, who, data, name))
            if label == "person":
                place(who, data, name)
    for label, found in nodes.items():
        gene_sdk.put_many(label, found)
    for kind, found in edges.items():
        gene_sdk.link_many(kind, found)


def known_of(events):
    """What is there of the nodes that events may add to, by label."""
    keys = {event["subject"] for event in events}
    deals = {f"{one['subject']}/{one['data'].get('deal')}" for one in events}
    wanted = {"person": keys, "consent": keys, "other": keys, "deal": deals}
    return {label: gene_sdk.get_many(label, sorted(some)) for label, some in wanted.items()}


def merged(known, label, key, data, event):
    """A node with what was said laid over what is there."""
    row = known[label][key] = {**known[label].get(key, {}), **data}
    return {"key": key, "row": row, "events": [event]}


def place(who, data, event):
    """A customer's company and who cares for it are edges."""
    if "company" in data:
        join("works_at", f"person/{who}", f"company/{data['company']}", event)
    if "rep" in data:
        join("cared_for_by", f"person/{who}", f"rep/{data['rep']}", event)


def edge(who, target, event):
    return {"source": f"person/{who}", "target": target, "events": [event]}


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
    """Every conversation in the order of time, a page at a time."""
    after = ""
    while True:
        page = gene_sdk.neighbours("had", person, after=after, limit=200)
        found = gene_sdk.get_many("talk", [key(node) for node in page])
        yield from (found[key(node)] for node in page)
        if not page:
            return
        after = page[-1]


def answer(who):
    person = f"person/{who}"
    row = gene_sdk.get("person", who) or {}
    talks = list(all_talks(person))
    names = [key(node) for node in gene_sdk.neighbours("owns", person)]
    deals = gene_sdk.get_many("deal", names)
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
        "latest": talks[-1].get("notes") if talks else None,
        "deals": [{k: deals[n][k] for k in ("deal", "stage", "value")} for n in names],
        "colleagues": [key(other) for other in others if other != person][:20],
    }
