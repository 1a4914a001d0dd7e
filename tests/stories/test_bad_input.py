"""What cannot be done is said before anything is touched, in words that tell what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.config import read_config
from controller.domains.network.state import from_json
from controller.genome.hosts import host_settings
from controller.ports import Blocked
from tests.stories.composing import ask_for, dominant, run_of
from tests.stories.fusing import WHOLE
from tests.stories.stage import stage
from tests.stories.test_nested import OUTER
from tests.stories.test_topologies import asked, commit_phenotype, has, problems

CIRCLES = {
    "resources that rest on each other": (
        "contracts/network/edge_server.sg",
        has("a: is bridge; ports [b]", "b: is bridge; ports [a]"),
        "rests on itself",
    ),
    "pathways that follow each other": (
        "contracts/network/outer.sg",
        OUTER.format(outer="preserve what works").replace(
            "    2. address_add\n         interface = {first}\n         address = 10.77.0.1/24\n",
            "    2. -> outer\n         port = {port}\n",
        ),
        "pathway `outer` follows itself",
    ),
    "steps that need each other": (
        "contracts/network/outer.sg",
        OUTER.format(outer="preserve what works").replace(
            "step 3 needs step 2", "step 2 needs step 3"
        ),
        "step 2 cannot need step 3",
    ),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_circles_are_refused_on_main(tmp_path: Path, circle: str) -> None:
    path, text, told = CIRCLES[circle]
    with stage(tmp_path) as on:
        on.commit({path: text.encode()})
        with pytest.raises(Blocked, match=told) as refused:
            on.main()
        assert "germline check" in refused.value.hint


def test_an_ipv6_address_of_a_topology_is_planned_and_made_true(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        shape = has("management: is bridge; uplink {nic.0}; addresses [2001:db8::2/64]")
        commit_phenotype(on, free, topology=shape)
        before = on.kernel().observe()
        assert problems(on) == ""
        assert on.kernel().observe() == before
        demand = asked(on)
        assert on.settle() == ()
        assert run_of(on, demand)["ending"] == "done"
        made = from_json(on.kernel().observe()).subject.link("management")
        assert made is not None
        assert made.addresses == ("2001:db8::2/64",)


def test_an_address_of_ipv6_that_is_written_otherwise_is_refused_before_anything_is_touched(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        free = str(on.scenario.input["to_nic"])
        shape = has("management: is bridge; uplink {nic.0}; addresses [2001:DB8:0::2/64]")
        commit_phenotype(on, free, topology=shape)
        before = on.kernel().observe()
        told = "'2001:DB8:0::2/64' is not an IPv4 or IPv6 address as Linux prints it"
        assert told in problems(on)
        assert on.kernel().observe() == before


def test_a_host_that_is_managed_over_ipv6_is_reached_by_its_address() -> None:
    files = {"hosts/hosts.ini": b"[rack]\nweb1 ansible_host=2001:db8::5\n"}
    assert host_settings(files, "web1").variables["ansible_host"] == "2001:db8::5"


def test_what_is_no_address_cannot_be_protected() -> None:
    given = b'[protected]\naddresses = ["2001:db8::5", "%s"]\n'
    _, told = read_config({"germline.toml": given % b"fd00::/8"})
    assert told == ()
    _, (remark, *_) = read_config({"germline.toml": given % b"2001:db8::g"})
    assert "`2001:db8::g` is no address such as 10.0.0.1 or 2001:db8::1" in remark.message


def test_a_fused_allele_for_a_pathway_that_wants_what_is_not_there_falls_back_and_is_told(
    tmp_path: Path,
) -> None:
    with stage(tmp_path) as on:
        text = on.main().files["germline.toml"].decode()
        on.commit({"germline.toml": f"{text}\n[search]\nmax_candidates = 1\n".encode()})
        on.commit(dominant(on, "provision_bridge", WHOLE))
        before = on.kernel().observe()
        demand = ask_for(on, "provision_bridge", {"bridge": "b0", "ports": ["none9"]})
        on.settle()
        told = run_of(on, demand)
        assert told["ending"] == "rolled_back"
        assert told["decomposed"] == {"whole": "none9 cannot be had"}
        assert on.kernel().observe() == before
