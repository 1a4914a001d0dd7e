"""The inventory's groups are read as Ansible reads them."""

from __future__ import annotations

import pytest

from controller.genome.inventory import is_inventory, read_inventory

YAML = """\
all:
  hosts:
    mail:
  children:
    racks:
      vars:
        ansible_user: root
      children:
        left:
          hosts:
            node[01:03]:
              ansible_host: 10.0.0.1
        right: {hosts: {n-a: null, on: null}}
    spare:
"""

INI = """\
; what stands in the cellar
mail

[left]
node[01:03] ansible_user=root  # three of them
[right]
n-a:22
on
[racks:children]
left
right
[racks:vars]
ansible_user=root
[spare]
"""

GROUPS = {
    "all": {"mail", "node01", "node02", "node03", "n-a", "on"},
    "left": {"node01", "node02", "node03"},
    "right": {"n-a", "on"},
    "racks": {"node01", "node02", "node03", "n-a", "on"},
    "spare": set(),
    "ungrouped": {"mail"},
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("hosts/all.yml", YAML),
        ("hosts/all.yaml", YAML),
        ("hosts/all", YAML),
        ("hosts/all", INI),
        ("hosts/all.ini", INI),
    ],
)
def test_both_forms_say_the_same(path: str, text: str) -> None:
    groups, remarks = read_inventory({path: text.encode()})
    assert remarks == ()
    assert groups == GROUPS


def test_groups_of_several_files_are_one() -> None:
    more = b"[left]\nnode99\n[top:children]\nleft\n"
    groups, _ = read_inventory({"hosts/a.yml": YAML.encode(), "hosts/b.ini": more})
    assert groups is not None
    assert "node99" in groups["racks"]
    assert groups["top"] == groups["left"] == GROUPS["left"] | {"node99"}


def test_without_an_inventory_no_groups_are_known() -> None:
    assert read_inventory({"hosts/simulated.json": b"{}", "contracts/a.sg": b""}) == (None, ())
    others = ("hosts/group_vars/all.yml", "hosts/.swp", "hosts/README.md", "x/hosts/all.yml")
    assert not any(is_inventory(path) for path in others)


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("n[1:5:2]", {"n1", "n3", "n5"}),
        ("n[a:c].x", {"na.x", "nb.x", "nc.x"}),
        ("r[1:2]n[08:10]", {f"r{r}n{n}" for r in (1, 2) for n in ("08", "09", "10")}),
        ("fe80::1", {"fe80::1"}),
        ("n[1:2]:2222", {"n1", "n2"}),
    ],
)
def test_a_range_stands_for_its_hosts(pattern: str, hosts: set[str]) -> None:
    groups, remarks = read_inventory({"hosts/all.ini": f"[g]\n{pattern}\n".encode()})
    assert remarks == ()
    assert groups is not None
    assert groups["g"] == hosts


@pytest.mark.parametrize(
    ("path", "data", "line", "part"),
    [
        ("hosts/a.yml", b"all:\n  hosts: [a, b]\n", 1, "`hosts` of `all` is not a mapping"),
        ("hosts/a.yml", b"all:\n  host:\n    a:\n", 1, "unknown key `host`"),
        ("hosts/a.yml", b"all:\n  x: [\n", 3, "not YAML"),
        ("hosts/a.yml", b"[" * 100_000, 1, "not YAML"),
        ("hosts/a.yml", b"\xff", 1, "not UTF-8"),
        ("hosts/a.yml", b"all: &a\n  children:\n    b: *a\n", 1, "recursive"),
        ("hosts/a.ini", b"[a]\n\n[b:children]\naa\n", 4, "did you mean `a`?"),
        ("hosts/a.ini", b"[a]\nn[1:99999999999999999999]\n", 2, "not a range"),
        ("hosts/a.ini", b"[a]\nn[1:9999][1:9999]\n", 2, "too many"),
        ("hosts/a.ini", b"[a]\nn[b:9]\n", 2, "not a range"),
        ("hosts/a.ini", b"[a]\nn[1:9:0]\n", 2, "not a range"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(
    path: str, data: bytes, line: int, part: str
) -> None:
    groups, (remark,) = read_inventory({path: data})
    assert groups is None
    assert (remark.code, remark.span.file, remark.span.line) == ("GN-E006", path, line)
    assert part in remark.message


def test_groups_that_hold_each_other_end() -> None:
    circle = b"[a:children]\nb\n[b:children]\na\n[b:hosts]\nx\n"
    groups, _ = read_inventory({"hosts/all": circle})
    assert groups is not None
    assert groups["a"] == groups["b"] == {"x"}


def test_aliases_of_aliases_are_read_once() -> None:
    levels = [f"g{n}: &g{n} {{children: {{a: *g{n - 1}, b: *g{n - 1}}}}}\n" for n in range(1, 60)]
    bomb = "g0: &g0 {hosts: {x: }}\n" + "".join(levels)
    groups, remarks = read_inventory({"hosts/all.yml": bomb.encode()})
    assert remarks == ()
    assert groups is not None
    assert groups["g59"] == groups["a"] == {"x"}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("hosts/cloud.py", b"import json\n"),
        ("hosts/cloud", b"#!/usr/bin/env python3\n"),
        ("hosts/cloud.yml", b"plugin: constructed\nstrict: true\n"),
    ],
)
def test_what_ansible_would_run_is_refused_with_a_way_to_write_it_down(
    path: str, data: bytes
) -> None:
    groups, (remark,) = read_inventory({"hosts/all.yml": YAML.encode(), path: data})
    assert groups is None
    assert remark.span.file == path
    assert "ansible-inventory -i FILE --list --yaml --export" in remark.hint


def test_the_keys_of_hosts_are_no_hosts() -> None:
    assert read_inventory({"hosts/known_hosts": b"192.0.2.1 ssh-ed25519 AAAA\n"}) == (None, ())
