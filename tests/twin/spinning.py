"""What runs inside a twin that hangs: it answers once and then spins."""

from __future__ import annotations

import sys
from pathlib import Path

from controller.adapters.twin.guest import serve
from controller.domains.world import JsonObject


def answered(request: JsonObject) -> JsonObject:
    while request["do"] == "spin":
        pass
    raise ValueError("the guest fails")


if __name__ == "__main__":
    serve(Path(sys.argv[1]), answered)
