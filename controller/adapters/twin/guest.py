"""What runs inside a twin: makes worlds in namespaces of its kernel and serves requests.

`first_process` becomes it. Requests are files of the host,
answers JSON lines on a serial line. An error that it does
not expect ends it, and a kernel without its first process stops: `machine` says so then.
"""

from __future__ import annotations

import json
import os
import sys
import termios
import time
import tty
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Final

from controller import limits, twin_limits
from controller.domains.network.lab import Lab, materialise
from controller.domains.network.netlink import NetlinkKernel
from controller.domains.network.state import from_json
from controller.domains.network.traffic import Traffic
from controller.domains.world import Json, JsonObject, Operation, OperationRefused

_LINE: Final = "/dev/ttyS0"


class Worlds:
    """All worlds of this machine, by number. They share its clock."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Lab, NetlinkKernel]] = {}
        self._latest = 0

    def answered(self, request: JsonObject) -> JsonObject:
        """What a request asks for, or why it was refused."""
        try:
            return {"answer": _SERVED[str(request["do"])](self, request)}
        except OperationRefused as refused:
            return {"refused": refused.reason}

    def _make(self, request: Mapping[str, Json]) -> Json:
        described = request["world"]
        assert isinstance(described, dict)
        self._latest += 1
        lab = materialise(from_json(described), f"w{self._latest}")
        self._made[self._latest] = lab, lab.kernel()
        return self._latest

    def _observe(self, request: Mapping[str, Json]) -> Json:
        return self._kernel(request).observe()

    def _perform(self, request: Mapping[str, Json]) -> Json:
        operation = _operation(request)
        if operation.name == "watch_moves":
            with self._traffic(request, twin_limits.TWIN_TRAFFIC_SECONDS):
                return self._kernel(request).perform(operation)
        return self._kernel(request).perform(operation)

    def _inverse(self, request: Mapping[str, Json]) -> Json:
        undoing = self._kernel(request).inverse(_operation(request))
        return [{"name": one.name, "arguments": dict(one.arguments)} for one in undoing]

    def _footprint(self, request: Mapping[str, Json]) -> Json:
        return self._kernel(request).footprint(_operations(request))

    def _disturbed(self, request: Mapping[str, Json]) -> Json:
        left = request["left"]
        assert isinstance(left, dict)
        return [*self._kernel(request).disturbed(_operations(request), left)]

    def _undo(self, request: Mapping[str, Json]) -> Json:
        spared = request["spared"]
        assert isinstance(spared, list)
        problems = self._kernel(request).undo(_operations(request), {str(one) for one in spared})
        return [*problems]

    def _advance(self, request: Mapping[str, Json]) -> Json:
        seconds = request["seconds"]
        assert isinstance(seconds, int | float)
        interval_s = max(
            twin_limits.TWIN_TRAFFIC_SECONDS, seconds / twin_limits.TWIN_TRAFFIC_ROUNDS
        )
        with self._traffic(request, min(interval_s, seconds / limits.TRAFFIC_ROUNDS_MIN)):
            time.sleep(seconds)
        return None

    def _reboot(self, request: Mapping[str, Json]) -> Json:
        lab, kernel = self._made[_number(request)]
        return [*lab.reboot(kernel)]

    def _renew(self, request: Mapping[str, Json]) -> Json:
        lab, kernel = self._made[_number(request)]
        return [*lab.renew(kernel, str(request["thing"]))]

    def _traffic(self, request: Mapping[str, Json], interval_s: float) -> Traffic:
        lab, kernel = self._made[_number(request)]
        return Traffic(from_json(kernel.observe()), lab.spaces, interval_s)

    def _release(self, request: Mapping[str, Json]) -> Json:
        lab, _kernel = self._made.pop(_number(request))
        lab.close()
        return None

    def _kernel(self, request: Mapping[str, Json]) -> NetlinkKernel:
        return self._made[_number(request)][1]


_SERVED: Final[Mapping[str, Callable[[Worlds, Mapping[str, Json]], Json]]] = {
    "make": Worlds._make,
    "observe": Worlds._observe,
    "perform": Worlds._perform,
    "inverse": Worlds._inverse,
    "footprint": Worlds._footprint,
    "disturbed": Worlds._disturbed,
    "undo": Worlds._undo,
    "advance": Worlds._advance,
    "reboot": Worlds._reboot,
    "renew": Worlds._renew,
    "release": Worlds._release,
}


def _number(request: Mapping[str, Json]) -> int:
    number = request["number"]
    assert isinstance(number, int)
    return number


def _operation(request: Mapping[str, Json]) -> Operation:
    arguments = request["arguments"]
    assert isinstance(arguments, dict)
    return Operation(str(request["name"]), arguments)


def _operations(request: Mapping[str, Json]) -> list[Operation]:
    inverses = request["inverses"]
    assert isinstance(inverses, list)
    return [_operation(one) for one in inverses if isinstance(one, dict)]


def serve(directory: Path, answered: Callable[[JsonObject], JsonObject]) -> None:
    """Answer requests that appear as files in `directory`, until the machine is killed."""
    line = os.open(_LINE, os.O_WRONLY | os.O_NOCTTY)
    tty.setraw(line, termios.TCSANOW)
    _say(line, {"ready": os.uname().release})
    for number in count(1):
        _say(line, answered(json.loads(_awaited(directory / f"request-{number}"))))


def _awaited(path: Path) -> bytes:
    """What is in a file, when it is there: every look at the host's file system is a new one."""
    while True:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            time.sleep(twin_limits.TWIN_LISTEN_SECONDS)


def _say(line: int, message: JsonObject) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(line, data) :]


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Worlds().answered)
