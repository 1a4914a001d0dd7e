"""What a kernel lacks is what it refuses to make, and finding out leaves nothing behind."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.adapters.twin.world import Twin
from controller.domains.network.capability import lacking
from tests.network.conftest import needs_root
from tests.network.worlds import PREFIX, host, small_world

SPACE = f"{PREFIX}-tried"


@pytest.fixture
def space() -> Iterator[str]:
    subprocess.run(["ip", "netns", "add", SPACE], check=True)
    yield SPACE
    subprocess.run(["ip", "netns", "del", SPACE], check=True)


@pytest.mark.root
@needs_root[1]
@pytest.mark.parametrize("kind", ["bond", "dummy"])
def test_a_kernel_lacks_the_kinds_that_iproute2_cannot_make_either(space: str, kind: str) -> None:
    command = ["ip", "-n", space, "link", "add", "some0", "type", kind]
    made = subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert made is (kind not in lacking())


@pytest.mark.root
@needs_root[1]
def test_finding_out_what_a_kernel_lacks_touches_no_namespace_that_is_there() -> None:
    before = Path("/proc/self/net/dev").read_text().count(":")
    lacking.cache_clear()
    lacking()
    assert Path("/proc/self/net/dev").read_text().count(":") == before


def test_the_twin_lacks_nothing(twin: Twin) -> None:
    with twin.make(small_world()) as world:
        assert host(world).lacks == ()
