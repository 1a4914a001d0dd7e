"""Worlds in namespaces of a booted host. Runs on the host.

    python -m tests.booted.lab              make them, say so to systemd, and keep them
    python -m tests.booted.lab items SPACE  all that is configured in one, as JSON

`lab-*` is the demonstration's, `small-*` that of the transactions' tests.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack

from controller.adapters.service_manager import ServiceManager
from controller.domains.network.inventory import inventory
from controller.domains.network.lab import materialise
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.scenario import draw
from tests.network.worlds import small_world
from tests.transactions.conftest import NAMES

UNIT = """
[Service]
Type=notify
ExecStart=/opt/germline/bin/python -m tests.booted.lab
[Install]
WantedBy=multi-user.target
"""
HOST = draw(0).world.host
WORLD = f"netns:lab-{HOST}"


def config() -> str:
    """What germline.toml says of the demonstration's world here."""
    others = [node for node in draw(0).world.nodes if node.name != HOST]
    vantages = ", ".join(f'{node.name} = "lab-{node.name}"' for node in others)
    roles = ", ".join(f'{node.name} = "{node.role}"' for node in others)
    return (
        f'[worlds."{WORLD}"]\nphenotype = "lab"\n'
        f"vantages = {{ {vantages} }}\nroles = {{ {roles} }}\n"
    )


def keep() -> None:
    """Until somebody ends this process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ExitStack() as made:
        made.enter_context(materialise(draw(0).world, "lab")).start_traffic()
        made.enter_context(materialise(small_world(), "small"))
        ServiceManager().ready("the worlds are there")
        while True:
            signal.pause()


def items(space: str) -> dict[str, object]:
    """Every setting of every interface."""
    with NetlinkKernel(space, {}, {}) as kernel:
        return dict(kernel._run("host", lambda at: inventory(at, NAMES)).items)


if __name__ == "__main__":
    if sys.argv[1:2] == ["items"]:
        print(json.dumps(items(sys.argv[2]), sort_keys=True, default=str))
    else:
        keep()
