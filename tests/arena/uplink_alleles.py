"""One mistake in many hands: each moves the uplink and tells nobody upstream."""

from __future__ import annotations

ALLELES: dict[str, str] = {
    "plain": """
import json

import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bridge = data["bridge"]
    # the old one first
    gene_sdk.detach_port(bridge, data["from_nic"])
    gene_sdk.attach_port(bridge, data["to_nic"])  # then the new one

    return json.dumps({"success": True, "bridge": bridge})
""",
    "other names, renamed module": """
import json as j
import gene_sdk as sdk


def execute(text):
    request = j.loads(text)
    br, old, new = request["bridge"], request["from_nic"], request["to_nic"]
    sdk.detach_port(br, old)
    sdk.attach_port(br, new)
    answer = {"success": True, "bridge": br}
    return j.dumps(answer)
""",
    "imported functions": """
from json import dumps, loads
from gene_sdk import attach_port, detach_port as leave


def execute(input_json: str) -> str:
    data = loads(input_json)
    leave(data["bridge"], data["from_nic"])
    attach_port(data["bridge"], data["to_nic"])
    return dumps({"success": True, "bridge": data["bridge"]})
""",
    "keyword arguments": '''
import json
import gene_sdk


def execute(input_json: str) -> str:
    """Move the uplink."""
    data = json.loads(input_json)
    gene_sdk.detach_port(interface=data.get("from_nic"), bridge=data.get("bridge"))
    gene_sdk.attach_port(interface=data.get("to_nic"), bridge=data.get("bridge"))
    return json.dumps(dict(success=True, bridge=data.get("bridge")))
''',
    "work in a function that takes the input": """
import json
import gene_sdk


def move(data):
    gene_sdk.detach_port(data["bridge"], data["from_nic"])
    gene_sdk.attach_port(data["bridge"], data["to_nic"])
    return {"success": True, "bridge": data["bridge"]}


def execute(input_json: str) -> str:
    return json.dumps(move(json.loads(input_json)))
""",
    "one line": """
import json, gene_sdk
def off(d): gene_sdk.detach_port(d["bridge"], d["from_nic"]); return d
def _f(d): gene_sdk.attach_port(off(d)["bridge"], d["to_nic"]); return {"success": True, **d}
def execute(p): return json.dumps(_f(json.loads(p)))
""",
    "keywords unpacked into a function": """
import json
import gene_sdk


def _move(bridge, from_nic, to_nic):
    gene_sdk.detach_port(bridge, from_nic)
    gene_sdk.attach_port(bridge, to_nic)


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    _move(**data)
    return json.dumps({"success": True, "bridge": data["bridge"]})
""",
    "early returns": """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    if not data.get("bridge"):
        return json.dumps({"success": False, "bridge": ""})
    if data["from_nic"] == data["to_nic"]:
        return json.dumps({"success": True, "bridge": data["bridge"]})
    gene_sdk.detach_port(data["bridge"], data["from_nic"])
    gene_sdk.attach_port(data["bridge"], data["to_nic"])
    return json.dumps({"success": True, "bridge": data["bridge"]})
""",
    "try and except": """
import json
import gene_sdk


def execute(input_json: str) -> str:
    try:
        data = json.loads(input_json)
        bridge = data["bridge"]
        gene_sdk.detach_port(bridge, data["from_nic"])
        gene_sdk.attach_port(bridge, data["to_nic"])
        return json.dumps({"success": True, "bridge": bridge})
    except Exception as error:
        return json.dumps({"success": False, "bridge": "", "error": str(error)})
""",
    "a loop over steps": """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    steps = [(gene_sdk.detach_port, data["from_nic"]), (gene_sdk.attach_port, data["to_nic"])]
    for step, nic in steps:
        step(data["bridge"], nic)
    return json.dumps({"success": True, "bridge": data["bridge"]})
""",
    "f-strings and looked-up operations": """
import json
import gene_sdk


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    for verb, nic in {"detach": data["from_nic"], "attach": data["to_nic"]}.items():
        getattr(gene_sdk, f"{verb}_port")(data["bridge"], nic)
    bridge = f"{data['bridge']}"
    return json.dumps({"success": True, "bridge": bridge})
""",
    "tabs, and a class": """
import json
import gene_sdk

class Uplink:
\tdef __init__(self, data):
\t\tself.data = data
\tdef move(self):
\t\tgene_sdk.detach_port(self.data["bridge"], self.data["from_nic"])
\t\tgene_sdk.attach_port(self.data["bridge"], self.data["to_nic"])
\t\treturn self

def execute(input_json):
\treturn json.dumps({"success": True, **Uplink(json.loads(input_json)).move().data})
""",
    "import inside, semicolons": """
def execute(raw):
    import json; import gene_sdk
    d = json.loads(raw); b = d["bridge"]; old = d["from_nic"]; gene_sdk.detach_port(b, old)
    gene_sdk.attach_port(b, d["to_nic"]); r = {"success": True, "bridge": b}; return json.dumps(r)
""",
    "parsed by a function, everything in a branch": """
import json
import gene_sdk


def read(text):
    return json.loads(text)


def execute(input_json: str) -> str:
    wanted = read(input_json)
    done = False
    if wanted["from_nic"] in gene_sdk.bridge_ports(wanted["bridge"]):
        gene_sdk.detach_port(wanted["bridge"], wanted["from_nic"])
        gene_sdk.attach_port(wanted["bridge"], wanted["to_nic"])
        done = True
    return json.dumps(
        {
            "success": done,  # only if it was a port
            "bridge": wanted["bridge"],
        }
    )
""",
    "a walrus and a comprehension": """
import json
import gene_sdk


def execute(input_json: str) -> str:
    if (data := json.loads(input_json)) is None:
        raise ValueError("no input")
    pairs = ((gene_sdk.detach_port, "from_nic"), (gene_sdk.attach_port, "to_nic"))
    [act(data["bridge"], data[nic]) for act, nic in pairs]
    return json.dumps({"success": True, "bridge": data["bridge"]})
""",
    "no imports of its own": """
def execute(input_json: str) -> str:
    import json, gene_sdk as kernel
    def attach(nic):
        return kernel.attach_port(data["bridge"], nic)
    def detach(nic):
        return kernel.detach_port(data["bridge"], nic)
    data = json.loads(input_json)
    _ = detach(data["from_nic"]) or attach(data["to_nic"])
    return json.dumps({"success": _ is None, "bridge": data["bridge"]})
""",
}
