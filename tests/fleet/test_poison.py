"""A host whose inventory would run something here: it is refused, and the others are served."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.genome import ADDING, genome, values
from tests.fleet.namespaces import Fleet

pytestmark = pytest.mark.root

POISONS = (
    "{{ansible_host: '-oProxyCommand=touch {mark}'}}",
    "{{ansible_host: \"{{{{ lookup('pipe', 'touch {mark}') }}}}\"}}",
    '{{ansible_host: "10.77.0.1\\nansible_connection: local"}}',
    "{{ansible_host: 10.77.0.1, ansible_ssh_executable: {mark}}}",
)
"""What somebody may write for a host, in YAML."""


def test_hosts_that_would_run_something_here_are_refused_and_another_is_served(
    reached: Fleet, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    lines = [f"    bad{n}: {one.format(mark=mark)}\n" for n, one in enumerate(POISONS)]
    inventory = reached.inventory() + "".join(lines).encode()
    with genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture:
        for number in range(len(POISONS)):
            fixture.demand_unasked(f"bad{number}", values(f"10.96.9.{number}/24"))
        fixture.ask("h2", values("10.96.0.2/24"))
        troubles = fixture.run_until("transaction.confirmed")
        assert reached.hosts[1].has("10.96.0.2/24")
    told = {trouble for trouble in troubles if "bad" in trouble}
    assert all(any(f"bad{n}" in trouble for trouble in told) for n in range(len(POISONS)))
    assert not mark.exists()
