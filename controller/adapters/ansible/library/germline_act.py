#!/usr/bin/python
"""Ansible's module: hands one request to the runtime on a host, and its answer back.

`act.yml` beside it calls it. It runs on any Python that Ansible runs on, and says so where that is
too old for the runtime. It runs nothing whose SHA-256 is not the one it was told.
If the controller hangs up, it ends the runtime: what that had begun, the host's timer undoes.
"""

from __future__ import annotations

import base64
import hashlib
import os
import select
import signal
import subprocess
import sys
import threading
import time

from ansible.module_utils.basic import AnsibleModule

NEEDS = (3, 9)
POLL_SECONDS = 0.2


def main() -> None:
    """Answer with `missing` if the runtime is not there, else with what it said."""
    module = AnsibleModule(
        argument_spec={
            "runtime": {"type": "str", "required": True},
            "state": {"type": "path", "required": True},
            "request": {"type": "str", "required": True, "no_log": True},
            "seconds": {"type": "float", "required": True},
        }
    )
    if sys.version_info < NEEDS:
        version = ".".join(str(number) for number in sys.version_info[:2])
        module.fail_json(msg="its Python is %s, genes need 3.9 or newer" % version)
    folder = os.path.join(module.params["state"], "runtime")
    archive = os.path.join(folder, module.params["runtime"] + ".pyz")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = _sha256(archive)
    except OSError as error:
        module.fail_json(msg="it cannot keep the runtime: %s" % error.strerror)
    if found != module.params["runtime"]:
        module.exit_json(changed=False, missing=True, tampered=found is not None)
    request = base64.b64decode(module.params["request"])
    said, problem = _run(archive, module.params["state"], request, module.params["seconds"])
    if problem is not None:
        module.fail_json(msg=problem)
    module.exit_json(changed=False, missing=False, answer=base64.b64encode(said).decode())


def _sha256(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _run(archive: str, state: str, request: bytes, seconds: float) -> tuple[bytes, str | None]:
    """What the runtime says, and what went wrong, if something did."""
    started = subprocess.Popen(
        [sys.executable, "-I", archive, "serve", state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    outcome: list[tuple[bytes, bytes]] = []
    talk = threading.Thread(target=lambda: outcome.append(started.communicate(request)))
    talk.start()
    deadline = time.monotonic() + seconds
    while talk.is_alive():
        talk.join(POLL_SECONDS)
        if _hung_up() or time.monotonic() > deadline:
            os.killpg(started.pid, signal.SIGKILL)
            talk.join()
            return b"", "it took more than %g s" % seconds
    said, told = outcome[0]
    if started.returncode != 0:
        last = told.decode(errors="replace").strip().rpartition("\n")[2]
        return b"", "the runtime failed: %s" % (last or started.returncode)
    return said, None


def _hung_up() -> bool:
    """True when nobody reads what this module will print."""
    poll = select.poll()
    poll.register(1, 0)
    return bool(poll.poll(0))


if __name__ == "__main__":
    main()
