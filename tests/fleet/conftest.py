"""Hosts for the tests of worlds `host:NAME`: namespaces of this machine, each with its own sshd."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.namespaces import SSHD, Fleet, fleet


def _missing() -> str | None:
    if os.geteuid() != 0:
        return "needs root: it makes network namespaces"
    if not Path(SSHD).exists() or shutil.which("ssh") is None:
        return "needs openssh-server and openssh-client: its hosts are reached over ssh"
    if importlib.util.find_spec("ansible_runner") is None:
        return "needs ansible-runner: pip install -e '.[hosts]'"
    return None


@pytest.fixture(scope="session")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Four hosts that live as long as the tests of this directory."""
    missing = _missing()
    if missing is not None:
        pytest.skip(missing)
    with fleet(tmp_path_factory.mktemp("fleet"), 4) as made:
        yield made


@pytest.fixture
def reached(hosts: Fleet, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """The same, with the controller's ssh on the way to them."""
    monkeypatch.setenv("ANSIBLE_SSH_EXECUTABLE", str(hosts.ssh))
    return hosts
