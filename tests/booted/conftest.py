"""Hosts that systemd boots. Tests that need one are skipped where none can be, and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.booted.machine import Booted, booted, missing
from tests.booted.service import Service
from tests.conftest import NO_BOOTED_HOST


@pytest.fixture(scope="session")
def shared_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """A host for all tests of a process. Whoever installs something takes it away again."""
    absent = missing()
    if absent is not None:
        pytest.skip(f"{NO_BOOTED_HOST}{absent}")
    with booted(tmp_path_factory.mktemp("booted") / "host", "germline-host") as host:
        host.run("useradd", "--system", "--create-home", "keeper")
        yield host


@pytest.fixture
def host(shared_host: Booted) -> Booted:
    """The same, up, whatever the test before did to it."""
    shared_host.wait_until_up()
    return shared_host


@pytest.fixture
def service(host: Booted) -> Iterator[Service]:
    """The demonstration's genome, of an ordinary user; what the test installs goes with it."""
    made = Service(host, "lab", "keeper")
    made.begin()
    yield made
    made.remove()
