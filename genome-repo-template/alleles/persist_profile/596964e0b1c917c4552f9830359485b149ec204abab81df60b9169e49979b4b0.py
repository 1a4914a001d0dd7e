"""Write one profile for the interface and one for each of its ports, from what they are now.

A port comes back by itself, as a port of its master and nothing else.
"""

import json

import gene_sdk

TYPES = {"nic": "ethernet", "bridge": "bridge", "bond": "bond", "vlan": "vlan"}


def _own(link):
    """What a profile says of the kind of thing that it is."""
    if link["kind"] == "bridge":
        return {"stp": link["stp"], "cloned_mac": link["mac"] if link["mac_pinned"] else None}
    if link["kind"] == "bond":
        bond = gene_sdk.bond(link["name"])
        mac = link["mac"] if link["mac_pinned"] else None
        return {"mode": bond["mode"], "miimon": bond["miimon_ms"], "cloned_mac": mac}
    if link["kind"] == "vlan":
        return {"parent": link["parent"], "vlan": link["vid"]}
    return {}


def _addressed(link, leases):
    """Where its addresses come from: those that were lent come by themselves."""
    lent = [lease["address"] for lease in leases if lease["interface"] == link["name"]]
    kept = [own for own in link["addresses"] if own not in lent]
    if lent:
        return {"method": "auto", "addresses": kept or None}
    if not kept:
        return {"method": "disabled"}
    ways = [way for way in gene_sdk.routes() if way["interface"] == link["name"]]
    gateway = [way["gateway"] for way in ways if way["destination"] == "0.0.0.0/0"]
    others = [way for way in ways if way["destination"] != "0.0.0.0/0"]
    said = {"method": "manual", "addresses": kept, "routes": others or None}
    return said | ({"gateway": gateway[0]} if gateway and gateway[0] else {})


def _write(link, said):
    given = {"mtu": link["mtu"] if link["mtu"] != 1500 else None, **_own(link), **said}
    given = {name: value for name, value in given.items() if value is not None}
    gene_sdk.write_profile(link["name"], link["name"], TYPES[link["kind"]], True, **given)
    return link["name"]


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    links = {link["name"]: link for link in gene_sdk.list_links()}
    wanted = [data["interface"], *data["ports"]]
    missing = [name for name in wanted if name not in links]
    if missing:
        error = f"no interface {', '.join(missing)}"
        return json.dumps({"success": False, "profiles": [], "error": error})
    strange = [name for name in wanted if links[name]["kind"] not in TYPES]
    if strange:
        error = f"no profile says what {', '.join(strange)} is"
        return json.dumps({"success": False, "profiles": [], "error": error})
    main = links[data["interface"]]
    written = [_write(main, _addressed(main, gene_sdk.leases()))]
    for name in data["ports"]:
        said = {"controller": main["name"], "port_type": main["kind"]}
        written.append(_write(links[name], said))
    return json.dumps({"success": True, "profiles": written})
