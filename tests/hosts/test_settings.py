"""What an inventory may say of a connection; whatever could run a program here is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.genome.hosts import UnusableHost, host_settings, is_host_name

INVENTORY = b"""
all:
  vars:
    ansible_user: root
  children:
    web:
      vars:
        ansible_port: 2222
        colour: blue
      hosts:
        web1: {ansible_host: 192.0.2.1}
        web2: {ansible_host: 192.0.2.2, ansible_port: 22}
"""


def settings(text: bytes, name: str = "web1") -> dict[str, str]:
    return dict(host_settings({"hosts/fleet.yml": text}, name).variables)


def test_a_hosts_own_settings_come_before_those_of_its_groups() -> None:
    assert settings(INVENTORY, "web2") == {
        "ansible_user": "root",
        "ansible_port": "22",
        "ansible_host": "192.0.2.2",
    }
    assert settings(INVENTORY)["ansible_port"] == "2222"


INI = b"""
web2 ansible_port=22
[web]
web1:2201 ansible_host=192.0.2.1   # the first one
web[2:3] ansible_host='192.0.2.2'
[web:vars]
ansible_user = deploy
colour = blue and green
[all:vars]
ansible_user=root
ansible_become=yes
"""


def test_an_ini_inventory_says_the_same_things() -> None:
    files = {"hosts/fleet": INI}
    assert dict(host_settings(files, "web1").variables) == {
        "ansible_host": "192.0.2.1",
        "ansible_port": "2201",
        "ansible_user": "deploy",
        "ansible_become": "yes",
    }
    assert host_settings(files, "web2").variables["ansible_host"] == "192.0.2.2"
    assert "ansible_port" not in host_settings(files, "web3").variables


def test_what_lies_beside_the_inventory_counts_more_the_nearer_it_is_to_the_host() -> None:
    files = {
        "hosts/fleet": INI,
        "hosts/group_vars/all.yml": b"ansible_user: anybody\n",
        "hosts/group_vars/web/10-user.yml": b"ansible_user: web\nansible_port: 2\n",
        "hosts/group_vars/web/20-user": b'{"ansible_user": "late"}',
        "hosts/group_vars/web.yml": b"ansible_user: unread\n",
        "hosts/host_vars/web3.yml": b"ansible_user: own\n",
    }
    first, third = (host_settings(files, name).variables for name in ("web1", "web3"))
    assert (first["ansible_user"], first["ansible_port"]) == ("late", "2201")
    assert (third["ansible_user"], third["ansible_port"]) == ("own", "2")


@pytest.mark.parametrize(
    ("path", "data", "part"),
    [
        ("hosts/group_vars/web.yml", b"$ANSIBLE_VAULT;1.1;AES256\n3132\n", "encrypted"),
        ("hosts/host_vars/web1", b"ansible_user: [\n", "not YAML"),
        ("hosts/host_vars/web1", b"ansible_connection: local\n", "ansible_connection"),
        ("hosts/host_vars/web1", b"ansible_user: {a: b}\n", "not a plain value"),
        ("hosts/group_vars/web.yml", b"ansible_user: '{{ x }}'\n", "cannot be"),
        ("hosts/cloud.py", b"print('{}')\n", "is a program"),
        ("hosts/cloud", b"#!/bin/sh\necho {}\n", "is a program"),
        ("hosts/aws.yml", b"plugin: amazon.aws.aws_ec2\n", "plugin `amazon.aws.aws_ec2`"),
    ],
)
def test_what_cannot_be_read_or_would_have_to_be_run_is_refused(
    path: str, data: bytes, part: str
) -> None:
    with pytest.raises(UnusableHost, match=re.escape(part)):
        host_settings({"hosts/fleet": INI, path: data}, "web1")


def test_keys_of_hosts_are_no_inventory() -> None:
    with pytest.raises(UnusableHost, match="has a host"):
        host_settings({"hosts/known_hosts": b"web1 ssh-ed25519 AAAA\n"}, "web1")


def test_a_host_that_no_inventory_names_is_refused() -> None:
    with pytest.raises(UnusableHost, match="has a host web3"):
        settings(INVENTORY, "web3")


@pytest.mark.parametrize(
    "poison",
    [
        "ansible_host: \"{{ lookup('pipe', 'touch /tmp/x') }}\"",
        "ansible_host: 192.0.2.1 -oProxyCommand=x",
        "ansible_host: -oProxyCommand=x",
        "ansible_user: 'root; reboot'",
        "ansible_user: -lroot",
        "ansible_ssh_common_args: -o ProxyCommand=x",
        "ansible_ssh_executable: /tmp/x",
        "ansible_connection: local",
        "ansible_shell_executable: /tmp/x",
        "ansible_python_interpreter: python3 -c x",
        "ansible_ssh_private_key_file: '{{ x }}'",
        "ansible_host: [192.0.2.1]",
        "ansible_port: '22 -o x'",
    ],
)
def test_a_setting_that_could_run_something_here_is_refused(poison: str) -> None:
    text = f"all:\n  hosts:\n    web1:\n      {poison}\n"
    with pytest.raises(UnusableHost):
        settings(text.encode())


@pytest.mark.parametrize(
    "name", ["", "-oProxyCommand=x", "a b", "a;b", "{{ x }}", "../x", "a" * 254]
)
def test_a_name_that_could_be_more_than_a_name_is_none(name: str) -> None:
    assert not is_host_name(name)


@given(st.text(max_size=40))
def test_whatever_passes_as_a_name_has_nothing_for_a_shell_or_a_template(name: str) -> None:
    if is_host_name(name):
        assert name[0].isalnum()
        assert set(name.encode()) <= set(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
        )
