"""What a VLAN of a topology rests on is looked for before anything is touched."""

from __future__ import annotations

from pathlib import Path

from controller.domains.network import NETWORK
from controller.domains.network.state import to_json
from controller.stories.plan import plan
from controller.stories.subjects import Asked, subjects_of
from tests.network.worlds import small_world
from tests.stories.composing import no_search
from tests.stories.stage import Stage, stage

TOPOLOGY = """topology trunked_server

  does:
    A server in one VLAN.

  has:
    office:
      is vlan
      trunk {trunk}
      tag 100

  takes:
    trunk  string
"""


def problems(on: Stage, trunk: str) -> str:
    """Why the topology cannot be made true on this trunk in the simulated world."""
    bound = f"phenotype NAME\n  for trunked_server\n  trunk = {trunk}\n"
    files = {"contracts/network/trunked_server.sg": TOPOLOGY}
    files |= {f"phenotypes/{n}.sg": bound.replace("NAME", n) for n in ("lab_server", "dell_r740")}
    on.commit({name: text.encode() for name, text in files.items()} | no_search(on))
    main, hands = on.main(), on.organism.hands
    (one,) = subjects_of(hands, main, Asked("trunked_server", "simulated"))
    (told,) = plan(hands.bench, main.genome, (one,), ())
    return "; ".join(told.problems)


def test_a_vlan_on_a_trunk_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        assert "there is no interface eno9" in problems(on, "eno9")


def test_a_host_whose_kernel_lacks_a_kind_of_a_resource_says_so() -> None:
    observed = to_json(small_world())
    made = {"office": "vlan", "br0": "bridge"}
    assert NETWORK.objections(observed, ["eth1"], made) == ()
    nodes = observed["nodes"]
    assert isinstance(nodes, list)
    for node in nodes:
        assert isinstance(node, dict)
        node["lacks"] = ["bond", "vlan"]
    assert NETWORK.objections(observed, ["eth1"], made) == (
        "this host's kernel has no VLAN interfaces",
    )
