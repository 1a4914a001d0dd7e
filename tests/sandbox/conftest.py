"""One sandbox and one host for each file of tests; a test that breaks either fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from tests.sandbox.host import Host, a_host


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    with ProcessSandbox(ready=0) as opened:  # so that processes can be counted exactly
        yield opened


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with a_host(tmp_path_factory.mktemp("host")) as built:
        yield built
