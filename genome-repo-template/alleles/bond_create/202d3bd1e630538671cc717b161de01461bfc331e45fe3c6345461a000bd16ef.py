"""Make the bond if need be, then take in each interface that is missing: down first, as Linux asks."""

import json

import gene_sdk


def _trouble(links, bond, members):
    missing = [name for name in members if name not in links]
    if missing:
        return f"no interface {', '.join(missing)}"
    taken = [name for name in members if links[name]["master"] not in (None, bond)]
    if taken:
        return f"{', '.join(taken)}: a port of {links[taken[0]]['master']}"
    if bond in links and links[bond]["kind"] != "bond":
        return f"{bond} is a {links[bond]['kind']}"
    return None


def execute(input_json: str) -> str:
    data = json.loads(input_json)
    bond = data["bond"]
    links = {link["name"]: link for link in gene_sdk.list_links()}
    trouble = _trouble(links, bond, data["members"])
    if trouble is not None:
        return json.dumps({"success": False, "created": False, "error": trouble})
    created = bond not in links
    if created:
        gene_sdk.create_bond(bond, data["mode"], data["miimon_ms"])
    for name in data["members"]:
        if links[name]["master"] != bond:
            gene_sdk.set_link_state(name, False)
            gene_sdk.add_bond_port(bond, name)
    gene_sdk.set_link_state(bond, True)
    return json.dumps({"success": True, "created": created})
