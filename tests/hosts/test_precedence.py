"""Of several settings of a host the one counts that Ansible itself would use: ansible-inventory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from controller.genome.hosts import host_settings

NAMES = ("ansible_host", "ansible_user", "ansible_port", "ansible_ssh_private_key_file")
GROUPS = tuple("abcdefgh")
HOSTS = tuple(f"host{number}" for number in range(10))


def drawn(chance: random.Random) -> dict[str, str]:
    """Settings of one place, each of which says where it is from."""
    number = chance.randrange(1, 9999)
    every = {
        "ansible_host": f"192.0.2.{number % 250}",
        "ansible_user": f"user{number}",
        "ansible_port": str(number),
        "ansible_ssh_private_key_file": f"/keys/{number}",
    }
    return {name: value for name, value in every.items() if chance.random() < 0.4}


def inventory(seed: int) -> dict[str, bytes]:
    """Groups in groups, half of them in YAML and half in INI, with variables everywhere."""
    chance = random.Random(seed)
    below = {g: [c for c in GROUPS[n + 1 :] if chance.random() < 0.3] for n, g in enumerate(GROUPS)}
    members = {g: [h for h in HOSTS if chance.random() < 0.3] for g in GROUPS}
    ini = [f"{host} {' '.join(f'{k}={v}' for k, v in drawn(chance).items())}" for host in HOSTS]
    tree: dict[str, object] = {}
    for group in GROUPS:
        said = drawn(chance)
        if chance.random() < 0.5:
            tree[group] = {
                "hosts": dict.fromkeys(members[group]),
                "vars": said,
                "children": dict.fromkeys(below[group]),
            }
            continue
        ini += [f"[{group}]", *members[group], f"[{group}:children]", *below[group]]
        ini += [f"[{group}:vars]", *(f"{name}={value}" for name, value in said.items())]
    tree["all"] = {"vars": drawn(chance)}
    ini += [line for group in sorted(tree) if group != "all" for line in (f"[{group}]",)]
    files: dict[str, object] = {f"group_vars/{g}.yml": drawn(chance) for g in ("all", *GROUPS[::2])}
    files |= {f"host_vars/{h}": drawn(chance) for h in HOSTS[::3]}
    told = {path: json.dumps(value).encode() for path, value in files.items()}
    return {"fleet": "\n".join(ini).encode(), "more.yml": json.dumps(tree).encode(), **told}


@pytest.mark.parametrize("seed", range(3))
def test_the_setting_that_counts_is_the_one_that_ansible_uses(seed: int, tmp_path: Path) -> None:
    files = inventory(seed)
    for path, data in files.items():
        (tmp_path / "hosts" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "hosts" / path).write_bytes(data)
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-inventory", "-i", "hosts", "--list"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        check=True,
        capture_output=True,
        text=True,
    )
    asked = json.loads(done.stdout)["_meta"]["hostvars"]
    assert asked.keys() == set(HOSTS)
    inside = {f"hosts/{path}": data for path, data in files.items()}
    for host, told in asked.items():
        expected = {name: str(told[name]) for name in NAMES if name in told}
        assert host_settings(inside, host).variables == expected, host
