"""A host whose Python is older than the controller's: genes are sent to it all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.genome import ADDING, genome, values
from tests.fleet.namespaces import Fleet
from tests.hosts.pythons import OLDER, interpreter

pytestmark = pytest.mark.root


@pytest.mark.parametrize("version", OLDER)
def test_a_gene_is_run_verified_and_confirmed_where_python_is_older(
    reached: Fleet, tmp_path: Path, version: str
) -> None:
    setting = f"  vars:\n    ansible_python_interpreter: {interpreter(version)}\n".encode()
    inventory = reached.inventory().replace(b"  vars:\n", setting)
    address = f"10.94.0.{version.rpartition('.')[2]}/24"
    with genome(tmp_path / "genome", reached, ADDING, **{"hosts/fleet.yml": inventory}) as fixture:
        fixture.ask("h4", values(address))
        assert fixture.run_until("transaction.confirmed", within_s=40.0) == []
        assert reached.hosts[3].has(address)
