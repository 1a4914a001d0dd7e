"""Names that are known, in the notes of what was said."""

import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    about = "customer:" + data["customer"]
    notes = [event["data"].get("notes") or "" for event in gene_sdk.history(about, 100)]
    found = sorted({name for name in KNOWN for note in notes if name in note.lower()})
    gene_sdk.append("check_competitor_mentions", about, {"mentioned": found})
    return json.dumps({"success": True})


KNOWN = ("acme", "globex", "initech")
