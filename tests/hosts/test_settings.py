"""What an inventory may say of a connection; whatever could run a program here is refused."""

from __future__ import annotations

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
